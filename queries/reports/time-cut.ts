// Says how a report is cut in time: its rows, and how a stored span is told to which of them it belongs.
import { reportDimensions } from '#schemas/report-dimensions.ts'
import type { ReportDimension } from '#schemas/report-dimensions.ts'
import type { OwnedVideo } from './directory.ts'
import type { ReportQuery } from './parse-report.ts'
import {
  dayBuckets,
  hourBuckets,
  hourOfWeekBuckets,
  minuteBuckets,
  monthBuckets,
  offsetsOf,
  weekBuckets,
} from './time-buckets.ts'
import type { Bucket, OffsetSpan, Span } from './time-buckets.ts'

/** How the statement finds the row of a stored span from its start. */
export type TimeCut =
  /** The last of these instants, ascending, that is not past it. */
  | { readonly kind: 'edges'; readonly edgesS: readonly number[] }
  /** The hour on a clock whose offsets from UTC are these. */
  | { readonly kind: 'hour_of_week'; readonly offsets: readonly OffsetSpan[] }
  /** Whole days since the full hour in which its video was published; -1 before it. */
  | { readonly kind: 'video_age_day' }

/** Rows in time that all videos share, ascending; null without such a dimension. */
export function bucketsOf(query: ReportQuery, span: Span): readonly Bucket[] | null {
  const { dimensions, startDate, endDate, tz } = query
  switch (timeDimensionOf(dimensions)) {
    case 'minute':
      return minuteBuckets(span, tz)
    case 'hour':
      return hourBuckets(span, tz)
    case 'day':
      return dayBuckets(startDate, endDate, tz)
    case 'week':
      return weekBuckets(startDate, endDate, tz)
    case 'month':
      return monthBuckets(startDate, endDate, tz)
    case 'hour_of_week':
      return hourOfWeekBuckets(span, tz)
    default:
      return null
  }
}

/** Null: everything of the span is one row. */
export function timeCutOf(
  { dimensions, tz }: ReportQuery,
  span: Span,
  buckets: readonly Bucket[] | null,
): TimeCut | null {
  if (dimensions.includes('video_age_day')) return { kind: 'video_age_day' }
  if (buckets === null) return null
  if (dimensions.includes('hour_of_week')) {
    return { kind: 'hour_of_week', offsets: offsetsOf(span, tz) }
  }
  return { kind: 'edges', edgesS: buckets.map(({ fromS }) => fromS) }
}

function timeDimensionOf(dimensions: readonly ReportDimension[]): ReportDimension | undefined {
  return dimensions.find((name) => reportDimensions[name].role === 'time')
}

const HOUR_S = 3600
const DAY_S = 86_400

/**
 * The days of a video's life that touch the span and began before `countedToS`, cut to the span.
 * Counted from the full hour of its publication, so that each is made of whole stored quarters.
 */
export function ageBuckets(
  { publishedAtMs }: OwnedVideo,
  { fromS, toS }: Span,
  countedToS: number,
): readonly Bucket[] {
  const publishedS = Math.floor(publishedAtMs / 1000 / HOUR_S) * HOUR_S
  const endS = Math.min(toS, countedToS)
  const first = Math.max(0, Math.floor((fromS - publishedS) / DAY_S))
  const buckets: Bucket[] = []
  for (let key = first; publishedS + key * DAY_S < endS; key++) {
    const startS = publishedS + key * DAY_S
    buckets.push({ key, fromS: Math.max(fromS, startS), toS: Math.min(toS, startS + DAY_S) })
  }
  return buckets
}
