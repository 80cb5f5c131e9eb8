// Reports of guarded numbers: arithmetic on published leaves that adds up by every cut, in every zone, over every set of videos.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderLeafViews, renderLeaves, renderSeals } from '#queries/reports/render-guarded.ts'
import { renderSealedOpen, splitPieces } from '#queries/reports/render-sealed-open.ts'
import type { ReportBody } from '#queries/reports/shape-report.ts'
import type { CellRow } from '#queries/reports/sums.ts'
import { peopleOf } from '../../support/leaves.ts'
import type { LeafSample, Published } from '../../support/leaves.ts'
import { at, noonish, planOf, problemOf, requestOf, standard } from './report-samples.ts'
import { video } from './report-samples.ts'
import { answer } from './sealed-samples.ts'

const HOUR = 3600
const DAY = 24 * HOUR
const measures = ['saves', 'unsaves', 'shares'] as const

const begin = at('2026-11-20T00:00:00Z')

/** Leaves of whole quarters from a begin on, up to half past eleven of the day that runs. */
const published: fc.Arbitrary<Published> = fc
  .record({
    begin: fc.nat({ max: 200 }),
    leaves: fc.array(
      fc.record({
        quarters: fc.integer({ min: 1, max: 130 }),
        saves: fc.integer({ min: -8, max: 300 }),
        unsaves: fc.integer({ min: -8, max: 40 }),
        shares: fc.integer({ min: -8, max: 90 }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    // The middle of quarters: where they are spread, it makes no difference.
    views: fc.array(fc.nat({ max: 430 }), { maxLength: 60 }),
  })
  .map(({ begin: quarter, leaves, views }) => {
    let fromS = begin + quarter * 900
    const made: LeafSample[] = []
    for (const { quarters, ...people } of leaves) {
      const toS = Math.min(fromS + quarters * 900, noonish.completeThroughS - 2700)
      if (toS <= fromS) break
      made.push({ fromS, toS, ...people })
      fromS = toS
    }
    return {
      beginS: begin + quarter * 900,
      leaves: made,
      viewsS: views.map((each) => begin + each * 900 + 450),
      completeThroughS: noonish.completeThroughS,
    }
  })
  .filter(({ leaves }) => leaves.length > 0)

const zones = ['UTC', 'Asia/Kolkata', 'Asia/Kathmandu', 'America/New_York', 'Pacific/Apia']
const cuts = ['hour', 'day', 'week', 'month', 'hour_of_week', 'video,day', 'video,video_age_day']
const range = { start_date: '2026-11-19', end_date: '2026-11-25' }
const sumOf = (body: ReportBody, column: number): number =>
  body.rows.reduce((sum, row) => sum + Number(row[column] ?? 0), 0)

describe('numbers of any leaves', () => {
  const anything = fc.record({
    tz: fc.constantFrom(...zones),
    dimensions: fc.constantFrom(...cuts),
    videos: fc.array(published, { minLength: 1, maxLength: 3 }),
  })

  test('add up: rows to the total, and the total to the curve of every video', () => {
    fc.assert(
      fc.property(anything, ({ tz, dimensions, videos }) => {
        const named = new Map(videos.map((each, index) => [String(index + 1), each]))
        const changes = {
          ...range,
          tz,
          dimensions,
          metrics: measures.join(),
          max_results: '10000',
        }
        const body = answer({ changes, videos: named })
        const { span } = planOf({ ...range, tz, metrics: 'saves' })
        const labels = dimensions.split(',').length
        const expected = measures.map((measure) =>
          videos.reduce((sum, each) => sum + peopleOf(each, measure, span), 0),
        )
        // By age the time before publication is in no row: videos of this test are older than that.
        expect(measures.map((_, index) => sumOf(body, labels + index))).toEqual(expected)
        expect(body.totals.row.slice(labels).map((value) => value ?? 0)).toEqual(expected)
      }),
    )
  })

  test('by day are differences of the rounded curve, which no other cut changes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), published, (tz, each) => {
        const changes = { ...range, tz, dimensions: 'day', metrics: measures.join() }
        const videos = new Map([['1', each]])
        const plan = planOf(changes)
        const { rows } = answer({ changes, videos })
        for (const [index, bucket] of (plan.buckets ?? []).entries()) {
          const expected = measures.map((measure) => peopleOf(each, measure, bucket))
          expect(rows[index]?.slice(1).map((value) => value ?? 0)).toEqual(expected)
        }
      }),
    )
  })

  test('never come with a margin of nothing, and a null never comes with one', () => {
    fc.assert(
      fc.property(anything, ({ tz, dimensions, videos }) => {
        const named = new Map(videos.map((each, index) => [String(index + 1), each]))
        const metrics = [...measures, 'net_saves'].join()
        const changes = { ...range, tz, dimensions, metrics, margins: 'true' }
        const { rows, margins, states } = answer({ changes, videos: named })
        const labels = dimensions.split(',').length
        for (const [index, row] of rows.entries()) {
          for (let column = labels; column < row.length; column++) {
            const [value, margin] = [row[column], margins?.[index]?.[column]]
            if (value === null) expect(margin).toBeNull()
            else expect(margin).toBeGreaterThanOrEqual(1)
            expect(states[index]?.[column]).not.toBe('zero')
          }
        }
      }),
    )
  })

  test('of a creator have margins of independent videos, as squares that add up', () => {
    const leaf = { fromS: begin, toS: begin + DAY, saves: 50, unsaves: 0, shares: 0 }
    const one = { leaves: [leaf], viewsS: [] }
    const videos = new Map(Array.from({ length: 9 }, (_, index) => [String(index + 1), one]))
    const changes = { ...range, metrics: 'saves', dimensions: 'day', margins: 'true' }
    const { rows, margins } = answer({ changes, videos })
    expect(rows[1]).toEqual(['2026-11-20', 450])
    expect(margins?.[1]?.[1]).toBe(Math.ceil(1.96 * Math.sqrt(9 * standard.variance.saves)))
  })
})

describe('a row', () => {
  const day = (days: number) => begin + days * DAY
  const leaves = [
    { fromS: day(0) + 5 * HOUR, toS: day(1), saves: 40, unsaves: 1, shares: 2 },
    { fromS: day(1), toS: day(2), saves: -2, unsaves: 0, shares: 0 },
    { fromS: day(2), toS: day(4), saves: 90, unsaves: 4, shares: 8 },
  ]
  const videos = new Map([['77', { leaves, viewsS: [] }]])
  const asked = { ...range, metrics: 'saves', margins: 'true' }

  test('by day says which days are whole leaves, small, inside of one, or not sealed', () => {
    const { rows, states, covers, privacy } = answer({
      changes: { ...asked, dimensions: 'day' },
      videos,
    })
    expect(rows.map(([, saves]) => saves)).toEqual([null, 40, -2, 45, 45, null, null])
    expect(states.map(([, state]) => state)).toEqual([
      'not_applicable',
      'value',
      'small',
      'coarser',
      'coarser',
      'not_yet',
      'not_yet',
    ])
    expect(covers).toEqual({ saves: ['2026-11-19T00:00:00Z', '2026-11-24T00:00:00Z'] })
    expect(privacy.policy).toBe('standard-1')
  })

  test('of another zone is estimated where an edge lies inside of a leaf', () => {
    const changes = { ...asked, dimensions: 'day', tz: 'America/New_York' }
    const { states, margins } = answer({ changes, videos })
    expect(states.map(([, state]) => state)).toEqual([
      'not_applicable',
      'estimated',
      'small',
      'coarser',
      'partial',
      'not_yet',
      'not_yet',
    ])
    // Shares of leaves are less certain than leaves.
    expect(Number(margins?.[3]?.[1])).toBeGreaterThan(6)
  })

  test('of a total past the last seal is partial, and of a time before publication nothing', () => {
    const { totals } = answer({ changes: asked, videos })
    expect([totals.row, totals.states]).toEqual([[128], ['partial']])
    const early = { ...asked, start_date: '2026-11-18', end_date: '2026-11-19' }
    expect(answer({ changes: early, videos }).totals.states).toEqual(['not_applicable'])
  })

  test('of net saves below zero is small by its size alone', () => {
    const gone = [{ ...leaves[0], fromS: day(0), toS: day(1), saves: 1, unsaves: 90, shares: 0 }]
    const changes = { ...asked, metrics: 'net_saves,saves', dimensions: 'day' }
    const body = answer({ changes, videos: new Map([['77', { leaves: gone, viewsS: [] }]]) })
    expect([body.rows[1], body.states[1]]).toEqual([
      ['2026-11-20', -89, 1],
      ['value', 'value', 'small'],
    ])
  })
})

describe('a ratio', () => {
  const leaves = [{ fromS: begin, toS: begin + DAY, saves: 40, unsaves: 1, shares: 2 }]
  const videos = new Map([['77', { leaves, viewsS: [] }]])
  const changes = {
    ...range,
    metrics: 'saves,save_rate,engagements,engagement_rate',
    margins: 'true',
  }
  const open = (...sums: number[]): readonly CellRow[] => [{ id: '', at_s: 0, sums }]

  test('is over the views of the span that is sealed, with the margin of what is on top', () => {
    expect(planOf(changes).guarded?.openRead?.measures).toEqual([
      'views',
      'likes',
      'comments',
      'stitches',
      'duets',
      'withheld_views',
    ])
    const body = answer({ changes, videos, open: open(400, 7, 2, 1, 0, 0) })
    expect(body.rows).toEqual([[40, 0.1, 52, 0.13]])
    expect(body.margins).toEqual([[6, 6 / 400, 8, 8 / 400]])
    expect(new Set(body.states.flat())).toEqual(new Set(['partial']))
    expect(body.columns[1]).toMatchObject({
      exposure: 'guarded',
      additive: false,
      denominator: 'views',
    })
    expect(body.columns[2]).toMatchObject({ exposure: 'guarded', additive: true, type: 'integer' })
  })

  test('is nothing over nothing, and not told where so few viewed what is not public', () => {
    expect(answer({ changes, videos, open: open(0, 7, 2, 1, 0, 0) }).states[0]).toEqual([
      'partial',
      'not_applicable',
      'partial',
      'not_applicable',
    ])
    expect(answer({ changes, videos, open: open(3, 0, 0, 0, 0, 3) }).states[0]?.[1]).toBe(
      'suppressed',
    )
  })
})

describe('what is read', () => {
  const batch = { videoIds: ['77', '9007199254740993'], publishedS: [begin, begin] }

  test('holds values as typed parameters alone, and nothing of an unfinished pass', () => {
    for (const dimensions of ['video,day', 'video,hour_of_week', 'video,video_age_day']) {
      const changes = { metrics: 'saves,save_rate', dimensions, tz: 'Asia/Kolkata' }
      const { guarded } = planOf(changes, { listed: [video('77')] })
      if (guarded === null || guarded.openRead === null) throw new Error('nothing to read')
      const statements = [
        renderSeals(guarded),
        renderLeaves(guarded, batch),
        renderLeafViews(guarded, {
          ...batch,
          wholeDaysS: [begin],
          cutDaysS: [begin + DAY],
          cutsQuarters: true,
        }),
        renderSealedOpen(guarded.openRead, { videoIds: ['77'], throughS: [begin] }),
      ]
      for (const { sql, params } of statements) {
        expect(sql).not.toMatch(/77|2026|Kolkata/)
        const names = new Set([...sql.matchAll(/\{(\w+):/g)].map(([, name]) => name ?? ''))
        expect([...names].filter((name) => !Object.hasOwn(params, name))).toEqual([])
        const leaves = sql.split(/from rollups\.\w+/).slice(1)
        for (const after of leaves) expect(after).toContain('generation <= {generation:UInt64}')
      }
    }
  })

  test('of open counts is what is sealed for all at once, and the rest video by video', () => {
    const pieces = planOf({ metrics: 'save_rate' }).guarded?.openRead?.pieces ?? []
    expect(pieces.map(({ grain }) => grain)).toEqual(['days', 'quarters', 'minutes'])
    const { sealed: before, rest } = splitPieces(pieces, at('2026-11-23T07:00:00Z'))
    expect(before).toEqual([])
    expect(rest).toEqual(pieces)
    const today = splitPieces(pieces, at('2026-11-24T07:05:00Z'))
    expect(today.sealed.at(-1)?.toS).toBe(at('2026-11-24T07:00:00Z'))
    expect(today.rest[0]).toEqual({
      grain: 'quarters',
      fromS: at('2026-11-24T07:00:00Z'),
      toS: noonish.completeThroughS,
    })
  })

  test('without the provisional ends at leaves whose views are all in closed quarters', () => {
    const closed = planOf({ metrics: 'saves', include_provisional: 'false' })
    expect(closed.guarded?.countedToS).toBe(noonish.completeThroughS)
    const plan = planOf({ metrics: 'saves' })
    expect(plan.guarded?.countedToS).toBe(noonish.watermarkS)
    expect([plan.read, plan.guarded?.openRead]).toEqual([null, null])
  })

  test('by minute is refused, with the nearest that is legal', () => {
    const { code, detail } = problemOf(() => requestOf({ metrics: 'saves', dimensions: 'minute' }))
    expect([code, detail]).toEqual([
      'illegal_pair',
      'saves does not go with minute; the nearest legal is saves with no dimension',
    ])
  })
})
