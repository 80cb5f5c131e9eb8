// Counts late spans again after a pass: what is due always, the rest as far as the budget of rows reaches.
import type { Clock } from '#infra/runtime/clock.ts'
import { startOf } from '#schemas/spans.ts'
import type { Span } from '#schemas/spans.ts'
import type { DayCount, DayTotals } from './day-totals.ts'
import type { FactDays } from './fact-days.ts'
import type { LateSpans } from './late-spans.ts'
import { daysOf } from './pass-plan.ts'
import type { RowBudget } from './row-budget.ts'
import { STATEMENT_SPANS_MAX } from './span-totals.ts'
import type { CountedSpan, SpanTotals } from './span-totals.ts'

export interface LateWorkOptions {
  readonly clock: Clock
  readonly lateSpans: LateSpans
  readonly factDays: FactDays
  readonly budget: RowBudget
  readonly spanTotals: SpanTotals
  readonly dayTotals: DayTotals
  readonly recount: Recount
}

export interface Recount {
  /**
   * Counts spans, whatever it costs, in statements of bounded size; quarters with the sums of their
   * days, so that nobody can take a quarter for done whose day was not summed.
   */
  run(span: CountedSpan, startsS: readonly number[], as: CountedAs): Promise<void>
}

export interface CountedAs {
  /**
   * A higher one at every call: two counts of one generation could not be told apart, and a day is
   * summed with every part of its quarters.
   */
  readonly nextGeneration: () => bigint
  /** Days before it are closed. */
  readonly closedDaysToS: number
}

/** Rows of one statement, about: bounds the memory of both servers, and how long a statement takes. */
const STATEMENT_ROWS_MAX = 2_000_000

/** Late work of one pass: the next live minutes do not wait longer for it than this and one statement. */
const WORK_MS_MAX = 4000

/** A part of the spans that one statement counts, and the rows that it reads. */
interface Part {
  readonly startsS: readonly number[]
  readonly rows: number
}

/** Cuts spans into parts of a bounded number of rows, in order; a single span may have more. */
async function* partsOf(
  totals: SpanTotals,
  span: CountedSpan,
  startsS: readonly number[],
): AsyncGenerator<Part> {
  const left = [startsS]
  for (let some = left.pop(); some !== undefined; some = left.pop()) {
    if (some.length === 0) continue
    const rows =
      some.length > STATEMENT_SPANS_MAX ? Infinity : await totals.estimateRows(span, some)
    if (rows > STATEMENT_ROWS_MAX && some.length > 1) {
      const middle = Math.ceil(some.length / 2)
      left.push(some.slice(middle), some.slice(0, middle))
    } else yield { startsS: some, rows }
  }
}

export function createRecount({
  factDays,
  spanTotals,
}: Pick<LateWorkOptions, 'factDays' | 'spanTotals'>): Recount {
  return {
    async run(span, startsS, { nextGeneration, closedDaysToS }) {
      const generation = nextGeneration()
      // What is published of a dropped day stays; only whose it is may change.
      const gone = startsS.filter((start) => isGone(factDays, start))
      const there = startsS.filter((start) => !isGone(factDays, start))
      if (gone.length > 0) await spanTotals.sumCreators(span, gone, generation)
      for await (const part of partsOf(spanTotals, span, there)) {
        await spanTotals.recount(span, part.startsS, generation)
      }
      if (span !== 'quarter') return
      const days = daysOf(startsS).filter((day) => day < closedDaysToS)
      if (days.length > 0) await spanTotals.sumDays(days, generation)
    },
  }
}

function isGone(factDays: FactDays, startS: number): boolean {
  return factDays.stateOf(startOf('day', startS)) === 'dropped'
}

export interface LateWork {
  /**
   * Works late spans off for a few seconds and forgets those that were counted. A day may take many
   * turns. @returns what was counted; the caller makes the last generation known.
   */
  turn(as: CountedAs): Promise<LateCounted>
}

export interface LateCounted {
  readonly spans: number
  /** Starts of the days among them, whose people are published anew. */
  readonly daysS: readonly number[]
}

export function createLateWork(options: LateWorkOptions): LateWork {
  const { clock, lateSpans, factDays, budget, spanTotals, dayTotals, recount } = options
  let counting: { readonly count: DayCount; readonly beganAtS: number } | null = null

  const nowSeconds = (): number => Math.floor(clock.nowMs() / 1000)

  function wanted(isDue: boolean, span: Span): readonly number[] {
    const all = isDue ? lateSpans.due(nowSeconds()) : lateSpans.ready(nowSeconds())
    return all.filter((late) => late.span === span).map(({ startS }) => startS)
  }

  /** Counts minutes or quarters as far as time and budget reach. @returns how many were counted. */
  async function countSpans(
    span: CountedSpan,
    { isDue, isOver, ...as }: Turn & { readonly isDue: boolean },
  ): Promise<number> {
    let done = 0
    for await (const { startsS, rows } of partsOf(spanTotals, span, wanted(isDue, span))) {
      if (isOver() || !(budget.spend(rows) || isDue)) break
      const beganAtS = nowSeconds()
      await recount.run(span, startsS, as)
      lateSpans.counted(span, startsS, { beganAtS, nowS: nowSeconds() })
      done += startsS.length
    }
    return done
  }

  /** Begins with the next day that may be counted. */
  async function beginDay(nextGeneration: () => bigint): Promise<typeof counting> {
    for (const isDue of [true, false]) {
      const [dayS] = wanted(isDue, 'day')
      if (dayS === undefined) continue
      if (!(budget.spend(await dayTotals.estimateRows(dayS)) || isDue)) continue
      return { beganAtS: nowSeconds(), count: await dayTotals.begin(dayS, nextGeneration()) }
    }
    return null
  }

  /**
   * Counts days as far as time and budget reach; a day that was begun is counted to its end.
   * @returns their starts.
   */
  async function countDays({ nextGeneration, isOver }: Turn): Promise<readonly number[]> {
    const done: number[] = []
    while (!isOver()) {
      counting ??= await beginDay(nextGeneration)
      if (counting === null) break
      const { count, beganAtS } = counting
      const { dayS } = count
      const gone = isGone(factDays, dayS)
      if (gone) await dayTotals.sumCreators(dayS, nextGeneration())
      if (!gone && !(await count.next(nextGeneration()))) continue
      lateSpans.counted('day', [dayS], { beganAtS, nowS: nowSeconds() })
      counting = null
      done.push(dayS)
    }
    return done
  }

  return {
    async turn(as) {
      const deadlineMs = clock.nowMs() + WORK_MS_MAX
      const turn = { ...as, isOver: () => clock.nowMs() > deadlineMs }
      const minutes = await countSpans('minute', { ...turn, isDue: false })
      const due = await countSpans('quarter', { ...turn, isDue: true })
      const ready = await countSpans('quarter', { ...turn, isDue: false })
      const daysS = await countDays(turn)
      return { spans: minutes + due + ready + daysS.length, daysS }
    },
  }
}

interface Turn extends CountedAs {
  readonly isOver: () => boolean
}
