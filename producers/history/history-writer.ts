// Appends history to the log as a Kafka client of its own: large records, one partition a send, a bounded number on their way.
import type { LogProducer } from '#infra/kafka/event-log.ts'
import type { EngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable } from '#infra/runtime/errors.ts'
import { topics } from '#schemas/topics.ts'

export const historyLimits = {
  /** Events of one record. */
  recordEventsMax: 500,
  /** Records on their way: two for each of the four partitions of a laptop, about 0.4 MB in all. */
  sendingMax: 8,
  /** How often a record is sent before the history gives up: some two minutes. */
  attemptsMax: 30,
  retryLongestMs: 5000,
} as const

export interface HistoryWriter {
  /**
   * Takes 1..`recordEventsMax` encoded events as one record, and resolves when there is room for
   * the next; acknowledged they are after `flush`.
   * @throws PipelineError of an earlier record that could not be appended; nothing goes on then.
   */
  append(events: readonly Buffer[]): Promise<void>
  /** Resolves once all in-sync replicas have every record. @throws as `append` does. */
  flush(): Promise<void>
  /** Events that the log has acknowledged. */
  readonly acknowledged: number
}

export interface HistoryWriterOptions {
  readonly producer: LogProducer
  readonly encoder: EngagementEncoder
  readonly clock: Clock
  /** Who sends, as consumers see it. */
  readonly source: string
  /** Ends the waiting for a log that is away. */
  readonly stop?: AbortSignal
}

export function createHistoryWriter(options: HistoryWriterOptions): HistoryWriter {
  const { producer, encoder, clock, source, stop } = options
  const sending = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | null = null
  let next = 0
  let acknowledged = 0

  async function send(events: readonly Buffer[]): Promise<void> {
    const envelope = { sentAtMs: clock.nowMs(), source, backfill: true }
    const value = encoder.encodeBatch(events, envelope)
    let waitMs = 250
    for (let attempt = 1; ; attempt++) {
      try {
        const partition = next++ % (await producer.partitionsOf(topics.engagement.name))
        await producer.append(topics.engagement.name, partition, [{ value }])
        acknowledged += events.length
        return
      } catch (error) {
        const last = attempt >= historyLimits.attemptsMax || stop?.aborted === true
        if (last || !isRetryable(error)) throw error
        await clock.sleep(waitMs, stop)
        waitMs = Math.min(waitMs * 2, historyLimits.retryLongestMs)
      }
    }
  }

  function throwFailure(): void {
    if (failure !== null) throw failure.error
  }

  return {
    get acknowledged() {
      return acknowledged
    },
    async append(events) {
      throwFailure()
      const sent = send(events)
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => sending.delete(sent))
      sending.add(sent)
      while (sending.size >= historyLimits.sendingMax) await Promise.race(sending)
      throwFailure()
    },
    async flush() {
      await Promise.all(sending)
      throwFailure()
    },
  }
}
