// Plans: which rows a report has, how far they are counted, and that values never become SQL.
import { describe, expect, test } from 'vitest'
import { renderRead } from '#queries/reports/render-read.ts'
import type { Scope } from '#queries/reports/scope.ts'
import { at, noonish, planOf, problemOf, video } from './report-samples.ts'

const listed = [
  video('77'),
  video('78', '2026-11-24T09:00:00Z'),
  video('79', '2026-11-25T00:00:00Z'),
]
const named: Scope = { kind: 'videos', videos: [video('77'), video('9007199254740993')] }

describe('a plan', () => {
  test('reads a creator from the rows of creators, and videos by name', () => {
    expect(planOf({}).read?.subject).toEqual({ kind: 'creator', creatorId: '900' })
    expect(planOf({}, { scope: named }).read?.subject).toEqual({
      kind: 'videos',
      videoIds: ['77', '9007199254740993'],
    })
  })

  test('has a row for every video that was published by the end', () => {
    const plan = planOf({ dimensions: 'video' }, { listed })
    expect(plan.videoIds).toEqual(['77', '78'])
    expect(plan.read?.subject).toEqual({ kind: 'videos_of', creatorId: '900' })
    expect(planOf({ dimensions: 'video', end_date: '2026-11-23' }, { listed }).videoIds).toEqual([
      '77',
    ])
  })

  test('reads each stored sum once, and what is withheld of it', () => {
    expect(planOf({ metrics: 'like_rate,views,likes' }).read?.measures).toEqual([
      'likes',
      'views',
      'withheld_views',
    ])
  })

  test('by minute is the last 60 minutes, the running one included, within the range', () => {
    const plan = planOf({ dimensions: 'minute', tz: 'Asia/Kolkata' })
    expect(plan.buckets).toHaveLength(60)
    expect(plan.buckets?.[0]?.key).toBe('2026-11-24T16:51:00+05:30')
    expect(plan.buckets?.at(-1)?.key).toBe('2026-11-24T17:50:00+05:30')
    expect(plan.read?.pieces).toEqual([{ grain: 'minutes', ...plan.span }])
    const yesterday = planOf({ dimensions: 'minute', end_date: '2026-11-23' })
    expect([yesterday.buckets, yesterday.read]).toEqual([[], null])
  })

  test('by minute without the provisional ends at the last closed quarter', () => {
    const plan = planOf({ dimensions: 'minute', include_provisional: 'false' })
    expect(plan.span).toEqual({
      fromS: at('2026-11-24T11:15:00Z'),
      toS: at('2026-11-24T12:15:00Z'),
    })
  })

  test('of an old moment ends at its last closed quarter, since its minutes are gone', () => {
    const nowMs = noonish.finishedAtMs + 4 * 3_600_000
    const plan = planOf({}, { nowMs })
    expect(plan.countedToS).toBe(noonish.completeThroughS)
    expect(plan.read?.pieces.some(({ grain }) => grain === 'minutes')).toBe(false)
    expect(planOf({ dimensions: 'minute' }, { nowMs }).buckets).toEqual([])
  })

  test('before the first pass reads nothing and still has its rows', () => {
    const plan = planOf({ dimensions: 'day' }, { horizon: null })
    expect([plan.read, plan.countedToS, plan.buckets?.length]).toEqual([null, -Infinity, 2])
  })

  test('of too many rows is refused before anything is read', () => {
    const many = Array.from({ length: 300 }, (_, index) => video(String(index + 1)))
    const act = (): unknown =>
      planOf({ dimensions: 'video,day', start_date: '2024-12-01' }, { listed: many })
    expect(problemOf(act).code).toBe('range_too_long')
  })
})

describe('a rendered read', () => {
  const plan = planOf({ dimensions: 'video,day', tz: 'Asia/Kolkata' }, { scope: named })

  test('has a select for each table, and reads nothing of an unfinished pass', () => {
    if (plan.read === null) throw new Error('nothing to read')
    const { sql, params } = renderRead(plan.read)
    expect(sql.match(/from rollups\.\w+/g)).toEqual([
      'from rollups.video_quarters',
      'from rollups.video_minutes',
    ])
    expect(sql.match(/generation <= \{generation:UInt64\}/g)).toHaveLength(2)
    expect(params).toEqual({
      video_ids: '[77,9007199254740993]',
      edges: [at('2026-11-22T18:30:00Z'), at('2026-11-23T18:30:00Z')],
      from_0: '2026-11-22 18:30:00',
      to_0: '2026-11-24 12:15:00',
      from_1: '2026-11-24 12:15:00',
      to_1: '2026-11-24 18:30:00',
      generation: noonish.generation,
    })
  })

  test('holds values as typed parameters alone', () => {
    if (plan.read === null) throw new Error('nothing to read')
    const { sql, params } = renderRead(plan.read)
    expect(sql).not.toMatch(/77|2026|900/)
    const names = [...sql.matchAll(/\{(\w+):/g)].map(([, name]) => name)
    expect(new Set(names)).toEqual(new Set(Object.keys(params)))
  })
})
