// Every number that is published: what is stored, what is made from it, and how exposed it is.

/**
 * Open measures: sums of facts per video and span, stored per minute, quarter and UTC day. Each is a
 * column of the same name in every `rollups.video_*` and `rollups.creator_*` table.
 */
export const openMeasures = {
  views: 'Views: one per playback start.',
  engaged_views: 'Views that played 3 s, or the whole video where it is shorter.',
  watch_time_ms: 'Played milliseconds, loops included.',
  completions: 'Views that reached 95 % of a known duration.',
  timed_views: 'Views of known duration.',
  timed_watch_ms: 'Played milliseconds of views of known duration.',
  duration_sum_ms: 'Sum of the known durations of views.',
  likes: 'Likes, gross.',
  unlikes: 'Likes taken back, gross.',
  comments: 'Comments, gross.',
  uncomments: 'Comments removed, gross.',
  follows: 'Follows of the creator stamped with this video, gross.',
  unfollows: 'Unfollows stamped with this video, gross.',
  stitches: 'Published stitches of this video.',
  duets: 'Published duets of this video.',
} as const

export type OpenMeasure = keyof typeof openMeasures

/** **open**: exact and seconds old. **guarded**: noised, sealed, never changed. */
export type Exposure = 'open' | 'guarded'

interface MetricOf<Kind extends string> {
  readonly kind: Kind
  readonly exposure: Exposure
  /** Name and version of the definition; a changed meaning gets a new version. */
  readonly definition: `${string}@${number}`
  readonly title: string
  readonly description: string
  readonly unit: 'events' | 'people' | 'milliseconds' | 'ratio'
}

/** A sum of stored measures, each with its sign. Additive over time and videos. */
export interface SumMetric extends MetricOf<'sum'> {
  readonly of: readonly (readonly [sign: 1 | -1, measure: OpenMeasure])[]
}

/** One sum over another. Not additive: recomputed for every row and total. */
export interface RatioMetric extends MetricOf<'ratio'> {
  readonly numerator: OpenMeasure
  readonly denominator: OpenMeasure
}

export type Metric = SumMetric | RatioMetric

export const metrics = {
  views: {
    kind: 'sum',
    exposure: 'open',
    definition: 'views@1',
    title: 'Views',
    description: 'Playback starts of others than the creator.',
    unit: 'events',
    of: [[1, 'views']],
  },
  likes: {
    kind: 'sum',
    exposure: 'open',
    definition: 'likes@1',
    title: 'Likes',
    description: 'Likes given, those taken back later included.',
    unit: 'events',
    of: [[1, 'likes']],
  },
  like_rate: {
    kind: 'ratio',
    exposure: 'open',
    definition: 'like_rate@1',
    title: 'Like rate',
    description: 'Likes per view of the same span.',
    unit: 'ratio',
    numerator: 'likes',
    denominator: 'views',
  },
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof metrics

/** Report dimensions: how rows are cut. At most one of time goes with `video`. */
export const reportDimensions = {
  minute: {
    role: 'time',
    type: 'timestamp',
    title: 'Minute',
    description: 'One of the last 60 minutes, RFC 3339 with the offset of tz.',
  },
  hour: {
    role: 'time',
    type: 'timestamp',
    title: 'Hour',
    description: 'Clock hour in tz, RFC 3339 with offset. Ranges of at most 62 days.',
  },
  day: {
    role: 'time',
    type: 'date',
    title: 'Day',
    description: 'Calendar day in tz; 23 or 25 hours long where the clock changes.',
  },
  video: {
    role: 'entity',
    type: 'id',
    title: 'Video',
    description: 'The videos of the creator that were published by end_date.',
  },
} as const

export type ReportDimension = keyof typeof reportDimensions

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(metrics, name)
}

export function isReportDimension(name: string): name is ReportDimension {
  return Object.hasOwn(reportDimensions, name)
}

/** The stored measures that a metric is made from. */
export function measuresOf(metric: Metric): readonly OpenMeasure[] {
  return metric.kind === 'sum'
    ? metric.of.map(([, measure]) => measure)
    : [metric.numerator, metric.denominator]
}
