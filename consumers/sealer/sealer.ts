// One sealer: gathers what was touched, has it counted and published pass by pass, and only then moves its offsets.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { EventLog, LogConsumer } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable, PipelineError } from '#infra/runtime/errors.ts'
import type { Logger } from '#infra/runtime/log.ts'
import type { Policy } from '#schemas/policy.ts'
import { consumerGroups, topics } from '#schemas/topics.ts'
import { createDirtySet } from './dirty-spans.ts'
import type { Generation } from './generations.ts'
import { createFrontierReader } from './frontier.ts'
import type { Frontier } from './frontier.ts'
import { createInbox, inboxTopics } from './inbox.ts'
import type { LateSpan } from './late-spans.ts'
import { openImportHolds } from './leaves/import-holds.ts'
import { MINUTES_KEPT_S } from './pass-plan.ts'
import { openPasses } from './passes.ts'
import type { Passes } from './passes.ts'
import type { NoiseSource } from './release/noise-source.ts'

export interface SealerOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly fail: (error: unknown) => void
  readonly eventLog: EventLog
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
  readonly policy: Policy
  readonly noise: NoiseSource
  /** A pass begins at most this often; half a second after an idle time, so that news is fresh. */
  readonly passEveryMs: number
}

export interface Sealer extends AsyncDisposable {
  /** Why nothing can be published just now; null: all is well. */
  readonly trouble: string | null
  readonly lastGeneration: Generation | null
  /** Quarters and days that wait to be counted again. */
  readonly waiting: readonly LateSpan[]
}

const timings = {
  gatherMs: 500,
  /** Without news a pass only moves the watermark and closes quarters. */
  idlePassEveryMs: 15_000,
  retryMs: 1000,
  pollMs: 20,
  heartbeatMs: 2000,
  /** Sealing of one pass: the next live minutes do not wait longer for it than this and one turn. */
  sealMs: 4000,
} as const

export async function openSealer(options: SealerOptions): Promise<Sealer> {
  const { clock, log, stop, fail, eventLog, passEveryMs } = options
  const inbox = createInbox(createDirtySet())
  const frontiers = createFrontierReader({ eventLog, clock, stop, inbox })
  // Opened by the first pass after an assignment: another sealer may have worked since.
  let passes: Passes | null = null
  let trouble: string | null = null
  let assigned = false
  let isOurs = false
  let wake = Promise.withResolvers<void>()

  const holds = await openImportHolds({ eventLog, clock, onCrash: fail })
  const consumer: LogConsumer = await eventLog.openConsumer({
    group: consumerGroups.sealer,
    topics: inboxTopics,
    // Whoever counts reads the catalogue too.
    toOne: true,
    onCrash: fail,
    onAssignment(partitions) {
      // Who gets nothing is a spare: it waits and publishes nothing.
      assigned = partitions.some(({ topic }) => topic === topics.touched.name)
      isOurs = false
      inbox.restart()
      wake.resolve()
    },
    // The end of a transaction may come alone, after its decisions.
    onPassed: (position) => inbox.pass(position),
    async take(batch) {
      await roomFor(batch.heartbeat)
      if (batch.isStale()) return
      inbox.receive(batch, Math.floor(clock.nowMs() / 1000) - MINUTES_KEPT_S)
      wake.resolve()
    },
  })

  /** Waits while the inbox is full: passes make room. */
  async function roomFor(heartbeat: () => Promise<void>): Promise<void> {
    let beatAtMs = clock.nowMs()
    while (inbox.isFull && !stop.aborted) {
      wake.resolve()
      await clock.sleep(timings.pollMs, stop)
      if (clock.nowMs() < beatAtMs + timings.heartbeatMs) continue
      await heartbeat()
      beatAtMs = clock.nowMs()
    }
  }

  /**
   * Takes over, unless the group has moved on without us: who was stopped for a while must not fence
   * the sealer that works now. The same offset is committed again, by which the broker tells.
   */
  async function takeTurn(): Promise<Passes> {
    const topic = topics.touched.name
    const committed = await eventLog.committedOf(consumerGroups.sealer, topic)
    await consumer.commit([{ topic, partition: 0, offset: committed.get(0) ?? 0n }])
    return openPasses(options)
  }

  /** @returns whether late spans or seals still wait. */
  async function pass(): Promise<boolean> {
    if (!isOurs) await giveUp()
    isOurs = true
    passes ??= await takeTurn()
    const current = passes
    const frontier = await frontiers.read(current.last?.watermarkMs ?? 0)
    const { watermarkMs, storedThroughMs, isEnd } = frontier
    // Nothing is known to be stored yet: the facts consumer has to come first.
    if (watermarkMs === 0 && !inbox.isFull) return false
    // Whoever was in charge before may have decided on them.
    const applied = await applyDecided(current, { storedThroughMs, isEnd })
    const work = inbox.take()
    try {
      await current.run(work, watermarkMs)
    } catch (error) {
      inbox.giveBack(work)
      throw error
    }
    if (work.positions.length > 0) await consumer.commit(work.positions)
    const lateWaits = await current.workOffLate()
    const sealsWait = applied && isEnd && (await seal(current, storedThroughMs))
    return lateWaits || sealsWait
  }

  /** Applies decisions that were read back. @returns whether none is left. */
  async function applyDecided(
    current: Passes,
    { storedThroughMs, isEnd }: Pick<Frontier, 'storedThroughMs' | 'isEnd'>,
  ): Promise<boolean> {
    const decided = inbox.takeDecided(isEnd)
    const decisions = decided.read.map(({ decision }) => decision)
    if (decisions.length === 0) return isEnd
    let applied = false
    try {
      applied = await current.applyDecisions(decisions, storedThroughMs)
    } finally {
      if (!applied) inbox.giveBackDecided(decided)
    }
    if (applied && decided.position !== null) await consumer.commit([decided.position])
    return applied && isEnd
  }

  /** Seals leaves and buckets for a few seconds. @returns whether more wait. */
  async function seal(current: Passes, storedThroughMs: number): Promise<boolean> {
    const deadlineMs = clock.nowMs() + timings.sealMs
    const isHeld = await holds.heldAt(storedThroughMs)
    while (clock.nowMs() < deadlineMs && !stop.aborted) {
      const { videos, decisions } = await current.seal({ storedThroughMs, isHeld })
      if (videos === 0) return false
      // What is decided counts once it was read back.
      if (decisions === 0) continue
      const isEnd = await frontiers.catchUp([topics.decisions.name])
      if (!(await applyDecided(current, { storedThroughMs, isEnd }))) return true
    }
    return true
  }

  async function giveUp(): Promise<void> {
    const old = passes
    passes = null
    await old?.[Symbol.asyncDispose]()
  }

  /** Runs passes until the process stops: soon after news, and now and then without. */
  async function run(): Promise<void> {
    let lastPassMs = 0
    let waits = false
    while (!stop.aborted) {
      const idle = clock.sleep(waits ? passEveryMs : timings.idlePassEveryMs, stop)
      await Promise.race([wake.promise, idle])
      await clock.sleep(timings.gatherMs, stop)
      const waitMs = lastPassMs + passEveryMs - clock.nowMs()
      if (waitMs > 0) await clock.sleep(waitMs, stop)
      if (stop.aborted) return
      wake = Promise.withResolvers<void>()
      if (!assigned) continue
      lastPassMs = clock.nowMs()
      waits = await passOrRetry()
    }
  }

  async function passOrRetry(): Promise<boolean> {
    try {
      const waits = await pass()
      if (trouble !== null) log.info('publishing again')
      trouble = null
      return waits
    } catch (error) {
      if (stop.aborted) return false
      if (isOvertaken(error)) {
        log.warn({ err: error }, 'another sealer has taken over: its numbers stand')
        isOurs = false
      } else {
        if (!isRetryable(error)) throw error
        if (trouble === null) log.warn({ err: error }, 'cannot publish: trying again')
        trouble = 'a server behind the sealer does not answer'
      }
      wake.resolve()
      await clock.sleep(timings.retryMs, stop)
      return true
    }
  }

  const running = run().catch(fail)
  return {
    get trouble() {
      return trouble
    },
    get lastGeneration() {
      return passes?.last ?? null
    },
    get waiting() {
      return passes?.waiting ?? []
    },
    async [Symbol.asyncDispose]() {
      await running
      await consumer[Symbol.asyncDispose]()
      await holds[Symbol.asyncDispose]()
      await giveUp()
    },
  }
}

/** Whether another works in our place, as the stores say or the group. */
function isOvertaken(error: unknown): boolean {
  if (!(error instanceof PipelineError)) return false
  return error.code === 'fenced' || error.code === 'stale_assignment'
}
