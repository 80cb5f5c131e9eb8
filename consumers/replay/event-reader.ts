// Reads records of the log again and cuts their events into blocks, as the facts consumer does: one fills while the other is worked off.
import type { EventLog, LogRecord, OffsetRange } from '#infra/kafka/event-log.ts'
import { withHeartbeats } from '#infra/kafka/with-heartbeats.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { topics } from '#schemas/topics.ts'
import type { EngagementDecoder } from '../engagement/engagement-decoder.ts'
import { clearBlock, emptyBlock, keepRange } from '../facts/record-block.ts'
import type { FactsBlock } from '../facts/record-block.ts'

export interface EventReaderOptions {
  readonly eventLog: Pick<EventLog, 'readRanges'>
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly decoder: EngagementDecoder
  /** Rows of one block, 1 or more; a record that began before the last of them fits whole. */
  readonly blockRows: number
  /** Works a block off; it is emptied afterwards. Its refusals are not kept, only counted. */
  readonly work: (block: FactsBlock) => Promise<void>
}

export interface EventsRead {
  readonly records: number
  /** Sound events; refused ones are not among them. */
  readonly events: number
  /** Refused events and records by reason: their dead letters were written when they first came. */
  readonly refused: ReadonlyMap<string, number>
}

/** Resolves when all that the ranges hold was worked off. @throws PipelineError, or what `work` throws. */
export async function readEvents(
  options: EventReaderOptions,
  ranges: readonly OffsetRange[],
): Promise<EventsRead> {
  const { eventLog, clock, stop, decoder, blockRows, work } = options
  let filling = emptyBlock(blockRows)
  let spare = emptyBlock(blockRows)
  let working: Promise<void> = Promise.resolve()
  let records = 0
  let events = 0
  const refused = new Map<string, number>()

  function decode(record: LogRecord): void {
    const { columns } = filling
    const before = columns.rows
    decoder.decode(record.value, record, columns, ({ reason }) => {
      refused.set(reason, (refused.get(reason) ?? 0) + 1)
    })
    records += 1
    events += columns.rows - before
    keepRange(filling, record, record.offset)
  }

  /** Hands the full block over as soon as the one before is done. */
  async function rotate(heartbeat: () => Promise<void>): Promise<void> {
    await withHeartbeats(working, heartbeat, clock)
    const full = filling
    filling = spare
    spare = full
    working = work(full).then(() => clearBlock(full))
    // Told by whoever waits for it next.
    working.catch(() => undefined)
  }

  await eventLog.readRanges({
    topic: topics.engagement.name,
    ranges,
    stop,
    async take(batch, heartbeat) {
      for (const record of batch) {
        if (filling.columns.isFull()) await rotate(heartbeat)
        decode(record)
      }
    },
  })
  stop.throwIfAborted()
  // The consumer has left its group: nobody is to be told anything.
  if (filling.ranges.size > 0) await rotate(async () => undefined)
  await working
  return { records, events, refused }
}
