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

const creator = '810001'
const video = 8_100_011

function lastTwoDays(nowMs: number): Readonly<Record<string, string>> {
  return { start_date: utcDay(nowMs - 86_400_000), end_date: utcDay(nowMs) }
}

describe('the walk of an event', () => {
  test('500 views and 40 likes, each posted twice in any order, count 500 and 40', async () => {
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

  test('one id counts once, whatever a second payload says of video, type or watch time', async () => {
    const nowMs = Date.now()
    const { make } = createEventMaker(7)
    const pair = [video + 5, video + 6]
    await catalogue(creator, pair.map(String))
    const token = await tokens.creator(creator)
    const query = {
      metrics: 'views,likes',
      filters: `video==${pair.join(',')}`,
      ...lastTwoDays(nowMs),
    }
    let [views, likes] = [0, 0]
    for (const atMs of [nowMs - 1000, nowMs - 5 * 3600_000]) {
      const first = make('view', { user: 1, video: pair[0] ?? 0, creator, atMs })
      const seen = async (): Promise<readonly [number, number]> => {
        const { body } = await report(token, query)
        return z.tuple([z.tuple([z.number(), z.number()])]).parse(body['rows'])[0]
      }
      await post([first])
      await eventuallyRows(token, query, [[views + 1, likes]])
      await post([{ ...first, video_id: String(pair[1]) }])
      await post([{ ...first, watched_ms: 1 }])
      const { watched_ms: _w, duration_ms: _d, ...rest } = first
      await post([{ ...rest, type: 'like' }])
      // A later event of the same slot shows that the recount has come by.
      await post([make('view', { user: 2, video: pair[0] ?? 0, creator, atMs })])
      ;[views, likes] = await eventually('one act more', async () => {
        const now = await seen()
        return now[0] + now[1] === views + likes + 2 ? { found: now } : { seen: now }
      })
    }
  })

  test('a video that is catalogued late shows its whole past', async () => {
    const nowMs = Date.now()
    const { make } = createEventMaker(3)
    const late = video + 2
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
    const own = video + 3
    await catalogue(creator, [String(own)])
    const at = { video: own, creator, atMs: nowMs - 1000 }
    await post([make('view', { ...at, user: creator }), make('view', { ...at, user: 77 })])
    const query = { metrics: 'views', filters: `video==${own}`, ...lastTwoDays(nowMs) }
    await eventuallyRows(await tokens.creator(creator), query, [[1]])
  })

  test('another creator’s video is not there', async () => {
    const nowMs = Date.now()
    const stranger = await tokens.creator('810999')
    const query = { metrics: 'views', filters: `video==${video}`, ...lastTwoDays(nowMs) }
    const foreign = await report(stranger, query)
    const missing = await report(stranger, { ...query, filters: 'video==999999999' })
    expect(foreign.status).toBe(404)
    expect(foreign.text).toBe(missing.text)
  })

  test('a save is in its owner’s list and in nobody else’s', async () => {
    const nowMs = Date.now()
    const { make } = createEventMaker(5)
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
