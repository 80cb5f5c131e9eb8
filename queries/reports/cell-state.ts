// What a number is worth: its value, and the state that says whether it is whole, partly counted, or not there.
import { metrics } from '#schemas/metrics.ts'
import type { MeasureSum, Metric, MetricName, OpenMeasure } from '#schemas/metrics.ts'
import type { Span } from './time-buckets.ts'

/** States of open metrics; guarded ones will add theirs. Null in the last two. */
export type State = 'value' | 'zero' | 'partial' | 'not_yet' | 'not_applicable'

export interface Cell {
  readonly value: number | null
  readonly state: State
}

/** The stored sum of a measure in a cell. */
export type SumOf = (measure: OpenMeasure) => number

/**
 * The cell of a metric over `span`, of which everything before `countedToS` is counted:
 * `not_yet` nothing of the span is counted and nothing ran ahead of the clock; `not_applicable` no
 * span, or a ratio over nothing; `partial` the span goes on past what is counted; `zero` an exact 0.
 */
export function cellOf(name: MetricName, sumOf: SumOf, span: Counted): Cell {
  if (span.fromS >= span.countedToS && isSilent(metrics[name], sumOf)) return notYet
  if (span.fromS >= span.toS) return notApplicable
  const value = valueOf(metrics[name], sumOf)
  if (value === null) return notApplicable
  if (span.toS > span.countedToS) return { value, state: 'partial' }
  return { value, state: value === 0 ? 'zero' : 'value' }
}

export interface Counted extends Span {
  readonly countedToS: number
}

const notYet: Cell = { value: null, state: 'not_yet' }
const notApplicable: Cell = { value: null, state: 'not_applicable' }

function isSilent(metric: Metric, sumOf: SumOf): boolean {
  const parts = metric.kind === 'sum' ? metric.of : metric.denominator
  return parts.every(([, measure]) => sumOf(measure) === 0)
}

function valueOf(metric: Metric, sumOf: SumOf): number | null {
  const total = (parts: MeasureSum): number =>
    parts.reduce((sum, [sign, measure]) => sum + sign * sumOf(measure), 0)
  if (metric.kind === 'sum') return total(metric.of)
  const denominator = total(metric.denominator)
  if (denominator === 0) return null
  const numerator = total(metric.numerator)
  // One subtraction of whole numbers: 1 - 2/3 would not be the nearest number to 1/3.
  return (metric.complement === true ? denominator - numerator : numerator) / denominator
}
