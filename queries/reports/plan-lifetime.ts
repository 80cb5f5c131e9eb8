// Plans the lifetime totals of a creator's videos: a report by video without dates.
import { isMetricName, metrics } from '#schemas/metrics.ts'
import type { MetricName } from '#schemas/metrics.ts'
import { hasMinutes } from './horizon.ts'
import type { Horizon } from './horizon.ts'
import { cutPieces } from './pieces.ts'
import { peopleOf, planPeople } from './plan-people.ts'
import { storedSumsOf } from './plan.ts'
import type { ReportPlan } from './plan.ts'
import { INSTANT_MAX_S } from './time-buckets.ts'

/** Ratios are left out: a list is for finding a video, a report for judging it. */
export const lifetimeMetrics: readonly MetricName[] = Object.keys(metrics)
  .filter(isMetricName)
  .filter((name) => metrics[name].kind !== 'ratio')

export interface LifetimeContext {
  readonly creatorId: string
  /** Ascending. */
  readonly videoIds: readonly string[]
  readonly horizon: Horizon | null
  readonly nowMs: number
}

export function planLifetime(context: LifetimeContext): ReportPlan {
  const { creatorId, videoIds, horizon, nowMs } = context
  const span = { fromS: 0, toS: INSTANT_MAX_S }
  const hidden: ReadonlySet<string> = new Set()
  const base = { asked: span, span, buckets: null, ages: null, videoIds, horizon, hidden }
  if (horizon === null) return { ...base, countedToS: -Infinity, read: null, people: null }
  const open = hasMinutes(horizon, nowMs)
  const rows = { subject: { kind: 'videos_of', creatorId }, byVideo: true, timeCut: null } as const
  const people = planPeople(
    { ...rows, measures: peopleOf(lifetimeMetrics) },
    { span, buckets: null, byAge: false, horizon },
  )
  const read = {
    ...rows,
    measures: storedSumsOf(lifetimeMetrics),
    pieces: cutPieces(span, { buckets: null, horizon, open }),
    generation: horizon.generation,
  } as const
  const countedToS = open ? horizon.watermarkS : horizon.completeThroughS
  if (videoIds.length === 0) return { ...base, countedToS, read: null, people: null }
  return { ...base, countedToS, read, people }
}
