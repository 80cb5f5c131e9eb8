// The cell of a guarded metric: its value, how far off it may be, and the state that says what it is worth.
import { isGuardedMeasure } from '#schemas/guarded.ts'
import type { GuardedMeasure } from '#schemas/guarded.ts'
import type { GuardedMetric, MeasureSum, MixedSum } from '#schemas/metric-kinds.ts'
import type { Cell, State, SumOf } from './cell-state.ts'
import { halfWidth } from './guarded-curve.ts'
import type { Estimate } from './guarded-tally.ts'
import type { Worth } from './guarded-worth.ts'
import type { Span } from './time-buckets.ts'

/** What a cell is made from, all of it of the same span. */
export interface GuardedParts {
  readonly worth: Worth
  readonly sumOf: (measure: GuardedMeasure) => Estimate
  /** Counts up to where each video is sealed. */
  readonly openOf: SumOf
  /** Whether acts on videos that were not public are left out of the open counts. */
  readonly leavesOut: boolean
}

/**
 * Beside the worth of the row: `suppressed` a ratio where so few people watched a video that is not
 * public; `not_applicable` a ratio over nothing; `small` below its own half-width, where the span is not
 * in doubt. There is no `zero`: nothing that bears noise is known to be nothing.
 */
export function guardedCell(metric: GuardedMetric, parts: GuardedParts): Cell {
  const { worth, openOf } = parts
  if (worth === 'not_applicable' || worth === 'not_yet') return { value: null, state: worth }
  const top = metric.kind === 'guarded_sum' ? metric.of : metric.numerator
  const sum = mixedSum(top, parts)
  const margin = halfWidth(varianceOf(top, parts.sumOf))
  const stateOf = (isSmall: boolean): State => {
    const state = hasOpenParts(metric) && parts.leavesOut ? 'partial' : worth
    return isSmall && (state === 'value' || state === 'estimated') ? 'small' : state
  }
  // A net may lie below zero; a count does so by its noise alone.
  const isNet = top.some(([sign]) => sign < 0)
  const isSmall = (isNet ? Math.abs(sum) : sum) < margin
  if (metric.kind === 'guarded_sum') return { value: sum, margin, state: stateOf(isSmall) }
  const withheld = openOf('withheld_views')
  if (withheld > 0 && withheld === openOf('views')) return { value: null, state: 'suppressed' }
  const denominator = openSum(metric.denominator, openOf)
  if (denominator === 0) return { value: null, state: 'not_applicable' }
  return { value: sum / denominator, margin: margin / denominator, state: stateOf(isSmall) }
}

/** Before anything was ever published. */
export function unpublishedCell({ fromS, toS }: Span): Cell {
  return { value: null, state: fromS < toS ? 'not_yet' : 'not_applicable' }
}

function hasOpenParts(metric: GuardedMetric): boolean {
  return metric.kind === 'guarded_ratio' || metric.of.some(([, name]) => !isGuardedMeasure(name))
}

function mixedSum(of: MixedSum, { sumOf, openOf }: GuardedParts): number {
  return of.reduce(
    (sum, [sign, name]) =>
      sum + sign * (isGuardedMeasure(name) ? sumOf(name).people : openOf(name)),
    0,
  )
}

function openSum(of: MeasureSum, openOf: SumOf): number {
  return of.reduce((sum, [sign, name]) => sum + sign * openOf(name), 0)
}

/** Open counts are exact; noises of different measures are independent. */
function varianceOf(of: MixedSum, sumOf: GuardedParts['sumOf']): number {
  return of.reduce((sum, [, name]) => sum + (isGuardedMeasure(name) ? sumOf(name).variance : 0), 0)
}
