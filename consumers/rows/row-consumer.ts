// Reads a topic into rows; commits offsets only after every row that came before them has been stored.
import type { EventLog, LogConsumer, LogRecord, RecordBatch } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { Logger } from '#infra/runtime/log.ts'
import { createRowStorer } from './row-storer.ts'

/** Rows while they gather, until they are stored as one block. */
export interface RowBuffer<Block> {
  readonly rows: number
  /** Adds the rows of a record: none, one or many. Never throws for what a record holds. */
  add(record: LogRecord): void
  /** Whether the rows must be drained before the next record is added. */
  isFull(): boolean
  /** All rows, which the buffer gives up. */
  drain(): Block
}

export interface RowConsumerOptions<Block> {
  readonly log: Logger
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly fail: (error: unknown) => void
  readonly eventLog: EventLog
  readonly group: string
  readonly topic: string
  readonly buffer: RowBuffer<Block>
  /** Resolves once the rows are stored. Called again after a failure that may pass, with the same block. */
  readonly store: (block: Block) => Promise<void>
  /** What is told as trouble while `store` fails. */
  readonly storeTrouble: string
}

export interface RowConsumer extends AsyncDisposable {
  /** Why nothing can be stored just now; null: all is well. */
  readonly trouble: string | null
  /** Append time of the oldest record that was read and is not committed, in ms; null: none waits. */
  readonly waitingSinceMs: number | null
}

const limits = {
  /** The first row of an insert waits at most this long. */
  rowAgeMs: 200,
  /** Offsets of records without any row are committed this often. */
  offsetAgeMs: 1000,
} as const

/** Opens the consumer; a failure that a repeat cannot mend goes to `fail`, and the log replays. */
export async function openRowConsumer<Block>(
  options: RowConsumerOptions<Block>,
): Promise<RowConsumer> {
  const { clock, fail, eventLog, group, topic, buffer } = options
  const offsets = new Map<number, bigint>()
  let gatheringSinceMs: number | null = null
  let timer: { readonly forRows: boolean; readonly handle: Disposable } | undefined
  let closing = false

  // The first records can come before the consumer has been handed to us.
  const opened = Promise.withResolvers<LogConsumer>()
  const storer = createRowStorer({
    ...options,
    commit: async (positions) => (await opened.promise).commit(positions),
  })
  const consumer = await eventLog.openConsumer({
    group,
    topics: [topic],
    take,
    // What was read and not committed is read again, by us or by another; its rows do no harm twice.
    onAssignment: () => offsets.clear(),
    onCrash: fail,
  })
  opened.resolve(consumer)

  async function take(batch: RecordBatch): Promise<void> {
    for (const record of batch.records) {
      if (buffer.isFull()) await rotate(() => batch.heartbeat())
      if (batch.isStale() || closing) return
      buffer.add(record)
      gatheringSinceMs ??= record.appendedAtMs
      offsets.set(batch.partition, record.offset + 1n)
    }
    // Past control records and compacted ones, so that the committed offset reaches the end.
    offsets.set(batch.partition, batch.nextOffset)
    schedule()
  }

  /** Offsets alone can wait; the first row shortens the wait. */
  function schedule(): void {
    const forRows = buffer.rows > 0
    if (timer !== undefined && (timer.forRows || !forRows)) return
    stopTimer()
    const ageMs = forRows ? limits.rowAgeMs : limits.offsetAgeMs
    timer = { forRows, handle: clock.after(ageMs, () => void rotate(noHeartbeat).catch(fail)) }
  }

  function stopTimer(): void {
    timer?.handle[Symbol.dispose]()
    timer = undefined
  }

  /** Waits until the rows before are stored, then begins to store these while others gather. */
  async function rotate(heartbeat: () => Promise<void>): Promise<void> {
    // Asked again after each wait: somebody else who waited may have begun with the next rows.
    while (storer.isStoring) await storer.ended(heartbeat)
    stopTimer()
    if (offsets.size === 0 && buffer.rows === 0) return
    const positions = [...offsets].map(([partition, offset]) => ({ topic, partition, offset }))
    const block = buffer.rows === 0 ? null : buffer.drain()
    const sinceMs = gatheringSinceMs ?? clock.nowMs()
    offsets.clear()
    gatheringSinceMs = null
    storer.start({ block, positions, sinceMs })
  }

  return {
    get trouble() {
      return storer.trouble
    },
    get waitingSinceMs() {
      return storer.storingSinceMs ?? gatheringSinceMs
    },
    async [Symbol.asyncDispose]() {
      closing = true
      stopTimer()
      // What was read is stored if that goes at once; else the log replays it.
      if (storer.trouble === null) await rotate(noHeartbeat)
      while (storer.isStoring) await storer.ended(noHeartbeat)
      await consumer[Symbol.asyncDispose]()
    },
  }
}

async function noHeartbeat(): Promise<void> {
  // Between batches the consumer itself keeps its membership alive.
}
