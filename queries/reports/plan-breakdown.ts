// Plans a breakdown: whose people, by which attribute, and the report without it, whose totals its rows add up to.
import { isBreakdownDimension, isBrokenDown } from '#schemas/breakdowns.ts'
import type { BreakdownDimension, BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { metrics } from '#schemas/metrics.ts'
import type { PeopleRatioMetric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'
import type { ReportQuery } from './parse-report.ts'
import type { ReportPlan } from './plan.ts'
import type { Scope } from './scope.ts'
import type { Span } from './time-buckets.ts'

/** What a report breaks down. */
export interface BreakdownQuery {
  readonly dimension: BreakdownDimension
  /** Those of rates among them. */
  readonly measures: readonly BrokenDownMeasure[]
  /** What is taken for each viewer. */
  readonly rates: readonly RateNumerator[]
  /** The same report of the measures, without the dimension. */
  readonly totals: ReportQuery
}

export type RateNumerator = PeopleRatioMetric['numerator']

/** Null: no breakdown. */
export function breakdownOf(query: ReportQuery): BreakdownQuery | null {
  const dimension = query.dimensions.find((name) => isBreakdownDimension(name))
  if (dimension === undefined) return null
  const rates = query.metrics.flatMap((name) => rateOf(name)?.numerator ?? [])
  const named = query.metrics.filter((name) => isBrokenDown(name))
  const parts: readonly BrokenDownMeasure[] = rates.length > 0 ? [...rates, 'viewers'] : []
  const measures = [...new Set<BrokenDownMeasure>([...named, ...parts])]
  const dimensions = query.dimensions.filter((name) => name !== dimension)
  const totals = { ...query, metrics: measures, dimensions, sort: [] }
  return { dimension, measures, rates, totals }
}

/** Null: a metric that is no rate by viewers. */
export function rateOf(name: MetricName): PeopleRatioMetric | null {
  const metric = metrics[name]
  return metric.kind === 'people_ratio' ? metric : null
}

/** What is asked of the buckets. */
export interface BucketsPlan extends Pick<BreakdownQuery, 'dimension' | 'measures' | 'rates'> {
  /** Of a creator all of theirs, the deleted ones too. */
  readonly videoIds: readonly string[]
  /** Whose pool is read with the buckets of the videos; null: none. */
  readonly poolOf: string | null
  /** Rows in time, ascending. */
  readonly rows: readonly Span[]
  /** Buckets that end later are not read, as leaves are not. */
  readonly countedToS: number
  readonly generation: string
}

/** The rows in time of a report that is not by video; all of its span, where it has none. */
export function timeRowsOf({ buckets, span }: ReportPlan): readonly Span[] {
  return buckets ?? [span]
}

/** Null where there is nothing to read. */
export function planBuckets(
  { dimension, measures, rates }: BreakdownQuery,
  plan: ReportPlan,
  { scope, videoIds }: { readonly scope: Scope; readonly videoIds: readonly string[] },
): BucketsPlan | null {
  const { horizon, span, countedToS } = plan
  const rows = timeRowsOf(plan)
  if (horizon === null || rows.length === 0 || span.fromS >= span.toS) return null
  return {
    dimension,
    measures,
    rates,
    videoIds,
    poolOf: scope.kind === 'creator' ? scope.creatorId : null,
    rows,
    countedToS,
    generation: horizon.generation,
  }
}
