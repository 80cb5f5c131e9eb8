// People of a day are shared out by views where rows cut it, and nobody is lost or counted twice by it.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDayCut } from '#queries/reports/day-cut.ts'
import { layOutPeople } from '#queries/reports/people.ts'
import type { PeopleRows } from '#queries/reports/people.ts'
import { sharePeople } from '#queries/reports/people-share.ts'
import { renderViewsOfCutDays, renderWholeDays } from '#queries/reports/render-people.ts'
import { shapeReport } from '#queries/reports/shape-report.ts'
import { at, cellsOf, planOf, problemOf, requestOf, video } from './report-samples.ts'

const HOUR = 3600
const DAY = 86_400
const midnight = at('2026-11-23T00:00:00Z')

type Changes = Readonly<Record<string, string | undefined>>

function answer(changes: Changes, people: PeopleRows, listed = [video('7'), video('8')]) {
  const plan = planOf(changes, { listed })
  const { query } = requestOf(changes)
  return shapeReport(query, { plan, cells: cellsOf(plan, [], { people }), offset: 0 }).body
}

describe('the people of a day', () => {
  const part = (hours: number, views: number, fromS = midnight) => ({
    fromS,
    toS: fromS + hours * HOUR,
    views,
  })

  test('go to its parts by views, and evenly where there were none', () => {
    expect(sharePeople(10, [part(6, 30), part(18, 10)])).toEqual([8, 2])
    expect(sharePeople(8, [part(6, 0), part(18, 0)])).toEqual([2, 6])
    expect(sharePeople(0, [part(24, 9)])).toEqual([0])
  })

  test('add up, however the day is cut, and parts agree with larger ones at every shared edge', () => {
    const cuts = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(50)), { minLength: 1 })
    fc.assert(
      fc.property(fc.nat(1000), cuts, fc.nat(), (people, parts, joined) => {
        const fine = parts.map(([hours, views]) => part(hours, views))
        const whole = fine.reduce((sum, { fromS, toS }) => sum + toS - fromS, 0)
        // Parts that cover a day: the last one reaches to its end.
        const last = fine.at(-1)
        if (last !== undefined) last.toS += Math.max(0, DAY - whole)
        const shares = sharePeople(people, fine)
        expect(shares.every((share) => share >= 0)).toBe(true)
        if (fine.some(({ views }) => views > 0)) {
          expect(shares.reduce((sum, share) => sum + share, 0)).toBe(people)
        }
        const at2 = joined % fine.length
        const [first, ...rest] = fine.slice(0, at2 + 1)
        if (first === undefined || fine.every(({ views }) => views === 0)) return
        const merged = {
          fromS: first.fromS,
          toS: first.toS,
          views: [first, ...rest].reduce((sum, { views }) => sum + views, 0),
        }
        const [together] = sharePeople(people, [merged, ...fine.slice(at2 + 1)])
        expect(together).toBe(shares.slice(0, at2 + 1).reduce((sum, share) => sum + share, 0))
      }),
      // Half a person at a shared edge: 327 * 115.5 / 231, which sums of fractions missed.
      {
        examples: [
          [327, [18, 44, 0, 35, 18, 1, 22, 7, 20, 35, 3, 29].map((views) => [1, views]), 29],
        ],
      },
    )
  })
})

describe('how rows cut a day', () => {
  test('parts cover it, each with the row that it is in', () => {
    const buckets = [
      { key: 'a', fromS: midnight - 5 * HOUR, toS: midnight + 19 * HOUR },
      { key: 'b', fromS: midnight + 19 * HOUR, toS: midnight + 43 * HOUR },
    ]
    const cut = createDayCut(buckets, { fromS: midnight - 5 * HOUR, toS: midnight + 43 * HOUR })
    expect(cut.partsOf(midnight)).toEqual([
      { fromS: midnight, toS: midnight + 19 * HOUR, place: 0, isInside: true },
      { fromS: midnight + 19 * HOUR, toS: midnight + DAY, place: 1, isInside: true },
    ])
    expect(cut.placeOf(midnight + 19 * HOUR)).toBe(1)
  })

  test('what lies outside of the report is a part of no row', () => {
    const span = { fromS: midnight + 6 * HOUR, toS: midnight + 12 * HOUR }
    const cut = createDayCut(null, span)
    expect(cut.partsOf(midnight).map(({ isInside }) => isInside)).toEqual([false, true, false])
  })
})

describe('a report of people', () => {
  const whole = (id: string, day: string, people: number) => ({
    id,
    at_s: at(`${day}T00:00:00Z`),
    people: [people],
  })

  test('by UTC day is exact, and not there yet for the day that runs', () => {
    const changes = { metrics: 'viewers', dimensions: 'day', start_date: '2026-11-22' }
    const rows = [whole('', '2026-11-22', 4), whole('', '2026-11-23', 0)]
    const body = answer(changes, { whole: rows, cut: [], views: [] })
    expect(body.rows).toEqual([
      ['2026-11-22', 4],
      ['2026-11-23', 0],
      ['2026-11-24', null],
    ])
    expect(body.states.map(([, state]) => state)).toEqual(['value', 'zero', 'not_yet'])
    expect(body.totals).toEqual({ row: [null, 4], states: [null, 'partial'] })
    expect(body.covers).toEqual({ viewers: ['2026-11-22T00:00:00Z', '2026-11-24T00:00:00Z'] })
    expect(body.columns[1]).toMatchObject({ unit: 'people', additive: true, exposure: 'open' })
  })

  test('in another zone shares the cut days out, says so, and adds up to its total', () => {
    const changes = { metrics: 'viewers', dimensions: 'day', tz: 'Asia/Kolkata' }
    const dates = { start_date: '2026-11-22', end_date: '2026-11-23' }
    // The 22nd in India begins at 18:30 UTC on the 21st.
    const edge = (day: string): number => at(`${day}T18:30:00Z`)
    const day = (text: string): number => at(`${text}T00:00:00Z`)
    const body = answer(
      { ...changes, ...dates },
      {
        whole: [],
        cut: [
          { id: '', day_s: day('2026-11-21'), people: [10] },
          { id: '', day_s: day('2026-11-22'), people: [20] },
          { id: '', day_s: day('2026-11-23'), people: [8] },
        ],
        views: [
          { id: '', part_s: day('2026-11-21'), views: 90 },
          { id: '', part_s: edge('2026-11-21'), views: 10 },
          { id: '', part_s: day('2026-11-22'), views: 30 },
          { id: '', part_s: edge('2026-11-22'), views: 10 },
          { id: '', part_s: day('2026-11-23'), views: 3 },
          { id: '', part_s: edge('2026-11-23'), views: 1 },
        ],
      },
    )
    expect(body.rows).toEqual([
      ['2026-11-22', 1 + 15],
      ['2026-11-23', 5 + 6],
    ])
    expect(body.states.flat()).toEqual(['value', 'estimated', 'value', 'estimated'])
    expect(body.totals).toEqual({ row: [null, 27], states: [null, 'estimated'] })
  })

  test('by the age of a video takes what was before its publication into the total alone', () => {
    const changes = { metrics: 'viewers', dimensions: 'video,video_age_day' }
    const dates = { start_date: '2026-11-22', end_date: '2026-11-23' }
    const listed = [video('7', '2026-11-22T12:00:00Z')]
    const day = at('2026-11-22T00:00:00Z')
    const plan = planOf({ ...changes, ...dates }, { listed })
    expect(plan.people?.cutDaysS).toEqual([day, day + DAY])
    const rows = {
      whole: [],
      cut: [{ id: '7', day_s: day, people: [9] }],
      views: [
        { id: '7', part_s: day, views: 1 },
        { id: '7', part_s: day + 12 * HOUR, views: 2 },
      ],
    }
    const body = answer({ ...changes, ...dates }, rows, listed)
    expect(body.rows[0]).toEqual(['7', 0, 6])
    expect(body.totals.row).toEqual([null, null, 9])
  })

  test('is refused below a day, with the nearest that is legal', () => {
    for (const dimensions of ['hour', 'minute', 'hour_of_week']) {
      const problem = problemOf(() => requestOf({ metrics: 'viewers', dimensions }))
      expect(problem.code).toBe('illegal_pair')
      expect(problem.detail).toContain('viewers with no dimension')
    }
  })

  test('reads whole days by their rows, and views of cut days alone', () => {
    const plan = planOf({ metrics: 'views,viewers', dimensions: 'week', tz: 'America/New_York' })
    const { people } = plan
    if (people === null) throw new Error('nothing is read')
    expect(renderWholeDays(people).params['cut_days']).toEqual(['2026-11-23'])
    expect(renderViewsOfCutDays(people).params['cut_days']).toEqual(['2026-11-23'])
  })

  test('of nothing that is counted reads nothing', () => {
    const dates = { start_date: '2026-11-24', end_date: '2026-11-24' }
    const plan = planOf({ metrics: 'viewers', ...dates })
    expect(plan.people).toBeNull()
    expect(plan.read).toBeNull()
    const people = layOutPeople(plan, { whole: [], cut: [], views: [] })
    expect(people.totalOf('viewers')).toEqual({ people: 0, isEstimated: false })
  })
})
