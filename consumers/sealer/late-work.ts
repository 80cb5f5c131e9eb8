// Counts late spans again after a pass: what is due always, the rest as far as the budget of rows reaches.
import type { Clock } from '#infra/runtime/clock.ts'
import type { Span } from '#schemas/spans.ts'
import type { DayTotals } from './day-totals.ts'
import type { FactDays } from './fact-days.ts'
import type { LateSpan, LateSpans } from './late-spans.ts'
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
}

export interface Recount {
  /** Counts spans of one kind, whatever it costs, in statements of bounded size. */
  run(span: Span, startsS: readonly number[], generation: bigint): Promise<void>
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
  dayTotals,
}: Pick<LateWorkOptions, 'factDays' | 'spanTotals' | 'dayTotals'>): Recount {
  const isGone = (startS: number): boolean =>
    daysOf([startS]).some((day) => factDays.stateOf(day) === 'dropped')
  return {
    async run(span, startsS, generation) {
      // What is published of a dropped day stays; only whose it is may change.
      const gone = startsS.filter(isGone)
      const there = startsS.filter((start) => !isGone(start))
      if (span === 'day') {
        for (const day of there) await dayTotals.recount(day, generation)
        for (const day of gone) await dayTotals.sumCreators(day, generation)
        return
      }
      if (gone.length > 0) await spanTotals.sumCreators(span, gone, generation)
      for await (const part of partsOf(spanTotals, span, there)) {
        await spanTotals.recount(span, part.startsS, generation)
      }
    },
  }
}

/**
 * Works late spans off. @returns those that were counted; the caller makes their generation known
 * and writes down that they wait no more.
 */
export async function workOffLate(
  options: LateWorkOptions & { readonly recount: Recount },
  generation: bigint,
  closedDaysToS: number,
): Promise<readonly LateSpan[]> {
  const { clock, lateSpans, budget, spanTotals, dayTotals, recount } = options
  const deadlineMs = clock.nowMs() + WORK_MS_MAX
  const done = new Set<LateSpan>()
  const isOver = (): boolean => clock.nowMs() > deadlineMs

  /** Counts what may be counted of one kind. */
  async function workOff(span: Span, late: readonly LateSpan[], isDue: boolean): Promise<void> {
    const byStart = new Map(late.map((each) => [each.startS, each]))
    const parts =
      span === 'day'
        ? daysAsParts(dayTotals, [...byStart.keys()])
        : partsOf(spanTotals, span, [...byStart.keys()])
    for await (const { startsS, rows } of parts) {
      if (isOver() || !(budget.spend(rows) || isDue)) return
      await recount.run(span, startsS, generation)
      for (const start of startsS) {
        const counted = byStart.get(start)
        if (counted !== undefined) done.add(counted)
      }
    }
  }

  const nowS = Math.floor(clock.nowMs() / 1000)
  for (const isDue of [true, false]) {
    for (const span of ['minute', 'quarter', 'day'] as const) {
      const all = isDue ? lateSpans.due(nowS) : lateSpans.ready(nowS)
      const wanted = all.filter((late) => late.span === span && !done.has(late))
      if (!isOver()) await workOff(span, wanted, isDue)
    }
  }
  const quarters = [...done].filter(({ span }) => span === 'quarter').map(({ startS }) => startS)
  const days = daysOf(quarters).filter((day) => day < closedDaysToS)
  if (days.length > 0) await spanTotals.sumDays(days, generation)
  return [...done]
}

async function* daysAsParts(totals: DayTotals, daysS: readonly number[]): AsyncGenerator<Part> {
  for (const day of daysS) yield { startsS: [day], rows: await totals.estimateRows(day) }
}
