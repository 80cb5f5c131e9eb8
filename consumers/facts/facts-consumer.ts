// Turns records of engagement into facts: one block fills while the other is being stored.
import type { EventLog, LogConsumer, LogRecord, RecordBatch } from '#infra/kafka/event-log.ts'
import { withHeartbeats } from '#infra/kafka/with-heartbeats.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable } from '#infra/runtime/errors.ts'
import type { Logger } from '#infra/runtime/log.ts'
import { consumerGroups, topics } from '#schemas/topics.ts'
import type { EngagementDecoder } from '../engagement/engagement-decoder.ts'
import type { FactsBlockWriter } from './facts-block-writer.ts'
import { createPayloadConflicts } from './payload-conflicts.ts'
import { BLOCK_ROWS, clearBlock, emptyBlock, keepRange } from './record-block.ts'
import type { FactsBlock } from './record-block.ts'

const limits = {
  /** Oldest row of a block waits at most this long. */
  blockAgeMs: 1000,
  /** Refused events of a block; each is a record of its own in `dead.v1`. */
  blockRefusalsMax: 10_000,
  retryFirstMs: 200,
  retryLongestMs: 5000,
} as const

export interface FactsConsumerOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly fail: (error: unknown) => void
  readonly eventLog: Pick<EventLog, 'openConsumer'>
  readonly decoder: EngagementDecoder
  readonly writer: FactsBlockWriter
  /** Rows of one insert. */
  readonly blockRowsMax?: number
}

export interface FactsConsumer extends AsyncDisposable {
  /** Why nothing can be stored just now; null: all is well. */
  readonly trouble: string | null
  readonly storedRows: number
  readonly refusedEvents: number
  /** Event ids that came with two payloads, among about the last 130,000 events each time. */
  readonly conflictingIds: number
}

export async function openFactsConsumer(options: FactsConsumerOptions): Promise<FactsConsumer> {
  const { log, clock, stop, fail, eventLog, decoder, writer } = options
  const { blockRowsMax = BLOCK_ROWS } = options
  let filling = emptyBlock(blockRowsMax)
  let spare = emptyBlock(blockRowsMax)
  let storing: Promise<void> = Promise.resolve()
  let timer: Disposable | undefined
  let trouble: string | null = null
  let storedRows = 0
  let refusedEvents = 0
  const conflicts = createPayloadConflicts(filling.columns.capacity)
  let conflictingIds = 0
  /** Of them, those that a log line told of. */
  let toldConflicts = 0

  const consumer: LogConsumer = await eventLog.openConsumer({
    group: consumerGroups.facts,
    topics: [topics.engagement.name],
    take,
    onCrash: fail,
  })

  async function take(batch: RecordBatch): Promise<void> {
    for (const record of batch.records) {
      if (isFull(filling)) await rotate(batch.heartbeat)
      if (batch.isStale()) return
      decode(record)
      keepRange(filling, record, record.offset)
    }
    const last = batch.records.at(-1)
    // Past control records and compacted ones, so that the committed offset reaches the end.
    if (last !== undefined) keepRange(filling, last, batch.nextOffset - 1n)
    timer ??= clock.after(limits.blockAgeMs, () => void rotate(noHeartbeat).catch(fail))
  }

  function decode({ partition, offset, value, appendedAtMs }: LogRecord): void {
    const firstRow = filling.columns.rows
    decoder.decode(value, { appendedAtMs }, filling.columns, (refused) => {
      filling.refusals.push({
        reason: refused.reason,
        field: refused.field,
        partition,
        offset,
        index: refused.index,
        contentType: 'avro/binary',
        payload: (value ?? EMPTY).subarray(refused.start, refused.end),
      })
    })
    conflictingIds += conflicts.check(filling.columns, firstRow)
  }

  /** Once a block, with where it came from and without any id. */
  function tellConflicts({ ranges }: FactsBlock): void {
    const found = conflictingIds - toldConflicts
    if (found === 0) return
    toldConflicts = conflictingIds
    const records = [...ranges.values()].map(
      ({ partition, first_offset, last_offset }) => `${partition}: ${first_offset}-${last_offset}`,
    )
    log.warn({ conflicting_ids: found, records }, 'event ids came again with another payload')
  }

  /** Waits until the block before is stored, then begins to store this one and fills the other. */
  async function rotate(heartbeat: () => Promise<void>): Promise<void> {
    const full = filling
    for (;;) {
      const before = storing
      await withHeartbeats(before, heartbeat, clock)
      // The timer and a batch can wait at once: only one of them may hand this block over, since the
      // spare is on its way to the vault from then on.
      if (filling !== full) return
      if (before === storing) break
    }
    timer?.[Symbol.dispose]()
    timer = undefined
    if (full.ranges.size === 0) return
    tellConflicts(full)
    filling = spare
    spare = full
    storing = store(full)
    storing.catch(fail)
  }

  /** Stores a block, again and again until it is stored: Kafka is the buffer. */
  async function store(block: FactsBlock): Promise<void> {
    let waitMs: number = limits.retryFirstMs
    for (;;) {
      try {
        await writer.write(block, consumer)
        break
      } catch (error) {
        if (!isRetryable(error)) throw error
        if (stop.aborted) return
        if (trouble === null) log.warn({ err: error }, 'cannot store facts: trying again')
        trouble = 'the vault or the log does not answer'
        await clock.sleep(waitMs, stop)
        waitMs = Math.min(waitMs * 2, limits.retryLongestMs)
      }
    }
    if (trouble !== null) log.info('storing facts again')
    trouble = null
    storedRows += block.columns.rows
    refusedEvents += block.refusals.length
    clearBlock(block)
  }

  return {
    get trouble() {
      return trouble
    },
    get storedRows() {
      return storedRows
    },
    get refusedEvents() {
      return refusedEvents
    },
    get conflictingIds() {
      return conflictingIds
    },
    async [Symbol.asyncDispose]() {
      timer?.[Symbol.dispose]()
      // What was read is stored if that goes at once; else the log replays it.
      if (trouble === null) await rotate(noHeartbeat)
      await storing
      await consumer[Symbol.asyncDispose]()
    },
  }
}

const EMPTY = new Uint8Array(0)

async function noHeartbeat(): Promise<void> {
  // Between batches the consumer itself keeps its membership alive.
}

function isFull({ columns, refusals }: FactsBlock): boolean {
  return columns.isFull() || refusals.length >= limits.blockRefusalsMax
}
