// The kinds of numbers that there are: what each is made from, what may be added up, and how exposed it is.
import type { BrokenDownMeasure } from './breakdowns.ts'
import { isGuardedMeasure } from './guarded.ts'
import type { GuardedMeasure } from './guarded.ts'
import type { OpenMeasure, PeopleMeasure } from './measures.ts'

/** **open**: exact and seconds old. **guarded**: noised, sealed, never changed. */
export type Exposure = 'open' | 'guarded'

interface MetricOf<Kind extends string> {
  readonly kind: Kind
  readonly exposure: Exposure
  /** Name and version of the definition; a changed meaning gets a new version. */
  readonly definition: `${string}@${number}`
  readonly title: string
  /** A sentence for creators; that of a ratio names what it is over. */
  readonly description: string
  readonly unit: 'events' | 'people' | 'milliseconds' | 'ratio'
}

/** Stored measures added up, each with its sign. */
export type MeasureSum = readonly (readonly [sign: 1 | -1, measure: OpenMeasure])[]

/** A sum of stored measures. Additive over time and videos. */
export interface SumMetric extends MetricOf<'sum'> {
  readonly of: MeasureSum
}

/** One sum over another. Not additive: recomputed for every row and total. */
export interface RatioMetric extends MetricOf<'ratio'> {
  readonly numerator: MeasureSum
  readonly denominator: MeasureSum
  /** What is left of 1: 1 - numerator / denominator. */
  readonly complement?: true
}

/**
 * People by the UTC day of their first act on a video. Additive over time and videos, since it counts
 * a person once per video; of a creator it is a sum over videos, not of distinct people.
 */
export interface PeopleMetric extends MetricOf<'people'> {
  readonly of: PeopleMeasure
}

/** Guarded and open measures added up, each with its sign. */
export type MixedSum = readonly (readonly [sign: 1 | -1, measure: OpenMeasure | GuardedMeasure])[]

/**
 * A sum with guarded parts. Additive over time and videos; its open parts count up to where the
 * guarded ones are sealed.
 */
export interface GuardedSumMetric extends MetricOf<'guarded_sum'> {
  readonly exposure: 'guarded'
  readonly of: MixedSum
}

/** Such a sum over an open one of the same span. Not additive. */
export interface GuardedRatioMetric extends MetricOf<'guarded_ratio'> {
  readonly exposure: 'guarded'
  readonly numerator: MixedSum
  readonly denominator: MeasureSum
}

export type GuardedMetric = GuardedSumMetric | GuardedRatioMetric

/**
 * People of a kind for each person who viewed, both by the same attribute. There are none without a
 * breakdown: those go by views.
 */
export interface PeopleRatioMetric extends MetricOf<'people_ratio'> {
  readonly exposure: 'guarded'
  readonly numerator: Exclude<BrokenDownMeasure, 'viewers'>
  readonly denominator: 'viewers'
}

export type Metric = SumMetric | RatioMetric | PeopleMetric | GuardedMetric | PeopleRatioMetric

/** Whether a metric is a quotient: not additive, and nothing over nothing. */
export function isRatio(
  metric: Metric,
): metric is RatioMetric | GuardedRatioMetric | PeopleRatioMetric {
  return (
    metric.kind === 'ratio' || metric.kind === 'guarded_ratio' || metric.kind === 'people_ratio'
  )
}

export function isGuarded(metric: Metric): metric is GuardedMetric {
  return metric.kind === 'guarded_sum' || metric.kind === 'guarded_ratio'
}

/** The open measures that an open metric is made from; people are counted apart. */
export function measuresOf(metric: Metric): readonly OpenMeasure[] {
  switch (metric.kind) {
    case 'sum':
      return metric.of.map(([, measure]) => measure)
    case 'ratio':
      return [...metric.numerator, ...metric.denominator].map(([, measure]) => measure)
    case 'people':
    case 'guarded_sum':
    case 'guarded_ratio':
    case 'people_ratio':
      return []
    default:
      return metric satisfies never
  }
}

/** The measures of a guarded metric, the guarded and the open ones. */
export function mixedMeasuresOf(metric: GuardedMetric): {
  readonly guarded: readonly GuardedMeasure[]
  readonly open: readonly OpenMeasure[]
} {
  const parts: MixedSum =
    metric.kind === 'guarded_sum' ? metric.of : [...metric.numerator, ...metric.denominator]
  const measures = parts.map(([, measure]) => measure)
  return {
    guarded: measures.filter((measure) => isGuardedMeasure(measure)),
    open: measures.filter((measure) => !isGuardedMeasure(measure)),
  }
}
