// Which metrics go with which dimensions: the one rule that the planner obeys and the catalog prints.
import { HttpProblem } from '#infra/runtime/http.ts'
import { metrics } from '#schemas/metrics.ts'
import { isReportDimension, reportDimensions } from '#schemas/report-dimensions.ts'
import type { Metric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'
import type { ReportDimension } from '#schemas/report-dimensions.ts'

const withinADay: ReadonlySet<ReportDimension> = new Set(['minute', 'hour', 'hour_of_week'])

/** Whether a report may cut `metric` by `dimensions` (distinct, in any order). */
export function isLegal(metric: MetricName, dimensions: readonly ReportDimension[]): boolean {
  const { exposure, kind }: Metric = metrics[metric]
  const roles = dimensions.map((dimension) => reportDimensions[dimension].role)
  // An age is that of a video: videos of different days have no common one.
  const ageOfNothing = dimensions.includes('video_age_day') && !dimensions.includes('video')
  // One cut of time, since a day has its hours anyway; minutes would tell when somebody acted.
  const tooFine = exposure !== 'open' && dimensions.includes('minute')
  // People are counted by day.
  const belowADay = kind === 'people' && dimensions.some((dimension) => withinADay.has(dimension))
  return new Set(roles).size === roles.length && !ageOfNothing && !tooFine && !belowADay
}

/** Every legal set of dimensions of a metric, the empty one first. */
export function legalSets(metric: MetricName): readonly (readonly ReportDimension[])[] {
  const names = Object.keys(reportDimensions).filter(isReportDimension)
  let sets: (readonly ReportDimension[])[] = [[]]
  for (const name of names) sets = [...sets, ...sets.map((set) => [...set, name])]
  return sets
    .filter((set) => isLegal(metric, set))
    .toSorted((a, b) => a.length - b.length || rank(a) - rank(b))
  function rank(set: readonly ReportDimension[]): number {
    return set.reduce((sum, name) => sum * names.length + names.indexOf(name), 0)
  }
}

/**
 * The legal set that keeps the most of what was asked and adds the least; ties go to what was named
 * first.
 */
export function nearestLegal(
  metric: MetricName,
  dimensions: readonly ReportDimension[],
): readonly ReportDimension[] {
  const score = (set: readonly ReportDimension[]): number =>
    dimensions.reduce(
      (sum, name, index) => sum + (set.includes(name) ? 100 + dimensions.length - index : 0),
      -set.length,
    )
  const [best = []] = legalSets(metric).toSorted((a, b) => score(b) - score(a))
  return [
    ...dimensions.filter((name) => best.includes(name)),
    ...best.filter((name) => !dimensions.includes(name)),
  ]
}

/** @throws HttpProblem `illegal_pair` naming the first pair that does not go, and the nearest legal one. */
export function assertLegal(
  names: readonly MetricName[],
  dimensions: readonly ReportDimension[],
): void {
  const metric = names.find((name) => !isLegal(name, dimensions))
  if (metric === undefined) return
  const nearest = nearestLegal(metric, dimensions)
  const words = nearest.length === 0 ? 'no dimension' : nearest.join(',')
  throw new HttpProblem(
    'illegal_pair',
    `${metric} does not go with ${dimensions.join(',')}; the nearest legal is ${metric} with ${words}`,
    { pair: { metric, dimensions }, nearest: { metric, dimensions: nearest } },
  )
}
