// Plans the lifetime totals of a creator's videos: a report by video without dates.
import { isMetricName, metrics } from '#schemas/metrics.ts'
import type { MetricName } from '#schemas/metrics.ts'
import { hasMinutes } from './horizon.ts'
import type { Horizon } from './horizon.ts'
import { cutPieces } from './pieces.ts'
import { planGuarded } from './plan-guarded.ts'
import { peopleOf, planPeople } from './plan-people.ts'
import { storedSumsOf } from './plan.ts'
import type { ReportPlan } from './plan.ts'
import { INSTANT_MAX_S } from './time-buckets.ts'

/**
 * Ratios are left out: a list is for finding a video, a report for judging it. Those of guarded numbers
 * are in it, since no columns of the list give them: they are over the views up to the last seal.
 */
export const lifetimeMetrics: readonly MetricName[] = Object.keys(metrics)
  .filter(isMetricName)
  .filter((name) => metrics[name].kind !== 'ratio' && metrics[name].kind !== 'people_ratio')

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
  const nothing = { read: null, people: null, guarded: null }
  if (horizon === null) return { ...base, countedToS: -Infinity, ...nothing }
  const open = hasMinutes(horizon, nowMs)
  const countedToS = open ? horizon.watermarkS : horizon.completeThroughS
  if (videoIds.length === 0) return { ...base, countedToS, ...nothing }
  const rows = { subject: { kind: 'videos_of', creatorId }, byVideo: true, timeCut: null } as const
  const pieces = cutPieces(span, { buckets: null, horizon, open })
  const people = planPeople(
    { ...rows, measures: peopleOf(lifetimeMetrics) },
    { span, buckets: null, byAge: false, horizon },
  )
  const guarded = planGuarded(lifetimeMetrics, rows, {
    span,
    buckets: null,
    horizon,
    countedToS,
    open,
    pieces,
  })
  const read = {
    ...rows,
    measures: storedSumsOf(lifetimeMetrics),
    pieces,
    generation: horizon.generation,
  }
  return { ...base, countedToS, read, people, guarded }
}
