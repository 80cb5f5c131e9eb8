// How the rows of a report are cut: by one dimension of time, by video or by both, or by an attribute of people.
import type { BreakdownDimension } from './breakdowns.ts'

/** Rows of a breakdown beside those of values: of all values with too few, and of people not told yet. */
export const REST = 'rest'
export const NOT_YET = 'not_yet'

const attribute = { role: 'attribute', type: 'text' } as const
const breakdownRows =
  'Rows count people, with noise, in buckets of 100 people or more: values with too few are one row ' +
  '`rest`, people whom no bucket tells yet are one row `not_yet`.'

const attributes = {
  region: {
    ...attribute,
    title: 'Region',
    description: `Where people were when they first did so: ISO 3166-1, ZZ is unknown. ${breakdownRows}`,
  },
  age_band: {
    ...attribute,
    title: 'Age',
    description: `How old people were when they first did so; those of 13-17 are in unknown. ${breakdownRows}`,
  },
  gender: {
    ...attribute,
    title: 'Gender',
    description: `The gender that people had stated when they first did so. ${breakdownRows}`,
  },
  traffic_source: {
    ...attribute,
    title: 'Traffic source',
    description: `Where people came to the video from when they first did so; saved_list is in other. ${breakdownRows}`,
  },
  device: {
    ...attribute,
    title: 'Device',
    description: `What people held in hand when they first did so. ${breakdownRows}`,
  },
} as const satisfies Readonly<Record<BreakdownDimension, object>>

/** At most one of each role; each is a column of the report. `queries/reports/legality.ts` says which go together. */
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
  ...attributes,
} as const

export type ReportDimension = keyof typeof reportDimensions

export function isReportDimension(name: string): name is ReportDimension {
  return Object.hasOwn(reportDimensions, name)
}
