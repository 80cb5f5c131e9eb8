// Which metrics go with which dimensions: the one rule that the planner obeys and the catalog prints.
import { HttpProblem } from '#infra/runtime/http.ts'
import { isBrokenDown } from '#schemas/breakdowns.ts'
import { metrics } from '#schemas/metrics.ts'
import { isReportDimension, reportDimensions } from '#schemas/report-dimensions.ts'
import type { Metric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'
import type { ReportDimension } from '#schemas/report-dimensions.ts'

const withinADay: ReadonlySet<ReportDimension> = new Set(['minute', 'hour', 'hour_of_week'])
/** Buckets of a breakdown are counted by day. */
const besideAttributes: ReadonlySet<ReportDimension> = new Set(['day', 'week', 'month'])
type Role = (typeof reportDimensions)[ReportDimension]['role']
const roles = ['time', 'entity', 'attribute'] as const satisfies readonly Role[]

/** What counts people by the same act, where a breakdown of a metric is asked for that has none. */
const countsPeople: Readonly<Partial<Record<MetricName, MetricName>>> = {
  views: 'viewers',
  likes: 'likers',
  comments: 'commenters',
  remixes: 'remixers',
  stitches: 'remixers',
  duets: 'remixers',
  save_rate: 'save_rate_viewers',
  share_rate: 'share_rate_viewers',
  like_rate: 'like_rate_viewers',
  remix_rate: 'remix_rate_viewers',
}

/** Whether a report may cut `metric` by `dimensions` (distinct, in any order). */
export function isLegal(metric: MetricName, dimensions: readonly ReportDimension[]): boolean {
  const { exposure, kind }: Metric = metrics[metric]
  const found = dimensions.map(roleOf)
  if (new Set(found).size < found.length) return false
  if (found.includes('attribute')) {
    const others = dimensions.filter((name) => roleOf(name) !== 'attribute')
    return hasBreakdowns(metric) && others.every((name) => besideAttributes.has(name))
  }
  if (kind === 'people_ratio') return false
  // An age is that of a video: videos of different days have no common one.
  const ageOfNothing = dimensions.includes('video_age_day') && !dimensions.includes('video')
  // One cut of time, since a day has its hours anyway; minutes would tell when somebody acted.
  const tooFine = exposure !== 'open' && dimensions.includes('minute')
  // People are counted by day.
  const belowADay = kind === 'people' && dimensions.some((dimension) => withinADay.has(dimension))
  return !ageOfNothing && !tooFine && !belowADay
}

function hasBreakdowns(metric: MetricName): boolean {
  return isBrokenDown(metric) || metrics[metric].kind === 'people_ratio'
}

function roleOf(name: ReportDimension): Role {
  return reportDimensions[name].role
}

/** Every legal set of dimensions of a metric, the smallest first. */
export function legalSets(metric: MetricName): readonly (readonly ReportDimension[])[] {
  const names = Object.keys(reportDimensions).filter(isReportDimension)
  let sets: (readonly ReportDimension[])[] = [[]]
  for (const role of roles) {
    const own = names.filter((name) => roleOf(name) === role)
    sets = [...sets, ...sets.flatMap((set) => own.map((name) => [...set, name]))]
  }
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
  const broken = dimensions.some((name) => roleOf(name) === 'attribute')
  const legal = (broken ? countsPeople[metric] : undefined) ?? metric
  const nearest = nearestLegal(legal, dimensions)
  throw new HttpProblem(
    'illegal_pair',
    `${metric} does not go with ${wordsOf(dimensions)}; ` +
      `the nearest legal is ${legal} with ${wordsOf(nearest)}`,
    { pair: { metric, dimensions }, nearest: { metric: legal, dimensions: nearest } },
  )
}

function wordsOf(dimensions: readonly ReportDimension[]): string {
  return dimensions.length === 0 ? 'no dimension' : dimensions.join(',')
}
