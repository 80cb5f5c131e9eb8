// Private save lists over HTTP: an owner reads every write at once, pages to the end of a changing list, and nobody else sees a thing.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  call,
  catalogue,
  eventually,
  kill,
  post,
  saves,
  store,
  tokens,
} from '../../support/outside.ts'
import { createEventMaker, seeded } from '../../support/events.ts'

const pageSchema = z.object({
  saves: z.array(z.object({ video_id: z.string(), saved_at: z.string(), available: z.boolean() })),
  next_page_token: z.string().optional(),
})

async function page(token: string, query = ''): Promise<z.infer<typeof pageSchema>> {
  const answer = await call('GET', saves(`/v1/me/saves${query}`), { token })
  if (answer.status !== 200) throw new Error(`GET saves: ${answer.status} ${answer.text}`)
  return pageSchema.parse(answer.body)
}

async function wholeList(token: string, limit: number, order = 'newest'): Promise<string[]> {
  const videos: string[] = []
  let pageToken = ''
  do {
    const next = pageToken === '' ? '' : `&page_token=${encodeURIComponent(pageToken)}`
    const { saves: list, next_page_token = '' } = await page(
      token,
      `?limit=${limit}&order=${order}${next}`,
    )
    videos.push(...list.map(({ video_id }) => video_id))
    pageToken = next_page_token
  } while (pageToken !== '')
  return videos
}

const put = (token: string, video: number | string, body?: unknown) =>
  call('PUT', saves(`/v1/me/saves/${video}`), { token, ...(body === undefined ? {} : { body }) })
const remove = (token: string, video: number | string) =>
  call('DELETE', saves(`/v1/me/saves/${video}`), { token })

describe('an owner', () => {
  test('reads every write of their own at once, in any order of saves and unsaves', async () => {
    const token = await tokens.viewer('8600001')
    const random = seeded(60)
    const saved = new Map<string, number>()
    for (let step = 0; step < 60; step++) {
      const video = String(8_600_000 + Math.floor(random() * 6))
      const on = random() < 0.6
      const answer = on ? await put(token, video) : await remove(token, video)
      expect(answer.status).toBe(on ? 200 : 204)
      if (!on) saved.delete(video)
      else if (!saved.has(video)) saved.set(video, step)
      const list = (await page(token)).saves.map(({ video_id }) => video_id)
      const expected = [...saved].toSorted(([, a], [, b]) => b - a).map(([id]) => id)
      expect(list).toEqual(expected)
    }
  })

  test('finds it the same after the consumer has read it from the log as well', async () => {
    const token = await tokens.viewer('8600002')
    await put(token, 8_600_101)
    await put(token, 8_600_102)
    await remove(token, 8_600_101)
    await kill('saves')
    // The log's copies arrive later and must change nothing: wait until the consumer is past them.
    const { make } = createEventMaker(61)
    await post([make('save', { user: 8_600_003, video: 1, creator: 2, atMs: Date.now() })])
    const other = await tokens.viewer('8600003')
    await eventually('the consumer', async () => {
      const list = (await page(other)).saves
      return list.length === 1 ? { found: true } : { seen: list }
    })
    expect((await page(token)).saves.map(({ video_id }) => video_id)).toEqual(['8600102'])
  })

  test('sees titles of videos that all may see, and only the bare save of others', async () => {
    await catalogue('860000', ['8600201', '8600202'])
    const hide = await tokens.service('videos:write')
    const { collector } = await import('../../support/outside.ts')
    await call('PUT', collector('/v1/videos/8600202'), {
      token: hide,
      body: { creator_id: '860000', published_at: '2026-01-01T00:00:00Z', visibility: 'private' },
    })
    const token = await tokens.viewer('8600004')
    for (const video of ['8600201', '8600202', '8600203']) await put(token, video)
    await eventually('titles', async () => {
      const [unknown, hidden, open] = (await page(token)).saves
      const done = open?.available === true && hidden?.available === false
      return done ? { found: unknown } : { seen: [hidden, open] }
    })
    const { body } = await call('GET', saves('/v1/me/saves'), { token })
    const rows = z.array(z.record(z.string(), z.unknown())).parse(body['saves'])
    expect(Object.keys(rows[0] ?? {}).toSorted()).toEqual(Object.keys(rows[1] ?? {}).toSorted())
    expect(rows[2]).toMatchObject({
      creator_id: '860000',
      title: 'video 8600201',
      duration_ms: 9000,
    })
  })

  test('pages a long list to its end while it changes', async () => {
    const token = await tokens.viewer('8600005')
    const { make, shuffle } = createEventMaker(62)
    const nowMs = Date.now()
    const place = (index: number) => ({ user: 8_600_005, video: 10_000 + index, creator: 2 })
    const acts = Array.from({ length: 700 }, (_, index) => [
      make('save', { ...place(index), atMs: nowMs - 10 * (700 - index) }),
      ...(index % 3 === 0
        ? [make('unsave', { ...place(index), atMs: nowMs - 10 * (700 - index) + 5 })]
        : []),
    ])
    await post(shuffle(acts.flat()))
    const kept = Array.from({ length: 700 }, (_, index) => index).filter((index) => index % 3 !== 0)
    const newest = kept.map((index) => String(10_000 + index)).toReversed()
    await eventually('the whole list', async () => {
      const list = await wholeList(token, 200)
      return JSON.stringify(list) === JSON.stringify(newest)
        ? { found: true }
        : { seen: list.length }
    })
    expect(await wholeList(token, 77, 'oldest')).toEqual(newest.toReversed())

    const first = await page(token, '?limit=50')
    await put(token, 99_999)
    const next = encodeURIComponent(first.next_page_token ?? '')
    const second = await page(token, `?limit=50&page_token=${next}`)
    const seen = [...first.saves, ...second.saves].map(({ video_id }) => video_id)
    expect(seen).toEqual(newest.slice(0, 100))
  })

  test('saves and unsaves in the same millisecond: the unsave wins, whichever came first', async () => {
    const { make } = createEventMaker(63)
    const atMs = Date.now() - 1000
    const acts = [8_600_301, 8_600_302].flatMap((video, index) => {
      const place = { user: 8_600_006, video, creator: 2, atMs }
      const both = [make('save', place), make('unsave', place)]
      return index === 0 ? both : both.toReversed()
    })
    const marker = make('save', { user: 8_600_006, video: 8_600_303, creator: 2, atMs })
    await post([...acts, marker])
    const token = await tokens.viewer('8600006')
    await eventually('the marker', async () => {
      const list = (await page(token)).saves.map(({ video_id }) => video_id)
      return list.includes('8600303') ? { found: true } : { seen: list }
    })
    expect((await page(token)).saves.map(({ video_id }) => video_id)).toEqual(['8600303'])
  })
})

describe('everybody else', () => {
  test('is told nothing by tokens, ids or page tokens of another', async () => {
    const owner = await tokens.viewer('8600010')
    for (const video of [1, 2, 3]) await put(owner, 8_600_400 + video)
    const { next_page_token = '' } = await page(owner, '?limit=1')
    const other = await tokens.viewer('8600011')
    expect((await page(other)).saves).toEqual([])
    const stolen = encodeURIComponent(next_page_token)
    const answer = await call('GET', saves(`/v1/me/saves?page_token=${stolen}`), { token: other })
    expect([answer.status, answer.body['code']]).toEqual([400, 'bad_page_token'])
    for (const slot of ['user_id', 'sub', 'user']) {
      const tried = await call('GET', saves(`/v1/me/saves?${slot}=8600010`), { token: other })
      expect([tried.status, tried.body['code']]).toEqual([400, 'unknown_parameter'])
    }
  })

  test('needs a token of a user with the scope', async () => {
    const url = saves('/v1/me/saves')
    expect((await call('GET', url)).status).toBe(401)
    expect((await call('GET', url, { token: await tokens.creator('1') })).status).toBe(403)
    const service = await tokens.service('saves:self')
    expect((await call('GET', url, { token: service })).status).toBe(403)
  })

  test('gets a clear refusal for what is not there', async () => {
    const token = await tokens.viewer('8600012')
    for (const id of ['0', 'abc', '-1', '9223372036854775808', '1%27%20or%201=1']) {
      expect((await put(token, id)).status).toBe(404)
    }
    const folder = await call('GET', saves('/v1/me/saves?collection=5'), { token })
    expect(folder.status).toBe(404)
    expect(await put(token, 5, { region: 'QQ' })).toMatchObject({
      status: 422,
      body: { code: 'not_allowed', field: 'region' },
    })
    expect(await put(token, 5, { user_id: '1' })).toMatchObject({ status: 422 })
  })
})

test('the reader of save lists sees one list, and no table', async () => {
  await using reader = store('vault', 'saves_reader')
  const row = z.object({ video_id: z.string() })
  const select =
    'select toString(video_id) as video_id from vault.save_list(user_id = {user:UInt64})'
  expect((await reader.rows(row, select, { user: '8600010' })).length).toBeGreaterThan(0)
  await expect(reader.command('select * from vault.saves format Null')).rejects.toThrow()
})
