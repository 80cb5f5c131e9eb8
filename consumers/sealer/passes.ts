// What one pass of the sealer does with its work: attribute, count, publish, write down what waits, finish the generation.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { Logger } from '#infra/runtime/log.ts'
import type { Decision } from '#schemas/decision.ts'
import type { HeldLeaf } from '#schemas/hold-rule.ts'
import type { Policy } from '#schemas/policy.ts'
import { startOf } from '#schemas/spans.ts'
import { createAttribution } from './attribution.ts'
import { showCatalogue } from './catalogue-projection.ts'
import { createDayTotals } from './day-totals.ts'
import { createDirtySet } from './dirty-spans.ts'
import type { DirtySpans } from './dirty-spans.ts'
import { createErasing } from './erasure/erasing.ts'
import { createFactDays, readFactDays, writeFactDays } from './fact-days.ts'
import { assertInCharge, generationOf } from './fence.ts'
import { dropFrozenFacts, moveRipeDays } from './freezer.ts'
import { finishGeneration, readLastGeneration } from './generations.ts'
import type { Generation } from './generations.ts'
import type { Work } from './inbox.ts'
import { createLateLedger } from './late-ledger.ts'
import { createLateSpans, FIRST_COUNT } from './late-spans.ts'
import type { LateSpan } from './late-spans.ts'
import { createLateWork, createRecount } from './late-work.ts'
import { createBreakdownSealer } from './breakdowns/breakdown-sealer.ts'
import { createLeafSealer } from './leaves/leaf-sealer.ts'
import type { Decided } from './leaves/leaf-sealer.ts'
import { daysOf, MINUTES_KEPT_S, planPass } from './pass-plan.ts'
import type { PassPlan } from './pass-plan.ts'
import { publishPolicy } from './release/published-policy.ts'
import type { NoiseSource } from './release/noise-source.ts'
import { readPolicies } from './release/seal-policies.ts'
import { createRowBudget } from './row-budget.ts'
import { createSpanTotals } from './span-totals.ts'
import { takeOver } from './takeover.ts'

export interface PassesOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
  readonly eventLog: Pick<EventLog, 'openFencedProducer'>
  /** Binds leaves that begin from now on. */
  readonly policy: Policy
  readonly noise: NoiseSource
  readonly passEveryMs: number
}

export interface Passes extends AsyncDisposable {
  /** The last finished generation; null before the first. */
  readonly last: Generation | null
  /** Quarters and days that late facts touched and that are not counted again yet. */
  readonly waiting: readonly LateSpan[]
  /** Counts work and publishes it. A pass that fails may be repeated with the same work and more. */
  run(work: Work, watermarkMs: number): Promise<void>
  /** Marks and publishes decisions that were read back. @returns whether it could be done. */
  applyDecisions(decisions: readonly Decision[], storedThroughMs: number): Promise<boolean>
  /**
   * Decides on leaves, and where none ends on buckets, that end before everything up to them is stored
   * and published.
   * @returns what was done: with decisions, they are to be read back and applied.
   */
  seal(sealing: Sealing): Promise<Decided>
  /** Counts late spans as far as the budget reaches. @returns whether any still waits. */
  workOffLate(): Promise<boolean>
}

export interface Sealing {
  readonly storedThroughMs: number
  readonly isHeld: (leaf: HeldLeaf) => boolean
}

const FREEZE_EVERY_MS = 600_000

/** How long leaves wait for quarters that late facts touched. */
const LATE_WAITED_MS = 600_000

/** Takes over from any other sealer, and opens passes that go on where it has stopped. */
export async function openPasses(options: PassesOptions): Promise<Passes> {
  const { log, clock, stop, vault, rollups, policy, noise, passEveryMs } = options
  // Before anything is read: what is read cannot be changed any more by another.
  const { epoch, producer } = await takeOver(options)
  await using stack = new AsyncDisposableStack()
  stack.use(producer)
  log.info({ epoch: epoch.toString() }, 'took over')
  const ledger = createLateLedger(vault)
  const attribution = createAttribution({ vault, rollups })
  const spanTotals = createSpanTotals({ vault, rollups, stop })
  const dayTotals = createDayTotals({ vault, rollups, stop })
  const budget = createRowBudget(clock.nowMs())
  const lateSpans = createLateSpans(passEveryMs)
  const [written, knownDays, lastFinished] = await Promise.all([
    ledger.read(),
    readFactDays(vault),
    readLastGeneration(rollups),
  ])
  lateSpans.restore(written)
  const factDays = createFactDays(knownDays)
  const recount = createRecount({ factDays, spanTotals })
  const shared = { clock, lateSpans, factDays, budget, spanTotals, dayTotals, recount }
  const lateWork = createLateWork(shared)
  let last = lastFinished
  let generation = generationOf(epoch, 0n)
  await publishPolicy(rollups, policy, { generation, nowMs: clock.nowMs() })
  const policies = await readPolicies(rollups)
  const { noiseOf, noiseOfCells } = noise
  const sealing = { log, clock, vault, rollups, producer, policies }
  const leafSealer = createLeafSealer({ ...sealing, noiseOf })
  const breakdownSealer = createBreakdownSealer({ ...sealing, noiseOfCells })
  let freezeAtMs = 0
  let lateSinceMs: number | null = null
  const erasing = createErasing({ log, clock, vault, nextGeneration: () => nextGeneration() })

  function nowSeconds(): number {
    return Math.floor(clock.nowMs() / 1000)
  }

  /**
   * Higher than any before, those of counts that failed halfway among them: readers must see the
   * later of two counts of a span, however little lies between them.
   */
  function nextGeneration(touchedOffset = 0n): bigint {
    const counted = generationOf(epoch, touchedOffset < 0n ? 0n : touchedOffset)
    generation = counted > generation ? counted : generation + 1n
    return generation
  }

  /** Takes the late part of a plan in. */
  function keepLate({ now, late, lateFacts }: PassPlan, closedDaysToS: number): void {
    const nowS = nowSeconds()
    budget.earn(clock.nowMs(), lateFacts)
    const [first] = late.days
    // A first act that comes in late is taken from whichever later day had it.
    const later = first === undefined || lateFacts === 0 ? [] : factDays.countableFrom(first)
    const days = [...late.days, ...later.filter((day) => day < closedDaysToS)]
    lateSpans.add({ ...late, days }, nowS)
    // Days that close are the first of the late work: live minutes must not wait for them.
    lateSpans.restore(now.days.map((startS) => ({ span: 'day', startS, sinceS: FIRST_COUNT })))
    lateSpans.forgetMinutes(nowS - MINUTES_KEPT_S)
  }

  /** Leaves wait for late quarters, by whose views they are cut, for a while. */
  function sealWaits(storedThroughMs: number): boolean {
    const waits = lateSpans.waiting.some(({ span }) => span === 'quarter')
    if (!waits) lateSinceMs = null
    else lateSinceMs ??= storedThroughMs
    return lateSinceMs !== null && storedThroughMs < lateSinceMs + LATE_WAITED_MS
  }

  async function finish(
    finished: Omit<Generation, 'generation' | 'peopleThroughS'>,
  ): Promise<void> {
    const uncounted = lateSpans.waiting
      .filter(({ span, sinceS }) => span === 'day' && sinceS === FIRST_COUNT)
      .map(({ startS }) => startS)
    const closedDaysToS = startOf('day', finished.completeThroughS)
    const peopleThroughS = Math.min(closedDaysToS, ...uncounted)
    const next = { ...finished, generation, peopleThroughS }
    await finishGeneration(rollups, next, clock.nowMs())
    last = next
  }

  async function writeDown(): Promise<void> {
    await ledger.write(lateSpans.waiting, generation)
    const changed = factDays.changed()
    await writeFactDays(vault, changed, generation)
    factDays.written(changed)
  }

  const opened = stack.move()
  return {
    get last() {
      return last
    },
    get waiting() {
      return lateSpans.waiting.filter(({ span }) => span !== 'minute')
    },
    async run(work, watermarkMs) {
      const startedAtMs = clock.nowMs()
      const nowS = nowSeconds()
      const watermarkS = Math.floor(watermarkMs / 1000)
      const turned = await attribution.attribute(work.videos, nowS)
      // Before anything is counted, and after it is known when videos were public.
      await erasing.turn()
      const plan = planPass({
        dirty: merged(work.dirty, turned),
        // An empty server begins with the running quarter; older ones are counted as they are touched.
        completeThroughS: last?.completeThroughS ?? startOf('quarter', watermarkS),
        watermarkS,
        nowS,
      })
      factDays.touch(daysOf([...work.dirty.quarters.keys()]), nowS)
      const closedDaysToS = startOf('day', plan.completeThroughS)
      keepLate(plan, closedDaysToS)
      const { minutes, quarters } = plan.now
      const as = { nextGeneration: () => nextGeneration(work.touchedOffset), closedDaysToS }
      // What waits from now on is written down after what was said of the same spans before.
      if (plan.late.minutes.length + plan.late.quarters.length > 0) as.nextGeneration()
      if (minutes.length > 0) await recount.run('minute', minutes, as)
      if (quarters.length > 0) await recount.run('quarter', quarters, as)
      // Before the catalogue is shown: from then on nothing tells that these spans have to be counted.
      await writeDown()
      await showCatalogue(rollups, work.videos, work.creators)
      leafSealer.learn(
        work.videos.map(({ record }) => record),
        work.creators.map(({ record }) => record),
      )
      await finish({ watermarkMs, completeThroughS: plan.completeThroughS })
      log.debug(
        {
          minutes: minutes.length,
          quarters: quarters.length,
          late: plan.late.quarters.length,
          videos: work.videos.length,
          took_ms: clock.nowMs() - startedAtMs,
        },
        'pass finished',
      )
    },
    async applyDecisions(decisions, storedThroughMs) {
      if (decisions.length === 0) return true
      const as = { storedThroughMs, generation: nextGeneration() }
      const isLeaf = ({ table }: Decision): boolean => table === 'totals'
      const applied =
        (await leafSealer.apply(decisions.filter(isLeaf), as)) &&
        (await breakdownSealer.apply(
          decisions.filter((each) => !isLeaf(each)),
          as,
        ))
      if (applied && last !== null) await finish(last)
      return applied
    },
    async seal({ storedThroughMs, isHeld }) {
      if (last === null || sealWaits(storedThroughMs)) return { decisions: 0, videos: 0 }
      const publishedThroughS = Math.min(storedThroughMs, last.watermarkMs) / 1000
      const throughS = publishedThroughS - policies.graceS
      const ofLeaves = await leafSealer.decide(throughS, { generation: nextGeneration(), isHeld })
      const { videos } = leafSealer
      if (ofLeaves.videos > 0 || videos === null) return ofLeaves
      const as = { generation: nextGeneration(), isHeld }
      return breakdownSealer.decide(videos, last.peopleThroughS, as)
    },
    async workOffLate() {
      if (last === null) return false
      const startedAtMs = clock.nowMs()
      const closedDaysToS = startOf('day', last.completeThroughS)
      const counted = await lateWork.turn({ nextGeneration: () => nextGeneration(), closedDaysToS })
      breakdownSealer.recounted(counted.daysS)
      const freezes = clock.nowMs() >= freezeAtMs
      if (freezes) {
        freezeAtMs = clock.nowMs() + FREEZE_EVERY_MS
        nextGeneration()
        noise.forgetOld()
        moveRipeDays({ log, factDays, lateSpans }, nowSeconds())
      }
      if (counted.spans > 0) await finish(last)
      if (counted.spans > 0 || freezes) await writeDown()
      if (freezes) {
        await assertInCharge(rollups, generation)
        await dropFrozenFacts({ log, vault, factDays })
      }
      const waits = lateSpans.size
      if (counted.spans > 0) {
        const took_ms = clock.nowMs() - startedAtMs
        log.debug({ counted: counted.spans, waits, took_ms }, 'late spans counted')
      }
      return waits > 0
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function merged(first: DirtySpans, second: DirtySpans): DirtySpans {
  const set = createDirtySet()
  set.mark(first)
  set.mark(second)
  return set.take()
}
