// How far the log has been read and stored: what a pass may publish, and what it may seal.
import type { EventLog } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { consumerGroups, topics } from '#schemas/topics.ts'
import { inboxTopics } from './inbox.ts'
import type { Inbox } from './inbox.ts'
import { watermarkOf } from './watermark.ts'

export interface Frontier {
  readonly watermarkMs: number
  /** Every event appended before is stored now; 0: not known. */
  readonly storedThroughMs: number
  /** Whether all topics were read to their end. */
  readonly isEnd: boolean
}

export interface FrontierReader {
  /**
   * Reads what is in the log now. @param previousMs the watermark of the last pass, behind which none falls.
   * @throws PipelineError `log_unreachable` when a topic is not read to its end in time.
   */
  read(previousMs: number): Promise<Frontier>
  /**
   * Waits until topics are in the inbox up to their present end. @returns false where it is full before.
   * @throws PipelineError as `read`.
   */
  catchUp(topics?: readonly string[]): Promise<boolean>
}

const CATCH_UP_MS = 30_000
const POLL_MS = 20

export interface FrontierOptions {
  readonly eventLog: EventLog
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly inbox: Inbox
}

export function createFrontierReader(options: FrontierOptions): FrontierReader {
  const { eventLog, clock, stop, inbox } = options

  async function catchUp(some: readonly string[] = inboxTopics): Promise<boolean> {
    const deadline = clock.nowMs() + CATCH_UP_MS
    for (const topic of some) {
      const committed = await eventLog.committedOf(consumerGroups.sealer, topic)
      for (const { partition, low, high } of await eventLog.offsetsOf(topic)) {
        const reached = (): boolean =>
          low === high ||
          inbox.nextOf(topic, partition) >= high ||
          (committed.get(partition) ?? 0n) >= high
        while (!reached()) {
          if (inbox.isFull) return false
          if (clock.nowMs() > deadline || stop.aborted) {
            throw new PipelineError('log_unreachable', `${topic} was not read to its end in time`)
          }
          await clock.sleep(POLL_MS)
        }
      }
    }
    return true
  }

  async function read(previousMs: number): Promise<Frontier> {
    const nowMs = clock.nowMs()
    const [committed, offsets] = await Promise.all([
      // What the facts consumer has committed is stored.
      eventLog.committedOf(consumerGroups.facts, topics.engagement.name),
      eventLog.offsetsOf(topics.engagement.name),
    ])
    // Touched records are written before offsets are committed: reading them to their end now
    // brings everything that the committed offsets cover.
    if (!(await catchUp())) return { watermarkMs: previousMs, storedThroughMs: 0, isEnd: false }
    const progress = offsets.map(({ partition, low, high }) => ({
      partition,
      low,
      high,
      committed: committed.get(partition),
      storedAppendedAtMs: inbox.storedAppendedAtMs(partition),
    }))
    return {
      watermarkMs: watermarkOf(progress, nowMs, previousMs),
      // What a restored vault has to get again is not stored, whatever was published before.
      storedThroughMs: watermarkOf(progress, nowMs, 0),
      isEnd: true,
    }
  }

  return { read, catchUp }
}
