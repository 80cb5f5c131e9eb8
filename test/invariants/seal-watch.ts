// Looks at the published leaves and buckets again and again: what was there once stays, byte for byte.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clickhouse } from './clickhouse.ts'

export interface SealWatch extends AsyncDisposable {
  /** Looks once more. @returns what has changed since it was first seen: never anything. */
  changes(): Promise<readonly string[]>
  /** Rows that were seen. */
  readonly seen: { readonly leaves: number; readonly buckets: number }
}

const LOOK_EVERY_MS = 1000

/** Tables with how many columns are the key. */
const tables = [
  ['video_leaves', 2],
  ['video_buckets', 3],
  ['pool_buckets', 3],
] as const

export function watchSeals(rollups: Clickhouse): SealWatch {
  const known = new Map<string, string>()
  const changed: string[] = []
  const stop = new AbortController()

  async function look(): Promise<void> {
    for (const [table, keys] of tables) await lookAt(table, keys)
  }

  async function lookAt(table: string, keys: number): Promise<void> {
    const rows = await rollups.rows(`select * from rollups.${table} final`)
    const now = new Map(
      rows.map((row) => [`${table} ${row.slice(0, keys).join('/')}`, row.slice(keys).join(' ')]),
    )
    for (const [key, row] of known) {
      if (!key.startsWith(`${table} `)) continue
      const is = now.get(key)
      if (is !== row) changed.push(`${key} was ${row}, and then ${is ?? 'not there'}`)
    }
    for (const [key, row] of now) known.set(key, row)
  }

  async function watch(): Promise<void> {
    while (!stop.signal.aborted) {
      // A server that is just being started again says nothing.
      await look().catch(() => undefined)
      await sleep(LOOK_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }

  const watching = watch()
  return {
    async changes() {
      await look()
      return changed
    },
    get seen() {
      const leaves = [...known.keys()].filter((key) => key.startsWith('video_leaves ')).length
      return { leaves, buckets: known.size - leaves }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await watching
    },
  }
}
