// How the rows of a report are cut: by one dimension of time, by video, or by both.

/** At most one of time goes with `video`; each is a column of the report. */
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
  week: {
    role: 'time',
    type: 'week',
    title: 'Week',
    description:
      'ISO week of days in tz, Monday to Sunday, as 2026-W45. The first and the last count only ' +
      'their days within the dates of the report.',
  },
  month: {
    role: 'time',
    type: 'month',
    title: 'Month',
    description:
      'Calendar month of days in tz, as 2026-11. The first and the last count only their days ' +
      'within the dates of the report.',
  },
  hour_of_week: {
    role: 'time',
    type: 'integer',
    title: 'Hour of the week',
    description:
      'Hours on the clock of tz from 0 (Monday from 00:00) to 167 (Sunday from 23:00), each the ' +
      'sum over all weeks of the report. An hour that the clock repeats counts twice into its row.',
  },
  video_age_day: {
    role: 'time',
    type: 'integer',
    title: 'Days since publication',
    description:
      'Days of 24 hours since a video was published, from 0, counted from the full UTC hour of ' +
      'its publication. Only together with the dimension video. Rows go up to the watermark and ' +
      'count only what lies within the dates of the report. What was done before publication ' +
      'is in no row, but in the totals.',
  },
  video: {
    role: 'entity',
    type: 'id',
    title: 'Video',
    description: 'The videos of the creator that were published by end_date.',
  },
} as const

export type ReportDimension = keyof typeof reportDimensions

export function isReportDimension(name: string): name is ReportDimension {
  return Object.hasOwn(reportDimensions, name)
}
