// Leaves out what erased users did before they were erased, whenever the log tells of it: late, or read again.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import { openTableReader } from '#infra/kafka/table-reader.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { Erasure } from '#schemas/erasure.ts'
import { topics } from '#schemas/topics.ts'
import { removeRows } from './engagement-columns.ts'
import type { EngagementColumns } from './engagement-columns.ts'
import { createPseudonyms } from './pseudonyms.ts'
import type { Acts, Pseudonyms } from './pseudonyms.ts'

export interface ErasedUsers {
  add(erasure: Erasure): void
  /** Takes events of erased users out of `columns`, up to when each was erased. @returns how many. */
  leaveOut(columns: EngagementColumns): number
}

const TWO_32 = 2 ** 32

/** @param key 32 secret bytes, of which `erasures.v1` has its hashes. */
export function createErasedUsers(key: Uint8Array): ErasedUsers {
  const hashes = createPseudonyms(key)
  /** By the low and then the high half of a hash: when it was erased, in ms. */
  const erased = new Map<number, Map<number, number>>()
  return {
    add({ user_hash, erased_at }) {
      const low = Number(BigInt.asIntN(32, user_hash))
      const high = Number(BigInt.asIntN(32, user_hash >> 32n))
      const before = erased.get(low) ?? new Map<number, number>()
      before.set(high, Math.max(before.get(high) ?? 0, Number(erased_at)))
      erased.set(low, before)
    },
    leaveOut(columns) {
      const { rows, user_id, occurred_at } = columns
      if (erased.size === 0 || rows === 0) return 0
      const hash = columnOf(hashes, { rows, user_id, video_id: new Int32Array(rows * 2) })
      const untilOf = (row: number): number | undefined =>
        erased.get(hash[row * 2] ?? 0)?.get(hash[row * 2 + 1] ?? 0)
      removeRows(columns, (row) => {
        const untilMs = untilOf(row)
        if (untilMs === undefined) return false
        const low = (occurred_at[row * 2] ?? 0) >>> 0
        return (occurred_at[row * 2 + 1] ?? 0) * TWO_32 + low <= untilMs
      })
      return rows - columns.rows
    },
  }
}

function columnOf(hashes: Pseudonyms, users: Acts): Int32Array {
  const column = new Int32Array(users.rows * 2)
  hashes.fill(users, column)
  return column
}

export interface ErasureLog extends AsyncDisposable {
  readonly users: Pick<ErasedUsers, 'leaveOut'>
  /** Resolves once every erasure is known that stands in the log now. @throws PipelineError. */
  catchUp(): Promise<void>
}

export interface ErasureLogOptions {
  readonly eventLog: EventLog
  readonly clock: Clock
  readonly key: Uint8Array
  readonly onCrash: (error: Error) => void
}

/** Follows `erasures.v1`; opened once everything is known that stands in it. */
export async function openErasureLog(options: ErasureLogOptions): Promise<ErasureLog> {
  const { eventLog, clock, key, onCrash } = options
  const users = createErasedUsers(key)
  const codec = openAvroCodec<Erasure>('erasure-v1')
  const reader = await openTableReader({
    eventLog,
    clock,
    topic: topics.erasures.name,
    apply({ value }) {
      const erasure = value === null ? null : codec.decode(value)
      if (erasure !== null) users.add(erasure)
    },
    onCrash,
  })
  return {
    users,
    catchUp: () => reader.catchUp(),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  }
}
