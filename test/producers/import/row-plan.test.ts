// From a row to its events: what both ready maps make of rows of their layouts, and every rule that a map can state.
import { describe, expect, test } from 'vitest'
import { openCsvRows } from '#producers/import/csv-rows.ts'
import type { ImportMap } from '#producers/import/import-map.ts'
import { readMap } from '#producers/import/read-map.ts'
import { createRowPlan } from '#producers/import/row-plan.ts'
import { createColumns } from '#producers/import/rows.ts'
import { createMemory, createVideoPlan } from '#producers/import/video-plan.ts'
import { aHeader, allRows, inPieces, mapOf } from './maps.ts'

const nowMs = Date.parse('2026-11-25T12:00:00Z')
const key = (): Buffer => Buffer.alloc(32, 7)

function planOf(map: ImportMap, names: readonly string[] = aHeader) {
  return createRowPlan({ map, columns: createColumns(names), key })
}

/** Events, or the fault, of a row with these cells in place of sound ones. */
function outcomeOf(
  cells: Readonly<Record<string, string>>,
  more: Readonly<Record<string, unknown>> = {},
): unknown {
  const sound = { at: '1700000000000', user: '5', video: '77', author: '900', played: '4000' }
  const all = { ...sound, liked: '1', ...cells }
  const outcome = planOf(mapOf(more), Object.keys(all)).read(Object.values(all), nowMs)
  return 'code' in outcome ? [outcome.code, outcome.field] : outcome.events
}

async function eventsOf(name: string, text: string) {
  const map = readMap(name)
  const { columns, batches } = await openCsvRows(inPieces(text, 1000), map.delimiter)
  const plan = createRowPlan({ map, columns, key })
  const rows = await allRows(batches)
  return rows.map(({ cells }) => {
    const outcome = plan.read(cells, nowMs)
    return 'code' in outcome ? outcome : outcome.events
  })
}

describe('a ready map', () => {
  test('of KuaiRand makes views, likes, shares, comments and follows of what a viewer did', async () => {
    const header =
      'user_id,video_id,author_id,time_ms,is_click,is_like,is_follow,is_comment,is_forward,is_hate,long_view,play_time_ms,duration_ms,profile_stay_time,comment_stay_time,is_profile_enter,tab'
    const [all, shown, liked] = await eventsOf(
      'kuairand',
      `${header}
3,0,12,1650900000123,1,1,1,1,1,0,1,61802,49866,0,0,0,1
3,1,12,1650900000124,0,0,0,0,0,0,0,0,9500,0,0,0,1
3,2,12,1650900000125,0,1,0,0,0,0,0,0,0,0,0,0,9
`,
    )
    expect(all).toMatchObject([
      { type: 'view', watched_ms: 61_802, duration_ms: 49_866 },
      { type: 'like' },
      { type: 'share' },
      { type: 'comment' },
      { type: 'follow' },
    ])
    expect(all).toMatchObject(
      Array.from({ length: 5 }, () => ({
        user_id: '10000003',
        video_id: '10000000',
        creator_id: '10000012',
        traffic_source: 'for_you',
      })),
    )
    expect(shown).toEqual([])
    expect(liked).toMatchObject([{ type: 'like', traffic_source: 'other', duration_ms: 0 }])
  })

  test('of MovieLens makes a view of every rating, and a like of a good one', async () => {
    const [good, bad] = await eventsOf(
      'movielens-ratings',
      'userId,movieId,rating,timestamp\n1,17,4.0,944249077\n1,25,3.5,944250228\n',
    )
    expect(good).toMatchObject([
      { type: 'view', user_id: '10000001', video_id: '10000017', creator_id: '9999999' },
      { type: 'like' },
    ])
    expect(bad).toMatchObject([{ type: 'view', watched_ms: 0 }])
  })
})

describe('an id', () => {
  test.each([
    ['0', '10'],
    ['-9', '1'],
    ['9223372036854775797', '9223372036854775807'],
    ['007', '17'],
  ])('%s with an offset of 10 is %s', (user, user_id) => {
    const more = { user_id: { column: 'user', offset: '10' } }
    expect(outcomeOf({ user }, more)).toMatchObject([{ user_id }, { user_id }])
  })

  test.each([
    ['-10', 'out_of_range'],
    ['9223372036854775798', 'out_of_range'],
    ['9'.repeat(60), 'out_of_range'],
    ['1.0', 'wrong_type'],
    ['abc', 'wrong_type'],
    ['', 'missing_field'],
  ])('%s with an offset of 10 refuses its row as %s', (user, code) => {
    expect(outcomeOf({ user }, { user_id: { column: 'user', offset: 10 } })).toEqual([
      code,
      'user_id',
    ])
  })

  test('as it is, is judged as the edge judges', () => {
    expect(outcomeOf({ user: '0' })).toEqual(['out_of_range', 'user_id'])
    expect(outcomeOf({ user: '05' })).toEqual(['out_of_range', 'user_id'])
    expect(outcomeOf({ user: 'x' })).toEqual(['wrong_type', 'user_id'])
  })

  test('that is hashed is one of the key: of a user and a creator alike, of a video another', () => {
    const hashed = (column: string) => ({ column, hash: true })
    const more = {
      user_id: hashed('user'),
      creator_id: hashed('author'),
      video_id: hashed('video'),
    }
    const same = outcomeOf({ user: 'u-1', author: 'u-1', video: 'u-1' }, more)
    const [event] = Array.isArray(same) ? same : []
    expect(event.user_id).toMatch(/^[1-9]\d{15,18}$/)
    expect(event.creator_id).toBe(event.user_id)
    expect(event.video_id).not.toBe(event.user_id)
    const map = mapOf(more)
    const other = createRowPlan({
      map,
      columns: createColumns(aHeader),
      key: () => Buffer.alloc(32, 8),
    })
    expect(other.read(['1700000000000', 'u-1', 'v', 'a', '1', '0'], nowMs)).not.toMatchObject({
      events: [{ user_id: event.user_id }],
    })
  })
})

describe('a time', () => {
  test.each([
    ['s', '1700000000.4567', '018bcfe5-69c8'],
    ['s', '1700000000', '018bcfe5-6800'],
    ['ms', '1700000000456.9', '018bcfe5-69c8'],
    ['us', '1700000000456999', '018bcfe5-69c8'],
    ['rfc3339', '2023-11-14T22:13:20.456Z', '018bcfe5-69c8'],
    ['rfc3339', '2023-11-14 23:13:20.456789+01:00', '018bcfe5-69c8'],
  ])('in %s as %s is exact to the millisecond', (unit, at, head) => {
    const events = outcomeOf({ at }, { occurred_at: { column: 'at', unit } })
    expect(events).toMatchObject([{ event_id: expect.stringMatching(`^${head}`) }, {}])
  })

  test.each([
    ['ms', '', 'missing_field'],
    ['ms', 'noon', 'wrong_type'],
    ['ms', '-1', 'out_of_range'],
    ['s', '1700000000000', 'in_future'],
    ['s', '9999999999999999999', 'in_future'],
    ['ms', String(nowMs + 300_001), 'in_future'],
    ['rfc3339', '2023-11-14T22:13:20', 'wrong_type'],
    ['rfc3339', '2023-02-31T25:13:20Z', 'wrong_type'],
  ])('in %s as "%s" refuses its row as %s', (unit, at, code) => {
    const more = { occurred_at: { column: 'at', unit } }
    expect(outcomeOf({ at }, more)).toEqual([code, 'occurred_at'])
  })
})

describe('an amount', () => {
  test.each([
    ['s', 'nearest', '4.035', 4035],
    ['s', 'down', '4.035', 4035],
    ['us', 'nearest', '1500', 2],
    ['us', 'down', '1999', 1],
    ['us', 'up', '1001', 2],
    ['ms', 'nearest', '1e3', 1000],
  ])('in %s, rounded %s, of %s is %d ms', (unit, round, played, watched_ms) => {
    const events = [{ type: 'view', watched_ms: { column: 'played', unit, round } }]
    expect(outcomeOf({ played }, { events })).toMatchObject([{ watched_ms }])
  })

  test.each([
    ['', 'missing_field'],
    ['long', 'wrong_type'],
    ['-1', 'out_of_range'],
    ['86400001', 'out_of_range'],
  ])('of "%s" refuses its row as %s, its other events too', (played, code) => {
    const events = [{ type: 'like' }, { type: 'view', watched_ms: { column: 'played' } }]
    expect(outcomeOf({ played }, { events })).toEqual([code, 'watched_ms'])
  })
})

describe('a closed domain', () => {
  const from = (values: unknown) => ({ gender: { column: 'sex', ...Object(values) } })
  const values = { m: 'male', f: 'female' }

  test.each([
    ['m', { values }, 'male'],
    ['', { values, otherwise: 'other' }, 'unknown'],
    ['x', { values, otherwise: 'other' }, 'other'],
    ['female', {}, 'female'],
    ['', {}, 'unknown'],
  ])('of "%s" by %j is %s', (sex, rule, gender) => {
    expect(outcomeOf({ sex }, from(rule))).toMatchObject([{ gender }, { gender }])
  })

  test('without a word for a value refuses its row', () => {
    expect(outcomeOf({ sex: 'x' }, from({ values }))).toEqual(['not_allowed', 'gender'])
    expect(outcomeOf({ sex: 'x' }, from({}))).toEqual(['not_allowed', 'gender'])
  })

  test('counts what fell to otherwise', () => {
    const map = mapOf({ gender: { column: 'liked', values: { 1: 'male' }, otherwise: 'other' } })
    const plan = planOf(map)
    for (const liked of ['1', '2', '2', '3', '']) {
      plan.read(['1700000000000', '5', '77', '900', '1', liked], nowMs)
    }
    expect([...(plan.fell.get('gender') ?? [])]).toEqual([
      ['2', 2],
      ['3', 1],
    ])
  })
})

describe('a condition', () => {
  test.each([
    [{ equals: 1 }, ['1'], ['1.0', '', '2']],
    [{ one_of: ['a', 'b'] }, ['a', 'b'], ['c', '']],
    [{ not: 'a' }, ['b', ''], ['a']],
    [{ above: 3 }, ['3.1', '1e9'], ['3', '', 'x']],
    [{ at_least: 3, below: 5 }, ['3', '4.9'], ['5', '2.9', ' ']],
    [{ at_most: -1 }, ['-1', '-2'], ['0', '']],
    [{ present: true }, ['0', ' '], ['']],
    [{ present: false }, [''], ['0']],
    [{ equals: true }, ['true'], ['True', '1']],
  ])('%j holds for %j and not for %j', (condition, holds, fails) => {
    const events = [{ type: 'like', when: { flag: condition } }]
    const made = (flag: string): unknown => outcomeOf({ flag }, { events })
    for (const flag of holds) expect([flag, made(flag)]).toMatchObject([flag, [{ type: 'like' }]])
    for (const flag of fails) expect([flag, made(flag)]).toEqual([flag, []])
  })
})

test('a type that a map has twice makes two events, each with an id of its own', () => {
  const share = (share_channel: string) => ({ type: 'share', share_channel })
  const made = outcomeOf({}, { events: [share('copy_link'), share('other')] })
  expect(made).toMatchObject([{ share_channel: 'copy_link' }, { share_channel: 'other' }])
  const [first, second] = Array.isArray(made) ? made : []
  expect(first.event_id).not.toBe(second.event_id)
})

describe('the videos of a log', () => {
  const videos = {
    title: 'Film {name} ({year})',
    published_at: { column: 'born', unit: 's' },
    duration_ms: { column: 'long', unit: 's' },
    visibility: { column: 'who', values: { all: 'public' }, otherwise: 'private' },
  }
  const names = [...aHeader, 'name', 'year', 'born', 'long', 'who']
  const map = mapOf({ videos })
  const columns = createColumns(names)
  const plan = createRowPlan({ map, columns, key })
  const at = ['1700000000000', '5', '77', '900', '4000', '0']

  function named(...rows: readonly (readonly string[])[]): readonly unknown[] {
    const videoPlan = createVideoPlan({ map, columns, key }, plan.fell)
    return rows.map((cells) => {
      const planned = plan.read(cells, nowMs)
      return 'code' in planned ? planned : videoPlan?.read(cells, planned)
    })
  }

  test('are told once each, with what the map says of them', () => {
    const row = [...at, 'One', '1999', '1600000000', '12.5', 'all']
    const line = {
      video_id: '77',
      creator_id: '900',
      title: 'Film One (1999)',
      published_at: '2020-09-13T12:26:40.000Z',
      duration_ms: 12_500,
      visibility: 'public',
    }
    expect(named(row, row)).toEqual([{ kind: 'new', line }, { kind: 'known' }])
  })

  test('of rows without an event are told too, and another creator is counted', () => {
    const quiet = at.with(4, '0')
    const rest = ['One', '1999', '1600000000', '12.5', 'me']
    expect(named([...quiet, ...rest], [...at.with(3, '901'), ...rest])).toMatchObject([
      { kind: 'new', line: { visibility: 'private' } },
      { kind: 'other_creator' },
    ])
  })

  test('with a fault are named, and their events go on', () => {
    const row = [...at, 'One', '1999', 'never', '12.5', 'all']
    expect(named(row)).toMatchObject([
      { kind: 'refused', fault: { code: 'missing_field', field: 'published_at' } },
    ])
  })

  test('are forgotten in generations, never the newest', () => {
    const memory = createMemory(2)
    const see = (...ids: readonly string[]) => ids.map((video) => memory.see(video, 'c') !== null)
    expect(see('a', 'b', 'a', 'c', 'a', 'd', 'c', 'e', 'a')).toEqual([
      false,
      false,
      true,
      false,
      true,
      false,
      true,
      false,
      false,
    ])
  })
})
