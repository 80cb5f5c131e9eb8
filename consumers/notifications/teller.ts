// Tells creators through `notifications.v1` of remixes that the catalogue confirms, and asks again about those that it does not confirm yet.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { LogProducer } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable } from '#infra/runtime/errors.ts'
import type { Logger } from '#infra/runtime/log.ts'
import type { Notification } from '#schemas/notification.ts'
import { topics } from '#schemas/topics.ts'
import { SHOWN_MAX } from './claim-store.ts'
import type { ClaimStore } from './claim-store.ts'
import { createUntoldRemixes } from './untold-remixes.ts'

export interface Teller extends AsyncDisposable {
  /**
   * Tells of the derived videos that are remixes by the catalogue now; the others wait. What events
   * claim of them is stored already. Every step can be repeated: a notification may then stand twice.
   * @throws PipelineError of the step that failed.
   */
  tell(derivedVideoIds: readonly bigint[]): Promise<void>
  /** Why what waits cannot be told of just now; null: all is well. */
  readonly trouble: string | null
  /** Derived videos that wait. */
  readonly untold: number
}

export interface TellerOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly fail: (error: unknown) => void
  readonly claims: ClaimStore
  readonly producer: Pick<LogProducer, 'append' | 'partitionsOf'>
}

const limits = {
  /** 3 MB. More are told of only after a start; the feed shows them all the same. */
  untoldMax: 20_000,
  /** As a rule a video is late by seconds: the sealer shows it within 5 s. */
  waitFirstMs: 2000,
  /** A video that becomes public after a long time is told of this late at most. */
  waitLongestMs: 600_000,
  /** How often it is looked whether the time of any has come; costs nothing while none waits. */
  roundMs: 2000,
} as const

/** Opens the teller; what an earlier process left untold is read in its first round. */
export function openTeller({ log, clock, fail, claims, producer }: TellerOptions): Teller {
  const codec = openAvroCodec<Notification>('notification-v1')
  const untold = createUntoldRemixes(limits)
  let hasRead = false
  let trouble: string | null = null
  let closing = false
  let timer = clock.after(0, begin)
  let round: Promise<void> = Promise.resolve()

  function begin(): void {
    round = goRound().catch(fail)
  }

  async function goRound(): Promise<void> {
    try {
      if (!hasRead) await readUntold()
      await tell(untold.takeDue(clock.nowMs(), SHOWN_MAX))
      if (trouble !== null) log.info('telling again')
      trouble = null
    } catch (error) {
      if (!isRetryable(error)) throw error
      if (trouble === null) log.warn({ err: error }, 'cannot tell: trying again')
      trouble = 'the rollups or the log do not answer'
    }
    if (!closing) timer = clock.after(limits.roundMs, begin)
  }

  async function readUntold(): Promise<void> {
    const newestFirst = await claims.readUntold(limits.untoldMax)
    // The newest last: the first ones give way where there are too many.
    for (const id of newestFirst.toReversed()) untold.add(id, clock.nowMs())
    hasRead = true
  }

  async function tell(derivedVideoIds: readonly bigint[]): Promise<void> {
    const ids = [...new Set(derivedVideoIds)]
    for (let from = 0; from < ids.length; from += SHOWN_MAX) {
      const some = ids.slice(from, from + SHOWN_MAX)
      const shown = await claims.readShown(some)
      const news = shown.filter(({ told }) => !told)
      await append(news.map(({ notification }) => notification))
      // After the log has them: who dies in between tells twice, and never not at all.
      await claims.markTold(news.map(({ claim }) => claim))
      const shownIds = new Set(shown.map(({ claim }) => claim.derivedVideoId))
      for (const id of some) {
        if (shownIds.has(id)) untold.remove(id)
        else untold.add(id, clock.nowMs())
      }
    }
  }

  async function append(notifications: readonly Notification[]): Promise<void> {
    if (notifications.length === 0) return
    const topic = topics.notifications.name
    const count = BigInt(await producer.partitionsOf(topic))
    // A creator stays in a partition, so that a correction comes after what it corrects.
    const byPartition = Map.groupBy(notifications, ({ creator_id }) => Number(creator_id % count))
    for (const [partition, some] of byPartition) {
      const records = some.map((notification) => ({
        key: notification.creator_id.toString(),
        value: codec.encode(notification),
      }))
      await producer.append(topic, partition, records)
    }
  }

  return {
    tell,
    get trouble() {
      return trouble
    },
    get untold() {
      return untold.size
    },
    async [Symbol.asyncDispose]() {
      closing = true
      timer[Symbol.dispose]()
      await round
    },
  }
}
