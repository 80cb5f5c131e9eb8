// Follows a topic that is kept as a table from its beginning: the state of every key, then every change of it.
import { randomUUID } from 'node:crypto'
import { PipelineError } from '../runtime/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { EventLog, LogConsumer, LogRecord } from './event-log.ts'

export interface TableReaderOptions {
  readonly eventLog: EventLog
  readonly clock: Clock
  readonly topic: string
  /** Called for every record in the order of its partition; the newest record of a key counts. */
  readonly apply: (record: LogRecord) => void
  readonly onCrash: (error: Error) => void
}

/** How the groups of all readers of a topic begin: by it they are given the right to read. */
export function tableGroupPrefix(topic: string): string {
  return `table-${topic}-`
}

/** How long reading up to the present end may take. */
const CAUGHT_UP_LIMIT_MS = 60_000
const POLL_MS = 20

export interface TableReader extends AsyncDisposable {
  /** Resolves once everything that is in the topic now has been applied. @throws PipelineError. */
  catchUp(): Promise<void>
}

/** Opens a reader that has applied what was in the topic when it was opened. */
export async function openTableReader(options: TableReaderOptions): Promise<TableReader> {
  const { eventLog, clock, topic, apply, onCrash } = options
  const next = new Map<number, bigint>()
  const consumer: LogConsumer = await eventLog.openConsumer({
    // A group of its own that never commits: every start reads the whole table.
    group: `${tableGroupPrefix(topic)}${randomUUID()}`,
    topics: [topic],
    onCrash,
    async take(batch) {
      for (const record of batch.records) apply(record)
      next.set(batch.partition, batch.nextOffset)
    },
  })
  async function catchUp(): Promise<void> {
    const ends = await eventLog.offsetsOf(topic)
    const deadline = clock.nowMs() + CAUGHT_UP_LIMIT_MS
    while (
      ends.some(({ partition, low, high }) => low < high && (next.get(partition) ?? 0n) < high)
    ) {
      if (clock.nowMs() > deadline) {
        throw new PipelineError('log_unreachable', `${topic} was not read to its end in time`)
      }
      await clock.sleep(POLL_MS)
    }
  }
  try {
    await catchUp()
  } catch (error) {
    await consumer[Symbol.asyncDispose]()
    throw error
  }
  return { catchUp, [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose]() }
}
