// Plans how people are read: whole UTC days summed by the server, days that an edge cuts shared out here.
import type { PeopleMeasure } from '#schemas/measures.ts'
import { metrics } from '#schemas/metrics.ts'
import type { Metric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'
import { spans, startOf } from '#schemas/spans.ts'
import type { Horizon } from './horizon.ts'
import type { Subject } from './scope.ts'
import type { Bucket, Span } from './time-buckets.ts'
import type { TimeCut } from './time-cut.ts'

export interface PeoplePlan {
  readonly subject: Subject
  readonly measures: readonly PeopleMeasure[]
  readonly byVideo: boolean
  readonly timeCut: TimeCut | null
  /** What the rows are about, as far as people are counted. Not empty. */
  readonly span: Span
  /** Every instant at which a row begins or ends, ascending; empty where rows are ages of videos. */
  readonly edgesS: readonly number[]
  /** UTC days with an edge of a row inside, ascending starts in Unix seconds. */
  readonly cutDaysS: readonly number[]
  readonly generation: string
}

/**
 * The days that have to be shared out among rows. Rows by age of a video begin at an hour of their
 * own each, so that all days are cut.
 */
export function cutDaysOf(
  { fromS, toS }: Span,
  buckets: readonly Bucket[] | null,
  byAge: boolean,
): readonly number[] {
  if (byAge) {
    const days: number[] = []
    for (let day = startOf('day', fromS); day < toS; day += spans.day.seconds) days.push(day)
    return days
  }
  const cut = edgesOf({ fromS, toS }, buckets).filter(
    (edge) => edge !== startOf('day', edge) && edge >= fromS && edge <= toS,
  )
  return [...new Set(cut.map((edge) => startOf('day', edge)))].toSorted((a, b) => a - b)
}

/** The ends of the span and of all rows, ascending. */
export function edgesOf(
  { fromS, toS }: Span,
  buckets: readonly Bucket[] | null,
): readonly number[] {
  const ends = (buckets ?? []).flatMap((bucket) => [bucket.fromS, bucket.toS])
  return [...new Set([fromS, toS, ...ends])].toSorted((a, b) => a - b)
}

/** The counts of people that metrics are. */
export function peopleOf(names: readonly MetricName[]): readonly PeopleMeasure[] {
  const asked = names.map((name): Metric => metrics[name])
  return asked.flatMap((metric) => (metric.kind === 'people' ? [metric.of] : []))
}

export interface PeopleRowsPlanned {
  readonly span: Span
  readonly buckets: readonly Bucket[] | null
  /** Whether rows are ages of videos. */
  readonly byAge: boolean
  readonly horizon: Horizon
}

/** Null where nothing is asked for or no day of the span is counted. */
export function planPeople(
  read: Pick<PeoplePlan, 'subject' | 'measures' | 'byVideo' | 'timeCut'>,
  { span, buckets, byAge, horizon }: PeopleRowsPlanned,
): PeoplePlan | null {
  const counted = { fromS: span.fromS, toS: Math.min(span.toS, horizon.peopleThroughS) }
  if (read.measures.length === 0 || counted.fromS >= counted.toS) return null
  return {
    ...read,
    span: counted,
    edgesS: byAge ? [] : edgesOf(counted, buckets),
    cutDaysS: cutDaysOf(counted, buckets, byAge),
    generation: horizon.generation,
  }
}
