// What a number is worth: its value, and the state that says whether it is whole, partly counted, estimated, or not there.
import { watchMeasures } from '#schemas/measures.ts'
import type { OpenMeasure } from '#schemas/measures.ts'
import { measuresOf } from '#schemas/metric-kinds.ts'
import type { MeasureSum, RatioMetric, SumMetric } from '#schemas/metric-kinds.ts'
import type { Span } from './time-buckets.ts'

/** `zero` of open metrics alone, `coarser` and `small` of guarded ones. Null in the last three. */
export type State =
  | 'value'
  | 'zero'
  | 'estimated'
  | 'partial'
  | 'coarser'
  | 'small'
  | 'suppressed'
  | 'not_yet'
  | 'not_applicable'

export interface Cell {
  readonly value: number | null
  readonly state: State
  /** 95 % half-width; left out where the value is exact. */
  readonly margin?: number
}

/** A column that is read: a measure, or the views whose watch time is withheld. */
export type StoredSum = OpenMeasure | 'withheld_views'

/** The stored sum of a column in a cell. */
export type SumOf = (column: StoredSum) => number

export interface Counted extends Span {
  readonly countedToS: number
  /** Whether acts on videos that were not public are left out: the span cuts a day that has some. */
  readonly leavesOut: boolean
}

/**
 * The cell of a metric over `span`, of which everything before `countedToS` is counted:
 * `not_yet` nothing of the span is counted and nothing ran ahead of the clock; `not_applicable` no
 * span, or a ratio over nothing; `suppressed` so few people watched that how they did is not told;
 * `partial` the span goes on past what is counted, or leaves something out; `zero` an exact 0.
 */
export function cellOf(metric: SumMetric | RatioMetric, sumOf: SumOf, span: Counted): Cell {
  if (span.fromS >= span.countedToS && isSilent(metric, sumOf)) return notYet
  if (span.fromS >= span.toS) return notApplicable
  const withheld = sumOf('withheld_views')
  if (withheld > 0 && withheld === sumOf('views') && isAboutWatching(metric)) return suppressed
  const value = valueOf(metric, sumOf)
  if (value === null) return notApplicable
  const isPart = span.toS > span.countedToS || span.leavesOut
  if (isPart || (withheld > 0 && usesWatching(metric))) return { value, state: 'partial' }
  return { value, state: value === 0 ? 'zero' : 'value' }
}

/** A count of people over a span. */
export interface PeopleCount {
  readonly people: number
  /** Whether an edge of the span lies inside a day, which was then shared out by views. */
  readonly isEstimated: boolean
}

/** The cell of a people metric; days before `countedToS` are counted. */
export function peopleCell(
  { people, isEstimated }: PeopleCount,
  span: Omit<Counted, 'leavesOut'>,
): Cell {
  if (span.fromS >= span.toS) return notApplicable
  if (span.fromS >= span.countedToS) return notYet
  if (span.toS > span.countedToS) return { value: people, state: 'partial' }
  if (isEstimated) return { value: people, state: 'estimated' }
  return { value: people, state: people === 0 ? 'zero' : 'value' }
}

const notYet: Cell = { value: null, state: 'not_yet' }
const notApplicable: Cell = { value: null, state: 'not_applicable' }
const suppressed: Cell = { value: null, state: 'suppressed' }

function isSilent(metric: SumMetric | RatioMetric, sumOf: SumOf): boolean {
  const parts = metric.kind === 'sum' ? metric.of : metric.denominator
  return parts.every(([, measure]) => sumOf(measure) === 0)
}

/** Ratios of so few people tell as much as what they are made from. */
function isAboutWatching(metric: SumMetric | RatioMetric): boolean {
  return metric.kind === 'ratio' || usesWatching(metric)
}

function usesWatching(metric: SumMetric | RatioMetric): boolean {
  return measuresOf(metric).some((measure) => watchMeasures.has(measure))
}

function valueOf(metric: SumMetric | RatioMetric, sumOf: SumOf): number | null {
  if (metric.kind === 'sum') return total(metric.of, sumOf)
  // Views whose watch time is withheld are not what the watch time shown is over.
  const shown: SumOf = (column) =>
    column === 'views' && usesWatching(metric)
      ? sumOf('views') - sumOf('withheld_views')
      : sumOf(column)
  const denominator = total(metric.denominator, shown)
  if (denominator === 0) return null
  const numerator = total(metric.numerator, shown)
  // One subtraction of whole numbers: 1 - 2/3 would not be the nearest number to 1/3.
  return (metric.complement === true ? denominator - numerator : numerator) / denominator
}

function total(parts: MeasureSum, sumOf: SumOf): number {
  return parts.reduce((sum, [sign, measure]) => sum + sign * sumOf(measure), 0)
}
