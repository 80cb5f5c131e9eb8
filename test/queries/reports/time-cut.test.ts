// Rows that are not a stretch of the calendar: hours of the week, and days of a video's life.
import { describe, expect, test } from 'vitest'
import type { CellRow } from '#queries/reports/sums.ts'
import type { PlanContext } from '#queries/reports/plan.ts'
import { renderRead } from '#queries/reports/render-read.ts'
import { shapeReport } from '#queries/reports/shape-report.ts'
import type { ReportBody } from '#queries/reports/shape-report.ts'
import { ageBuckets } from '#queries/reports/time-cut.ts'
import { at, cellsOf, planOf, problemOf, requestOf, video } from './report-samples.ts'

type Changes = Readonly<Record<string, string | undefined>>

function shape(
  changes: Changes,
  rows: readonly CellRow[],
  context: Partial<PlanContext> = {},
): ReportBody {
  const plan = planOf(changes, context)
  const cells = cellsOf(plan, rows)
  return shapeReport(requestOf(changes).query, { plan, cells, offset: 0 }).body
}

function rendered(changes: Changes, context: Partial<PlanContext> = {}) {
  const { read } = planOf(changes, context)
  if (read === null) throw new Error('nothing to read')
  return { ...renderRead(read), read }
}

const row = (id: string, place: number, views: number): CellRow => ({
  id,
  at_s: place,
  sums: [views],
})

describe('by hour of the week', () => {
  const asked = { metrics: 'views', dimensions: 'hour_of_week' }

  test('there are 168 rows: what is counted, what has begun, what is ahead, what was not asked', () => {
    // Monday, and Tuesday of which 12:20 is counted.
    const { rows, states, totals } = shape(asked, [row('', 3, 5), row('', 36, 2)])
    expect(rows).toHaveLength(168)
    expect([rows[3], rows[4], rows[36]]).toEqual([
      [3, 5],
      [4, 0],
      [36, 2],
    ])
    expect([3, 4, 36, 37, 48].map((hour) => states[hour]?.[1])).toEqual([
      'value',
      'zero',
      'partial',
      'not_yet',
      'not_applicable',
    ])
    expect(totals.row).toEqual([null, 7])
  })

  test('the server is told the offsets of the zone, never its name', () => {
    const { params, read } = rendered({
      ...asked,
      tz: 'Europe/Berlin',
      start_date: '2026-10-19',
      end_date: '2026-10-26',
    })
    expect(params).toMatchObject({
      edges: [at('2026-10-18T22:00:00Z'), at('2026-10-25T01:00:00Z')],
      offsets: [7200, 3600],
    })
    expect(read.pieces.map(({ grain }) => grain)).toEqual(['quarters'])
  })
})

describe('by age of a video', () => {
  const old = video('77', '2026-11-20T15:20:00Z')
  const fresh = video('78', '2026-11-24T09:59:59Z')
  const listed = [old, fresh]
  const asked = { metrics: 'views', dimensions: 'video,video_age_day', start_date: '2026-11-19' }

  test('days begin at the full hour of publication and end at what is counted', () => {
    const span = { fromS: at('2026-11-19T00:00:00Z'), toS: at('2026-11-25T00:00:00Z') }
    const days = ageBuckets(old, span, at('2026-11-22T15:00:00Z'))
    expect(days).toEqual([
      { key: 0, fromS: at('2026-11-20T15:00:00Z'), toS: at('2026-11-21T15:00:00Z') },
      { key: 1, fromS: at('2026-11-21T15:00:00Z'), toS: at('2026-11-22T15:00:00Z') },
    ])
    expect(ageBuckets(old, span, -Infinity)).toEqual([])
  })

  test('the first and last day are cut to the dates', () => {
    const span = { fromS: at('2026-11-22T00:00:00Z'), toS: at('2026-11-23T00:00:00Z') }
    expect(ageBuckets(old, span, at('2026-12-01T00:00:00Z'))).toEqual([
      { key: 1, fromS: span.fromS, toS: at('2026-11-22T15:00:00Z') },
      { key: 2, fromS: at('2026-11-22T15:00:00Z'), toS: span.toS },
    ])
  })

  test('every video has the days that it lived; what came before them is in the total alone', () => {
    const body = shape(
      asked,
      [row('77', -1, 3), row('77', 0, 10), row('77', 3, 1), row('78', 0, 4), row('79', 0, 99)],
      { listed },
    )
    expect(body.rows).toEqual([
      ['77', 0, 10],
      ['77', 1, 0],
      ['77', 2, 0],
      ['77', 3, 1],
      ['78', 0, 4],
    ])
    expect(body.states.map(([, , views]) => views)).toEqual([
      'value',
      'zero',
      'zero',
      'partial',
      'partial',
    ])
    expect(body.totals.row).toEqual([null, null, 18])
    expect(body.columns[1]).toEqual({ name: 'video_age_day', role: 'dimension', type: 'integer' })
  })

  test('rows stand by age first where age was named first, and sort by it', () => {
    const first = { ...asked, dimensions: 'video_age_day,video' }
    const labels = (changes: Changes): readonly string[] =>
      shape(changes, [], { listed }).rows.map((each) => each.slice(0, 2).join(' '))
    expect(labels(first)).toEqual(['0 77', '0 78', '1 77', '2 77', '3 77'])
    expect(labels({ ...first, sort: '-video_age_day' })).toEqual([
      '3 77',
      '2 77',
      '1 77',
      '0 77',
      '0 78',
    ])
  })

  test('is read from quarters, or from days where a video appeared at midnight', () => {
    const grains = (published: string): readonly string[] =>
      rendered(asked, { listed: [video('77', published)] }).read.pieces.map(({ grain }) => grain)
    expect(grains('2026-11-20T15:20:00Z')).toEqual(['quarters', 'minutes'])
    expect(grains('2026-11-20T00:20:00Z')).toEqual(['days', 'quarters', 'minutes'])
  })

  test('of too many videos is refused before millions of rows are made', () => {
    const many = Array.from({ length: 100_000 }, (_, index) =>
      video(String(index + 1), '2024-12-01T00:00:00Z'),
    )
    const act = (): unknown => planOf({ ...asked, start_date: '2024-12-01' }, { listed: many })
    expect(problemOf(act).code).toBe('range_too_long')
  })

  test('is refused without the videos whose age it is', () => {
    const { code, detail } = problemOf(() => requestOf({ ...asked, dimensions: 'video_age_day' }))
    expect(code).toBe('illegal_pair')
    expect(detail).toContain('the nearest legal is views with video_age_day,video')
  })
})
