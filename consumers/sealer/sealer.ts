// One sealer: gathers what was touched, counts it again, publishes what changed, and only then moves its offsets.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { EventLog, LogConsumer } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable, PipelineError } from '#infra/runtime/errors.ts'
import type { Logger } from '#infra/runtime/log.ts'
import { consumerGroups, topics } from '#schemas/topics.ts'
import { startOf } from '#schemas/spans.ts'
import { createCatalogueProjection } from './catalogue-projection.ts'
import { createDirtySet, MINUTES_KEPT_S, planPass } from './dirty-spans.ts'
import { finishGeneration, generationOf, readLastGeneration } from './generations.ts'
import type { Generation } from './generations.ts'
import { createInbox } from './inbox.ts'
import type { Work } from './inbox.ts'
import { createOpenTotals } from './open-totals.ts'
import { watermarkOf } from './watermark.ts'

export interface SealerOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly fail: (error: unknown) => void
  readonly eventLog: EventLog
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
  /** Offset of this sealer's takeover record. */
  readonly epoch: bigint
}

export interface Sealer extends AsyncDisposable {
  /** Why nothing can be published just now; null: all is well. */
  readonly trouble: string | null
  readonly lastGeneration: Generation | null
}

const timings = {
  /** A pass begins at most this often; one second after an idle time, so that news is fresh. */
  passEveryMs: 5000,
  gatherMs: 500,
  /** Without news a pass only moves the watermark and closes quarters. */
  idlePassEveryMs: 15_000,
  retryMs: 1000,
  catchUpMs: 30_000,
  pollMs: 20,
} as const

const read = [topics.touched.name, topics.videos.name, topics.creators.name] as const

export async function openSealer(options: SealerOptions): Promise<Sealer> {
  const { log, clock, stop, fail, eventLog, vault, rollups, epoch } = options
  const inbox = createInbox(createDirtySet())
  const totals = createOpenTotals({ vault, rollups, stop })
  const projection = createCatalogueProjection({ vault, rollups })
  let last = await readLastGeneration(rollups)
  let trouble: string | null = null
  let assigned = false
  let wake = Promise.withResolvers<void>()

  const consumer: LogConsumer = await eventLog.openConsumer({
    group: consumerGroups.sealer,
    topics: read,
    onCrash: fail,
    onAssignment(partitions) {
      // Who doesn't get the touched partition is a spare: it waits and publishes nothing.
      assigned = partitions.some(({ topic }) => topic === topics.touched.name)
      wake.resolve()
    },
    async take(batch) {
      inbox.receive(batch, Math.floor(clock.nowMs() / 1000) - MINUTES_KEPT_S)
      wake.resolve()
    },
  })

  /** What is in the log now, and the watermark that follows from it. */
  async function readFrontier(): Promise<number> {
    const nowMs = clock.nowMs()
    const [committed, offsets] = await Promise.all([
      // What the facts consumer has committed is stored.
      eventLog.committedOf(consumerGroups.facts, topics.engagement.name),
      eventLog.offsetsOf(topics.engagement.name),
    ])
    // Touched records are written before offsets are committed: reading them to their end now
    // brings everything that the committed offsets cover.
    await catchUp()
    const progress = offsets.map(({ partition, low, high }) => ({
      partition,
      low,
      high,
      committed: committed.get(partition),
      storedAppendedAtMs: inbox.storedAppendedAtMs(partition),
    }))
    return watermarkOf(progress, nowMs, last?.watermarkMs ?? 0)
  }

  async function catchUp(): Promise<void> {
    const deadline = clock.nowMs() + timings.catchUpMs
    for (const topic of read) {
      const committed = await eventLog.committedOf(consumerGroups.sealer, topic)
      for (const { partition, low, high } of await eventLog.offsetsOf(topic)) {
        const reached = (): boolean =>
          low === high ||
          inbox.nextOf(topic, partition) >= high ||
          (committed.get(partition) ?? 0n) >= high
        while (!reached()) {
          if (clock.nowMs() > deadline || stop.aborted) {
            throw new PipelineError('log_unreachable', `${topic} was not read to its end in time`)
          }
          await clock.sleep(timings.pollMs)
        }
      }
    }
  }

  async function pass(): Promise<void> {
    const watermarkMs = await readFrontier()
    // Nothing is known to be stored yet: the facts consumer has to come first.
    if (watermarkMs === 0) return
    const work = inbox.take()
    try {
      await workOff(work, watermarkMs)
    } catch (error) {
      inbox.giveBack(work)
      throw error
    }
  }

  async function workOff(work: Work, watermarkMs: number): Promise<void> {
    const startedAtMs = clock.nowMs()
    const moved = await projection.attribute(work.videos)
    const watermarkS = Math.floor(watermarkMs / 1000)
    const plan = planPass({
      dirty: {
        minutes: new Set([...work.dirty.minutes, ...moved.minutes]),
        quarters: new Set([...work.dirty.quarters, ...moved.quarters]),
      },
      // An empty server begins with the running quarter; older ones are counted as they are touched.
      completeThroughS: last?.completeThroughS ?? startOf('quarter', watermarkS),
      watermarkS,
      nowS: Math.floor(startedAtMs / 1000),
    })
    const counts = plan.minutes.length + plan.quarters.length > 0
    const generation = counts ? nextGeneration(work.touchedOffset) : currentGeneration()
    await totals.recount('minute', plan.minutes, generation)
    await totals.recount('quarter', plan.quarters, generation)
    await totals.sumDays(plan.days, generation)
    await projection.show(work.videos, work.creators)
    const finished = { generation, watermarkMs, completeThroughS: plan.completeThroughS }
    await finishGeneration(rollups, finished, clock.nowMs())
    last = finished
    if (work.positions.length > 0) await consumer.commit(work.positions)
    log.debug(
      {
        minutes: plan.minutes.length,
        quarters: plan.quarters.length,
        days: plan.days.length,
        videos: work.videos.length,
        took_ms: clock.nowMs() - startedAtMs,
      },
      'pass finished',
    )
  }

  function currentGeneration(): bigint {
    return last?.generation ?? generationOf(epoch, 0n)
  }

  /**
   * Higher than any before: the same spans can be counted twice between two touched records, as when
   * a video changes hands, and readers must see the later count.
   */
  function nextGeneration(touchedOffset: bigint): bigint {
    const counted = generationOf(epoch, touchedOffset < 0n ? 0n : touchedOffset)
    const after = currentGeneration() + 1n
    return counted > after ? counted : after
  }

  /** Runs passes until the process stops: soon after news, and now and then without. */
  async function run(): Promise<void> {
    let lastPassMs = 0
    while (!stop.aborted) {
      const idle = clock.sleep(timings.idlePassEveryMs, stop)
      await Promise.race([wake.promise, idle])
      await clock.sleep(timings.gatherMs, stop)
      const waitMs = lastPassMs + timings.passEveryMs - clock.nowMs()
      if (waitMs > 0) await clock.sleep(waitMs, stop)
      if (stop.aborted) return
      wake = Promise.withResolvers<void>()
      if (!assigned) continue
      lastPassMs = clock.nowMs()
      await passOrRetry()
    }
  }

  async function passOrRetry(): Promise<void> {
    try {
      await pass()
      if (trouble !== null) log.info('publishing again')
      trouble = null
    } catch (error) {
      if (stop.aborted) return
      const stale = error instanceof PipelineError && error.code === 'stale_assignment'
      if (!isRetryable(error) && !stale) throw error
      if (trouble === null) log.warn({ err: error }, 'cannot publish: trying again')
      trouble = 'a server behind the sealer does not answer'
      wake.resolve()
      await clock.sleep(timings.retryMs, stop)
    }
  }

  const running = run().catch(fail)
  return {
    get trouble() {
      return trouble
    },
    get lastGeneration() {
      return last
    },
    async [Symbol.asyncDispose]() {
      await running
      await consumer[Symbol.asyncDispose]()
    },
  }
}
