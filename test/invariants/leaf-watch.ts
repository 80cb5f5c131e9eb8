// Looks at the published leaves again and again: what was there once stays, byte for byte.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clickhouse } from './clickhouse.ts'

export interface LeafWatch extends AsyncDisposable {
  /** Looks once more. @returns what has changed since it was first seen: never anything. */
  changes(): Promise<readonly string[]>
  /** Leaves that were seen. */
  readonly seen: number
}

const LOOK_EVERY_MS = 1000

export function watchLeaves(rollups: Clickhouse): LeafWatch {
  const known = new Map<string, string>()
  const changed: string[] = []
  const stop = new AbortController()

  async function look(): Promise<void> {
    const rows = await rollups.rows('select * from rollups.video_leaves final')
    const now = new Map(rows.map(([video, leaf, ...row]) => [`${video}/${leaf}`, row.join(' ')]))
    for (const [key, row] of known) {
      const is = now.get(key)
      if (is !== row) changed.push(`leaves: ${key} was ${row}, and then ${is ?? 'not there'}`)
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
      return known.size
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await watching
    },
  }
}
