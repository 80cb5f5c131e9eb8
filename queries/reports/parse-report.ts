// Turns a query string into a report that can be planned, or says which parameter is wrong and why.
import { Temporal } from 'temporal-polyfill'
import { HttpProblem } from '#infra/runtime/http.ts'
import { isTimeZone } from '#schemas/catalogue.ts'
import { instantSchema } from '#schemas/events/base.ts'
import { isMetricName, metrics } from '#schemas/metrics.ts'
import { isReportDimension, reportDimensions } from '#schemas/report-dimensions.ts'
import type { MetricName } from '#schemas/metrics.ts'
import type { ReportDimension } from '#schemas/report-dimensions.ts'
import { parseFilters } from './filters.ts'
import type { ReportFilter } from './filters.ts'
import { assertLegal } from './legality.ts'
import { hintOf } from './nearest-name.ts'
import { badParameter, booleanOf, echo, listOf, maxResultsOf } from './parameters.ts'
import { readParameters, sortOf } from './parameters.ts'
import type { Parameters, SortKey } from './parameters.ts'

const names = [
  'start_date',
  'end_date',
  'metrics',
  'dimensions',
  'filters',
  'sort',
  'tz',
  'as_of',
  'include_provisional',
  'margins',
  'max_results',
  'page_token',
  'format',
] as const

const formats = ['json', 'csv', 'ndjson'] as const

export type ReportFormat = (typeof formats)[number]

/** What a report says, normalised: equal questions are equal objects. */
export interface ReportQuery {
  /** ISO dates, both inclusive. */
  readonly startDate: string
  readonly endDate: string
  readonly tz: string
  /** Distinct, in the order of the columns. */
  readonly metrics: readonly MetricName[]
  readonly dimensions: readonly ReportDimension[]
  readonly filter: ReportFilter
  readonly sort: readonly SortKey<MetricName | ReportDimension>[]
  readonly asOfMs: number | null
  readonly includeProvisional: boolean
  readonly margins: boolean
  readonly maxResults: number
}

/** A parsed request: the question, and how its answer is to be sent. */
export interface ReportRequest {
  readonly query: ReportQuery
  readonly pageToken: string | null
  readonly format: ReportFormat
}

export const reportLimits = {
  /** A little over two years, so that a year can be laid beside the one before. */
  days: 800,
  /** 1,488 rows: two months, the longest for which hours are looked at. */
  daysByHour: 62,
  /** Minutes are kept for some hours only. */
  minutes: 60,
  resultsDefault: 200,
  resultsMax: 10_000,
} as const

/** Dates outside cannot be stored: instants are seconds in 32 bits. */
const YEARS = { first: 1970, last: 2105 } as const

/** @throws HttpProblem with a code of reports. */
export function parseReport(search: URLSearchParams): ReportRequest {
  const parameters = readParameters(search, names)
  const metricNames = parseMetrics(parameters)
  const dimensions = parseDimensions(parameters)
  assertLegal(metricNames, dimensions)
  const { startDate, endDate } = parseDates(parameters, dimensions)
  const query: ReportQuery = {
    startDate,
    endDate,
    tz: parseTimeZone(parameters.get('tz') ?? 'UTC'),
    metrics: metricNames,
    dimensions,
    filter: parseFilters(parameters.get('filters') ?? ''),
    sort: sortOf(parameters, 'sort', [...dimensions, ...metricNames]),
    asOfMs: parseAsOf(parameters.get('as_of')),
    includeProvisional: booleanOf(parameters, 'include_provisional', true),
    margins: booleanOf(parameters, 'margins', false),
    maxResults: maxResultsOf(parameters, 'max_results', {
      fallback: reportLimits.resultsDefault,
      max: reportLimits.resultsMax,
    }),
  }
  return { query, pageToken: parameters.get('page_token') ?? null, format: parseFormat(parameters) }
}

type ReportParameters = Parameters<(typeof names)[number]>

function parseMetrics(parameters: ReportParameters): readonly MetricName[] {
  const items = listOf(parameters, 'metrics')
  if (items.length === 0) throw badParameter('metrics', 'is required, as metrics=views,likes')
  return items.map((metric) => {
    if (isMetricName(metric)) return metric
    const detail = `There is no metric "${echo(metric)}"${hintOf(metric, Object.keys(metrics))}`
    throw new HttpProblem('unknown_metric', detail, { metric: echo(metric) })
  })
}

function parseDimensions(parameters: ReportParameters): readonly ReportDimension[] {
  return listOf(parameters, 'dimensions').map((dimension) => {
    if (isReportDimension(dimension)) return dimension
    const hint = hintOf(dimension, Object.keys(reportDimensions))
    const detail = `There is no dimension "${echo(dimension)}"${hint}`
    throw new HttpProblem('unknown_dimension', detail, { dimension: echo(dimension) })
  })
}

function parseDates(
  parameters: ReportParameters,
  dimensions: readonly ReportDimension[],
): { startDate: string; endDate: string } {
  const start = parseDate('start_date', parameters.get('start_date'))
  const end = parseDate('end_date', parameters.get('end_date'))
  const days = start.until(end, { largestUnit: 'days' }).days + 1
  if (days < 1) throw new HttpProblem('bad_date', 'end_date lies before start_date')
  const hours = dimensions.includes('hour')
  const limit = hours ? reportLimits.daysByHour : reportLimits.days
  if (days > limit) {
    const what = hours ? 'by hour ' : ''
    const detail = `The range has ${days} days; ${what}at most ${limit} are allowed`
    throw new HttpProblem('range_too_long', detail, { days, days_max: limit })
  }
  return { startDate: start.toString(), endDate: end.toString() }
}

function parseDate(name: string, text: string | undefined): Temporal.PlainDate {
  const bad = (fault: string): HttpProblem =>
    new HttpProblem('bad_date', `${name} ${fault}`, { parameter: name })
  if (text === undefined) throw bad('is required, as YYYY-MM-DD')
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw bad('must be a date as YYYY-MM-DD')
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  if (year < YEARS.first || year > YEARS.last) {
    throw bad(`must lie in the years ${YEARS.first} to ${YEARS.last}`)
  }
  try {
    return Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' })
  } catch {
    throw bad('is not in the calendar')
  }
}

function parseTimeZone(tz: string): string {
  if (tz.length > 0 && tz.length <= 64 && isTimeZone(tz)) return tz
  throw new HttpProblem('bad_tz', `tz must be an IANA time zone, as Europe/Berlin`)
}

function parseAsOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const parsed = instantSchema.safeParse(text)
  if (parsed.success) return Date.parse(parsed.data)
  // A plus sign that is not written %2B arrives as a space.
  const hint = text.includes(' ') ? '; write a plus sign as %2B' : ''
  const detail = `as_of must be RFC 3339 with up to ms, as 2026-11-01T12:00:00Z${hint}`
  throw new HttpProblem('bad_date', detail, { parameter: 'as_of' })
}

function parseFormat(parameters: ReportParameters): ReportFormat {
  const text = parameters.get('format') ?? 'json'
  const format = formats.find((each) => each === text)
  if (format === undefined) throw badParameter('format', `must be one of ${formats.join(' ')}`)
  return format
}
