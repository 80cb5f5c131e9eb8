// Plans a report: which rows it has, how far its numbers are counted, and which tables answer.
import { measuresOf } from '#schemas/metric-kinds.ts'
import { metrics } from '#schemas/metrics.ts'
import type { MetricName } from '#schemas/metrics.ts'
import type { StoredSum } from './cell-state.ts'
import { planGuarded } from './plan-guarded.ts'
import type { GuardedPlan } from './plan-guarded.ts'
import { peopleOf, planPeople } from './plan-people.ts'
import type { PeoplePlan } from './plan-people.ts'
import { HttpProblem } from '#infra/runtime/http.ts'
import type { OwnedVideo } from './directory.ts'
import { hasMinutes, MINUTES_KEPT_S } from './horizon.ts'
import type { Horizon } from './horizon.ts'
import { reportLimits } from './parse-report.ts'
import type { ReportQuery } from './parse-report.ts'
import { cutPieces } from './pieces.ts'
import type { ReadPlan } from './read-plan.ts'
import type { Scope, Subject } from './scope.ts'
import { rangeOf } from './time-buckets.ts'
import type { Bucket, Span } from './time-buckets.ts'
import { ageBuckets, bucketsOf, timeCutOf } from './time-cut.ts'

export interface ReportPlan {
  /** What the dates name. */
  readonly asked: Span
  /** What rows and totals are about: all that was asked, or its last minutes. Empty: from = to. */
  readonly span: Span
  /** Rows in time that are the same for all videos, ascending; null: there are none such. */
  readonly buckets: readonly Bucket[] | null
  /** Rows in time of each of `videoIds`, where every video has its own; else null. */
  readonly ages: readonly (readonly Bucket[])[] | null
  /** Ids of the rows by video, ascending; null without that dimension. */
  readonly videoIds: readonly string[] | null
  /** What lies past it is not counted yet; -Infinity: nothing was ever published. */
  readonly countedToS: number
  readonly horizon: Horizon | null
  /** Videos of the report that are not public now, and not deleted. */
  readonly hidden: ReadonlySet<string>
  /** Null: there is nothing to read. */
  readonly read: ReadPlan | null
  /** How people are read; null: no people metric is asked for, or no day is counted. */
  readonly people: PeoplePlan | null
  /** How guarded numbers are read; null: none is asked for, or nothing was ever published. */
  readonly guarded: GuardedPlan | null
}

export interface PlanContext {
  readonly scope: Scope
  /** The listed videos of the scope's creator, where rows are by video and none was named. */
  readonly listed: readonly OwnedVideo[]
  /** Ids of the scope's videos that are not public now, and not deleted. */
  readonly hidden: ReadonlySet<string>
  readonly horizon: Horizon | null
  readonly nowMs: number
}

/** Rows of a report before paging: what a process of little memory can sort at once. */
const ROWS_MAX = 200_000

/** @throws HttpProblem `range_too_long` when time and videos together make too many rows. */
export function planReport(query: ReportQuery, context: PlanContext): ReportPlan {
  const { scope, horizon, nowMs } = context
  const { startDate, endDate, tz, dimensions } = query
  const asked = rangeOf(startDate, endDate, tz)
  const open = query.includeProvisional && horizon !== null && hasMinutes(horizon, nowMs)
  const countedToS =
    horizon === null ? -Infinity : open ? horizon.watermarkS : horizon.completeThroughS

  const byMinute = dimensions.includes('minute')
  const span = byMinute ? lastMinutes(asked, { horizon, open, nowMs }) : asked
  const buckets = bucketsOf(query, span)
  const videos = dimensions.includes('video') ? publishedBy(asked.toS, context) : null
  const videoIds = videos?.map(({ videoId }) => videoId) ?? null
  const byAge = dimensions.includes('video_age_day')
  const ages = byAge ? agesOf(videos ?? [], span, countedToS) : null
  assertRowsMax((videoIds?.length ?? 1) * (buckets?.length ?? 1))

  const measures = storedSumsOf(query.metrics)
  const pieces =
    horizon === null
      ? []
      : byMinute
        ? [{ grain: 'minutes', ...span } as const].filter(({ fromS, toS }) => fromS < toS)
        : cutPieces(span, { buckets: ages?.flat() ?? buckets, horizon, open })
  const subject = subjectOf(scope, videoIds)
  const byVideo = videoIds !== null
  const timeCut = timeCutOf(query, span, buckets)
  const nothing = videoIds?.length === 0 || buckets?.length === 0
  const rows = { subject, byVideo, timeCut }
  const read =
    horizon === null || nothing || pieces.length === 0 || measures.length === 0
      ? null
      : { ...rows, measures, pieces, generation: horizon.generation }
  const people =
    horizon === null || nothing
      ? null
      : planPeople(
          { ...rows, measures: peopleOf(query.metrics) },
          { span, buckets, byAge, horizon },
        )
  const guarded =
    horizon === null || nothing
      ? null
      : planGuarded(query.metrics, rows, { span, buckets, horizon, countedToS, open, pieces })
  const { hidden } = context
  const base = { asked, span, buckets, ages, videoIds, countedToS, horizon, hidden }
  return { ...base, read, people, guarded }
}

/** The columns that open metrics of events are made from; none where none is asked for. */
export function storedSumsOf(names: readonly MetricName[]): readonly StoredSum[] {
  const measures = new Set<StoredSum>(names.flatMap((name) => measuresOf(metrics[name])))
  if (measures.size === 0) return []
  // By these two a cell knows what is withheld of it.
  return [...measures.add('views').add('withheld_views')]
}

function subjectOf(scope: Scope, videoIds: readonly string[] | null): Subject {
  if (scope.kind === 'videos') {
    return { kind: 'videos', videoIds: scope.videos.map(({ videoId }) => videoId) }
  }
  const kind = videoIds === null ? 'creator' : 'videos_of'
  return { kind, creatorId: scope.creatorId }
}

interface MinutesContext {
  readonly horizon: Horizon | null
  readonly open: boolean
  readonly nowMs: number
}

/** The last 60 minutes of what is counted, the running one included, as far as they were asked for. */
function lastMinutes(asked: Span, { horizon, open, nowMs }: MinutesContext): Span {
  const none = { fromS: asked.fromS, toS: asked.fromS }
  if (horizon === null) return none
  const endS = open ? horizon.watermarkS + 60 : horizon.completeThroughS
  const startS = endS - 60 * reportLimits.minutes
  if (startS < nowMs / 1000 - MINUTES_KEPT_S) return none
  const span = { fromS: Math.max(asked.fromS, startS), toS: Math.min(asked.toS, endS) }
  return span.fromS < span.toS ? span : none
}

function publishedBy(endS: number, { scope, listed }: PlanContext): readonly OwnedVideo[] {
  const videos = scope.kind === 'videos' ? scope.videos : listed
  return videos.filter(({ publishedAtMs }) => publishedAtMs < endS * 1000)
}

/** Refuses at the first row too many, before there are millions. */
function agesOf(
  videos: readonly OwnedVideo[],
  span: Span,
  countedToS: number,
): readonly (readonly Bucket[])[] {
  let rows = 0
  return videos.map((video) => {
    const buckets = ageBuckets(video, span, countedToS)
    rows += buckets.length
    assertRowsMax(rows)
    return buckets
  })
}

function assertRowsMax(rows: number): void {
  if (rows <= ROWS_MAX) return
  throw new HttpProblem(
    'range_too_long',
    `The report would have more than ${ROWS_MAX} rows: ` +
      'take a shorter range, or name videos with filters=video==ID,ID',
  )
}
