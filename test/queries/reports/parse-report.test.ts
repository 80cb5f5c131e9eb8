// Questions: what is asked is understood to the letter, or refused with the name of what is wrong.
import { describe, expect, test } from 'vitest'
import { parseReport } from '#queries/reports/parse-report.ts'
import { problemOf, requestOf } from './report-samples.ts'

const refusal = (changes: Readonly<Record<string, string | undefined>>) =>
  problemOf(() => requestOf(changes))

describe('a question', () => {
  test('is normalised, with the defaults of the contract', () => {
    const { query, pageToken, format } = requestOf()
    expect(query).toEqual({
      startDate: '2026-11-23',
      endDate: '2026-11-24',
      tz: 'UTC',
      metrics: ['views', 'likes'],
      dimensions: [],
      filter: { creatorId: null, videoIds: null },
      sort: [],
      asOfMs: null,
      includeProvisional: true,
      margins: false,
      maxResults: 200,
    })
    expect([pageToken, format]).toEqual([null, 'json'])
  })

  test('may say everything', () => {
    const { query } = requestOf({
      dimensions: 'video,day',
      filters: 'video==9007199254740993,77,77;creator==900',
      sort: '-views,day',
      tz: 'Asia/Kathmandu',
      as_of: '2026-11-24T10:00:00.5+05:45',
      include_provisional: 'false',
      margins: 'true',
      max_results: '10000',
    })
    expect(query.filter).toEqual({ creatorId: '900', videoIds: ['77', '9007199254740993'] })
    expect(query.sort).toEqual([
      { column: 'views', descending: true },
      { column: 'day', descending: false },
    ])
    expect(query.asOfMs).toBe(Date.parse('2026-11-24T04:15:00.500Z'))
    expect(query).toMatchObject({ includeProvisional: false, margins: true, maxResults: 10_000 })
  })

  test('with an unknown parameter is refused, with the nearest known one', () => {
    expect(refusal({ dimension: 'day' })).toEqual({
      code: 'unknown_parameter',
      detail: 'There is no parameter "dimension"; did you mean "dimensions"?',
    })
    expect(refusal({ compare: 'previous' }).code).toBe('unknown_parameter')
    expect(refusal({ ['__proto__x']: '1' }).code).toBe('unknown_parameter')
  })

  test('with a parameter given twice is refused', () => {
    const search = new URLSearchParams('metrics=views&metrics=likes')
    expect(problemOf(() => parseReport(search)).code).toBe('bad_parameter')
  })

  test.each([
    ['unknown_metric', { metrics: 'views,lieks' }, /did you mean "likes"/],
    ['unknown_metric', { metrics: 'toString' }, /toString/],
    ['unknown_dimension', { dimensions: 'dya' }, /did you mean "day"/],
    ['illegal_filter', { filters: 'vidoe==1' }, /did you mean "video"/],
    ['bad_parameter', { metrics: undefined }, /metrics is required/],
    ['bad_parameter', { metrics: 'views,views' }, /twice/],
    ['bad_parameter', { metrics: 'views,' }, /empty/],
    ['bad_parameter', { sort: '-day' }, /no column/],
    ['bad_parameter', { sort: 'views,-views' }, /twice/],
    ['bad_parameter', { max_results: '0' }, /1 to 10000/],
    ['bad_parameter', { max_results: '10001' }, /1 to 10000/],
    ['bad_parameter', { max_results: '1e3' }, /1 to 10000/],
    ['bad_parameter', { margins: 'yes' }, /true or false/],
    ['bad_parameter', { format: 'xml' }, /json csv ndjson/],
    ['illegal_filter', { filters: 'day==2026-11-01' }, /cannot be filtered/],
    ['illegal_filter', { filters: 'video=77' }, /video==ID/],
    ['illegal_filter', { filters: 'video==' }, /no id/],
    ['illegal_filter', { filters: 'video==077' }, /no id/],
    ['illegal_filter', { filters: 'video==1;video==2' }, /twice/],
    ['illegal_filter', { filters: 'creator==1,2' }, /single/],
    ['illegal_pair', { dimensions: 'hour,day' }, /views with hour/],
    ['bad_tz', { tz: 'Mars/Olympus' }, /IANA/],
    ['bad_tz', { tz: '+05:30' }, /IANA/],
    ['bad_tz', { tz: '' }, /IANA/],
    ['bad_date', { start_date: undefined }, /start_date is required/],
    ['bad_date', { start_date: '2026-02-29' }, /calendar/],
    ['bad_date', { start_date: '2026-2-3' }, /YYYY-MM-DD/],
    ['bad_date', { start_date: '20261101' }, /YYYY-MM-DD/],
    ['bad_date', { start_date: '1969-12-31' }, /years/],
    ['bad_date', { end_date: '2026-11-22' }, /before/],
    ['bad_date', { as_of: '2026-11-24' }, /RFC 3339/],
    ['bad_date', { as_of: '2026-11-24T10:00:00 05:45' }, /%2B/],
    ['range_too_long', { start_date: '2024-09-15' }, /801 days/],
    ['range_too_long', { start_date: '2026-09-23', dimensions: 'hour' }, /63 days/],
  ] as const)('is refused as %s: %o', (code, changes, detail) => {
    const problem = refusal(changes)
    expect(problem.code).toBe(code)
    expect(problem.detail).toMatch(detail)
  })

  test('may be as long as the contract says, and not a day longer', () => {
    expect(requestOf({ start_date: '2024-09-16' }).query.startDate).toBe('2024-09-16')
    expect(requestOf({ start_date: '2026-09-24', dimensions: 'hour' }).query.dimensions).toEqual([
      'hour',
    ])
  })
})
