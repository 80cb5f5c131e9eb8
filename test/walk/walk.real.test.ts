// The whole road: what a client posts is in its creator's report once, and nobody else's.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  call,
  catalogue,
  eventually,
  eventuallyRows,
  post,
  report,
  saves,
  tokens,
} from '../support/outside.ts'
import { createEventMaker, utcDay } from '../support/events.ts'

function lastTwoDays(nowMs: number): Readonly<Record<string, string>> {
  return { start_date: utcDay(nowMs - 86_400_000), end_date: utcDay(nowMs) }
}

// Each test has a creator of its own, so that all wait for the same passes.
describe.concurrent('the walk of an event', () => {
  test('500 views and 40 likes, each posted twice in any order, count 500 and 40', async () => {
    const [creator, video] = ['810001', 8_100_011]
    const nowMs = Date.now()
    const { make, shuffle } = createEventMaker(1)
    await catalogue(creator, [String(video)])
    const place = { video, creator, atMs: nowMs }
    const events = [
      ...Array.from({ length: 500 }, (_, index) =>
        make('view', { ...place, user: 5000 + (index % 90), atMs: nowMs - index * 100 }),
      ),
      ...Array.from({ length: 40 }, (_, index) => make('like', { ...place, user: 5000 + index })),
    ]
    await post(shuffle([...events, ...events]))
    const query = { metrics: 'views,likes', dimensions: 'video', ...lastTwoDays(nowMs) }
    const rows = [[String(video), 500, 40]]
    const answer = await eventuallyRows(await tokens.creator(creator), query, rows)
    expect(answer.body['totals']).toMatchObject({ row: [null, 500, 40] })
  })

  test.each([
    { age: 'a second', ageMs: 1000, pair: [8_100_021, 8_100_022] },
    { age: 'five hours', ageMs: 5 * 3600_000, pair: [8_100_023, 8_100_024] },
  ] as const)(
    'one id counts once, $age old, whatever a second payload says of video, type or watch time',
    async ({ ageMs, pair }) => {
      const creator = '810002'
      const nowMs = Date.now()
      const atMs = nowMs - ageMs
      const { make } = createEventMaker(pair[0])
      await catalogue(creator, pair.map(String))
      const token = await tokens.creator(creator)
      const query = {
        metrics: 'views,likes',
        filters: `video==${pair.join(',')}`,
        ...lastTwoDays(nowMs),
      }
      const first = make('view', { user: 1, video: pair[0], creator, atMs })
      await post([first])
      await eventuallyRows(token, query, [[1, 0]])
      await post([{ ...first, video_id: String(pair[1]) }])
      await post([{ ...first, watched_ms: 1 }])
      const { watched_ms: _w, duration_ms: _d, ...rest } = first
      await post([{ ...rest, type: 'like' }])
      // A later event of the same slot shows that the recount has come by.
      await post([make('view', { user: 2, video: pair[0], creator, atMs })])
      await eventually('one act more', async () => {
        const { body } = await report(token, query)
        const now = z.tuple([z.tuple([z.number(), z.number()])]).parse(body['rows'])[0]
        return now[0] + now[1] === 2 ? { found: now } : { seen: now }
      })
    },
  )

  test('a video that is catalogued late shows its whole past', async () => {
    const nowMs = Date.now()
    const { make } = createEventMaker(3)
    const [creator, late] = ['810003', 8_100_031]
    const atMs = nowMs - 3 * 3600_000
    await post(
      Array.from({ length: 20 }, (_, index) =>
        make('view', { user: 100 + index, video: late, creator: 1, atMs: atMs - index * 60_000 }),
      ),
    )
    const mine = await tokens.creator(creator)
    const query = { metrics: 'views', dimensions: 'video', filters: `video==${late}` }
    expect((await report(mine, { ...query, ...lastTwoDays(nowMs) })).status).toBe(404)
    await catalogue(creator, [String(late)])
    await eventuallyRows(mine, { ...query, ...lastTwoDays(nowMs) }, [[String(late), 20]])
  })

  test('the creator’s own acts count nowhere', async () => {
    const nowMs = Date.now()
    const { make } = createEventMaker(4)
    const [creator, own] = ['810004', 8_100_041]
    await catalogue(creator, [String(own)])
    const at = { video: own, creator, atMs: nowMs - 1000 }
    await post([make('view', { ...at, user: creator }), make('view', { ...at, user: 77 })])
    const query = { metrics: 'views', filters: `video==${own}`, ...lastTwoDays(nowMs) }
    await eventuallyRows(await tokens.creator(creator), query, [[1]])
  })

  test('another creator’s video is not there', async () => {
    const nowMs = Date.now()
    const [creator, video] = ['810005', 8_100_051]
    const query = { metrics: 'views', filters: `video==${video}`, ...lastTwoDays(nowMs) }
    await catalogue(creator, [String(video)])
    await eventuallyRows(await tokens.creator(creator), query, [[0]])
    const stranger = await tokens.creator('810999')
    const foreign = await report(stranger, query)
    const missing = await report(stranger, { ...query, filters: 'video==999999999' })
    expect(foreign.status).toBe(404)
    expect(foreign.text).toBe(missing.text)
  })

  test('a save is in its owner’s list and in nobody else’s', async () => {
    const nowMs = Date.now()
    const { make } = createEventMaker(5)
    const [creator, video] = ['810006', 8_100_061]
    await catalogue(creator, [String(video)])
    await post([make('save', { user: 8_105_001, video, creator, atMs: nowMs - 50 })])
    const owner = await tokens.viewer('8105001')
    await eventually('the save in its owner’s list', async () => {
      const answer = await call('GET', saves('/v1/me/saves'), { token: owner })
      const list = JSON.stringify(answer.body['saves'])
      return list.includes(`"video_id":"${video}"`) ? { found: true } : { seen: list }
    })
    const other = await tokens.viewer('8105002')
    const answer = await call('GET', saves('/v1/me/saves'), { token: other })
    expect(answer.body).toEqual({ saves: [] })
  })
})
