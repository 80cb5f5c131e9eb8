// Formats: the same answer as JSON, CSV and lines of JSON, and the same answer is known again.
import { describe, expect, test } from 'vitest'
import { writeReport } from '#queries/reports/report-formats.ts'
import { shapeReport } from '#queries/reports/shape-report.ts'
import type { ReportBody } from '#queries/reports/shape-report.ts'
import { cellsOf, planOf, requestOf } from './report-samples.ts'

function bodyOf(changes: Readonly<Record<string, string>>): ReportBody {
  const plan = planOf(changes)
  const rows = [{ id: '', at_s: plan.buckets?.[0]?.fromS ?? 0, sums: [4, 1] }]
  return shapeReport(requestOf(changes).query, { plan, cells: cellsOf(plan, rows), offset: 0 }).body
}

const changes = { dimensions: 'day', metrics: 'views,like_rate', end_date: '2026-11-25' }

describe('csv', () => {
  test('has a state for each metric, CRLF, and nothing for null', () => {
    expect(writeReport(bodyOf(changes), 'csv', null).body).toBe(
      [
        'day,views,views__state,like_rate,like_rate__state',
        '2026-11-23,4,value,0.25,value',
        '2026-11-24,0,partial,,not_applicable',
        '2026-11-25,,not_yet,,not_yet',
        '',
      ].join('\r\n'),
    )
  })

  test('has margins when they were asked for', () => {
    const [head, first] = writeReport(
      bodyOf({ ...changes, margins: 'true' }),
      'csv',
      null,
    ).body.split('\r\n')
    expect(head).toBe(
      'day,views,views__state,views__margin,like_rate,like_rate__state,like_rate__margin',
    )
    expect(first).toBe('2026-11-23,4,value,0,0.25,value,0')
  })
})

test('ndjson is an object a row, with the names of csv', () => {
  const { body } = writeReport(bodyOf(changes), 'ndjson', null)
  const lines = body.trimEnd().split('\n')
  expect(lines).toHaveLength(3)
  expect(JSON.parse(lines[1] ?? '')).toEqual({
    day: '2026-11-24',
    views: 0,
    views__state: 'partial',
    like_rate: null,
    like_rate__state: 'not_applicable',
  })
})

describe('json', () => {
  test('has the token of the next page, where there is one', () => {
    const body = bodyOf(changes)
    const next = { token: 'sealed', halfHour: 5 }
    expect(JSON.parse(writeReport(body, 'json', next).body)).toEqual({
      ...body,
      next_page_token: 'sealed',
    })
    expect(JSON.parse(writeReport(body, 'json', null).body)).toEqual(body)
  })

  test('is the same answer though its token was sealed anew, until that token grows old', () => {
    const hashed = (token: string, halfHour: number): string =>
      writeReport(bodyOf(changes), 'json', { token, halfHour }).hashed
    expect(hashed('a', 5)).toBe(hashed('b', 5))
    expect(hashed('a', 5)).not.toBe(hashed('a', 6))
  })
})
