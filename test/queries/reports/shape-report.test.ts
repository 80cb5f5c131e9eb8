// Answers: every cell says what it is worth, totals are those of all rows, and pages agree.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CellRow } from '#queries/reports/sums.ts'
import { orderRows } from '#queries/reports/row-order.ts'
import { shapeReport } from '#queries/reports/shape-report.ts'
import type { ShapedReport } from '#queries/reports/shape-report.ts'
import type { PlanContext } from '#queries/reports/plan.ts'
import { at, cellsOf, planOf, requestOf, video } from './report-samples.ts'

const listed = [video('77'), video('78'), video('9007199254740993')]
const [sunday, monday, tuesday] = ['2026-11-22', '2026-11-23', '2026-11-24'].map((day) =>
  at(`${day}T00:00:00Z`),
)

/** Sums in the order in which the metrics name them. */
function shape(
  changes: Readonly<Record<string, string | undefined>>,
  rows: readonly CellRow[],
  context: Partial<PlanContext & { offset: number }> = {},
): ShapedReport {
  const { offset = 0, ...rest } = context
  const plan = planOf(changes, { listed, ...rest })
  return shapeReport(requestOf(changes).query, { plan, cells: cellsOf(plan, rows), offset })
}

const row = (id: string, atS: number | undefined, ...sums: number[]): CellRow => ({
  id,
  at_s: atS ?? 0,
  sums,
})

describe('an answer', () => {
  test('names its columns, and of a ratio what it is over', () => {
    const { body } = shape({ metrics: 'views,like_rate', dimensions: 'day' }, [])
    expect(body.columns).toEqual([
      { name: 'day', role: 'dimension', type: 'date' },
      {
        name: 'views',
        role: 'metric',
        type: 'integer',
        unit: 'events',
        additive: true,
        exposure: 'open',
        definition: 'views@1',
      },
      {
        name: 'like_rate',
        role: 'metric',
        type: 'number',
        unit: 'ratio',
        additive: false,
        exposure: 'open',
        definition: 'like_rate@1',
        denominator: 'views',
      },
    ])
  })

  test('is dense in time: exact zeros, what is partly counted, and what has not begun', () => {
    const changes = { start_date: '2026-11-22', end_date: '2026-11-25', dimensions: 'day' }
    const { body } = shape(changes, [row('', monday, 10, 4), row('', tuesday, 0, 0)])
    expect(body.rows).toEqual([
      ['2026-11-22', 0, 0],
      ['2026-11-23', 10, 4],
      ['2026-11-24', 0, 0],
      ['2026-11-25', null, null],
    ])
    expect(body.states.map(([, views]) => views)).toEqual(['zero', 'value', 'partial', 'not_yet'])
    expect(body.totals).toEqual({ row: [null, 10, 4], states: [null, 'partial', 'partial'] })
    expect(body.covers['views']).toEqual(['2026-11-22T00:00:00Z', '2026-11-24T12:20:00Z'])
  })

  test('shows what ran ahead of the clock', () => {
    const changes = { dimensions: 'hour', start_date: '2026-11-24' }
    const { body } = shape(changes, [row('', at('2026-11-24T13:00:00Z'), 2, 0)])
    expect(body.rows.slice(12, 15).map(([, views]) => views)).toEqual([0, 2, null])
    expect(body.states[13]).toEqual(['value', 'partial', 'not_yet'])
  })

  test('of closed days alone covers all that was asked', () => {
    const { body } = shape({ end_date: '2026-11-23' }, [row('', 0, 7, 0)])
    expect([body.rows, body.states, body.covers]).toEqual([[[7, 0]], [['value', 'zero']], {}])
    expect(body.totals).toEqual({ row: [7, 0], states: ['value', 'zero'] })
  })

  test('without the provisional is counted to the last closed quarter', () => {
    const { body } = shape({ include_provisional: 'false' }, [row('', 0, 7, 1)])
    expect(body.covers['likes']).toEqual(['2026-11-23T00:00:00Z', '2026-11-24T12:15:00Z'])
    expect(body.freshness).toEqual({
      watermark: '2026-11-24T12:20:00Z',
      complete_through: '2026-11-24T12:15:00Z',
      provisional_from: null,
    })
  })

  test('before the first pass knows nothing, and says so', () => {
    const { body } = shape({ dimensions: 'day' }, [], { horizon: null })
    expect(body.rows).toEqual([
      ['2026-11-23', null, null],
      ['2026-11-24', null, null],
    ])
    expect(body.totals.states).toEqual([null, 'not_yet', 'not_yet'])
    expect(body.freshness.watermark).toBeNull()
    expect(body.covers['views']).toEqual(['2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z'])
  })

  test('of no minute at all has no total', () => {
    const { body } = shape({ dimensions: 'minute', end_date: '2026-11-23' }, [])
    expect([body.rows, body.totals.states]).toEqual([
      [],
      [null, 'not_applicable', 'not_applicable'],
    ])
  })

  test('takes ratios from the sums, never from other ratios, and not over nothing', () => {
    const changes = { metrics: 'like_rate', dimensions: 'video', end_date: '2026-11-23' }
    const { body } = shape(changes, [row('77', 0, 1, 2), row('78', 0, 3, 4)])
    expect(body.rows).toEqual([
      ['77', 0.5],
      ['78', 0.75],
      ['9007199254740993', null],
    ])
    expect(body.states[2]).toEqual(['value', 'not_applicable'])
    expect(body.totals.row).toEqual([null, 4 / 6])
  })

  test('lists every video with its zeros, and leaves out what the plan does not list', () => {
    const { body } = shape({ dimensions: 'video', end_date: '2026-11-23' }, [
      row('78', 0, 5, 1),
      row('666', 0, 99, 99),
    ])
    expect(body.rows).toEqual([
      ['77', 0, 0],
      ['78', 5, 1],
      ['9007199254740993', 0, 0],
    ])
    expect(body.totals.row).toEqual([null, 5, 1])
  })

  test('is exact: margins are 0, and null where nothing is said', () => {
    const changes = { metrics: 'views,like_rate', dimensions: 'day', margins: 'true' }
    const { body } = shape(changes, [row('', monday, 10, 4)])
    expect(body.margins).toEqual([
      [null, 0, 0],
      [null, 0, null],
    ])
    expect(body.totals.margins).toEqual([null, 0, 0])
    expect(shape({}, []).body).not.toHaveProperty('margins')
  })
})

describe('rows', () => {
  const rows = [
    row('77', sunday, 3, 0),
    row('78', sunday, 9, 1),
    row('77', monday, 9, 2),
    row('9007199254740993', monday, 1, 1),
  ]
  const range = { start_date: '2026-11-22', end_date: '2026-11-23' }
  const labels = (report: ShapedReport): readonly string[] =>
    report.body.rows.map((each) => each.slice(0, 2).join(' '))

  test('stand in the order of their dimensions, as they were named', () => {
    expect(labels(shape({ ...range, dimensions: 'day,video' }, rows)).slice(0, 4)).toEqual([
      '2026-11-22 77',
      '2026-11-22 78',
      '2026-11-22 9007199254740993',
      '2026-11-23 77',
    ])
    expect(labels(shape({ ...range, dimensions: 'video,day' }, rows)).slice(0, 3)).toEqual([
      '77 2026-11-22',
      '77 2026-11-23',
      '78 2026-11-22',
    ])
  })

  test('are sorted with ties in that order and nulls last either way', () => {
    const by = (sort: string) =>
      shape({ ...range, metrics: 'views,like_rate', dimensions: 'video,day', sort }, rows)
    expect(labels(by('-views')).slice(0, 3)).toEqual([
      '77 2026-11-23',
      '78 2026-11-22',
      '77 2026-11-22',
    ])
    expect(labels(by('-video,day'))[0]).toBe('9007199254740993 2026-11-22')
    const nulls = (sort: string) => by(sort).body.rows.map((each) => each[3] === null)
    expect(nulls('like_rate')).toEqual([false, false, false, false, true, true])
    expect(nulls('-like_rate')).toEqual([false, false, false, false, true, true])
  })

  test('of all pages are the rows of one', () => {
    const changes = { ...range, dimensions: 'video,day', sort: '-likes' }
    const whole = shape(changes, rows).body
    const paged = []
    let offset: number | null = 0
    while (offset !== null) {
      const page: ShapedReport = shape({ ...changes, max_results: '4' }, rows, { offset })
      expect(page.body.totals).toEqual(whole.totals)
      paged.push(...page.body.rows)
      offset = page.nextOffset
    }
    expect(paged).toEqual(whole.rows)
  })
})

test('rows of any values are ordered as a stable sort would', () => {
  const value = fc.option(fc.integer({ min: -3, max: 3 }), { nil: null })
  fc.assert(
    fc.property(fc.array(value, { maxLength: 40 }), fc.boolean(), (values, descending) => {
      const key = { of: (each: number) => values[each] ?? Number.NaN, descending }
      const order = [...orderRows(values.length, [key])]
      const sign = descending ? -1 : 1
      const expected = values
        .map((each, index) => ({ each, index }))
        .toSorted((a, b) => {
          if (a.each === null || b.each === null) {
            return Number(a.each === null) - Number(b.each === null)
          }
          return sign * (a.each - b.each)
        })
      expect(order).toEqual(expected.map(({ index }) => index))
    }),
  )
})
