// A10, A11: whether somebody else's video is there, and whether the target saved one's own, tells neither an answer nor the time that it takes.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { portOf } from '#infra/runtime/ops-server.ts'
import { createEventMaker, seeded, utcDay } from '../support/events.ts'
import { call, eventually, post, putVideos, reports, store, tokens } from '../support/outside.ts'
import type { Answer } from '../support/outside.ts'
import { measureInTurns, T_MOST, welchT } from './welch.ts'

const HOUR_MS = 3_600_000
const [owner, stranger] = ['777001', '777002']
/** Alike but for the target's save; of the stranger; never heard of; with acts, but in no catalogue. */
const [saved, unsaved, others, nowhere, uncatalogued] = [
  '77700011',
  '77700012',
  '77700021',
  '77700098',
  '77700099',
]
const target = '7770900'
const publishedMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
const { make } = createEventMaker(777)
const asked = { start_date: utcDay(publishedMs - HOUR_MS), end_date: utcDay(Date.now()) }

const countSchema = z.object({ acts: z.coerce.number() })

beforeAll(async () => {
  const owned = [saved, unsaved].map((videoId) => ({ videoId, creatorId: owner, publishedMs }))
  await putVideos([...owned, { videoId: others, creatorId: stranger, publishedMs }])
  const atMs = Date.now() - 1000
  const viewed = [saved, unsaved, others, uncatalogued].flatMap((video) =>
    Array.from({ length: 5 }, (_, user) =>
      make('view', { user: 7_770_100 + user, video, creator: owner, atMs }),
    ),
  )
  const acts = [
    make('save', { user: target, video: saved, creator: owner, atMs }),
    make('save', { user: target, video: others, creator: stranger, atMs }),
    make('save', { user: target, video: uncatalogued, creator: stranger, atMs }),
  ]
  await post([...viewed, ...acts])
  await using vault = store('vault', 'admin')
  await eventually('the acts', async () => {
    const [found] = await vault.rows(
      countSchema,
      'select count() as acts from vault.facts where video_id in {videos:Array(UInt64)}',
      { videos: [saved, unsaved, others, uncatalogued].map(BigInt) },
    )
    return found?.acts === viewed.length + acts.length ? { found } : { seen: found }
  })
  const token = await tokens.creator(owner)
  const query = new URLSearchParams({ metrics: 'views', ...asked }).toString()
  await eventually('their views', async () => {
    const { body } = await call('GET', reports(`/v1/reports?${query}`), { token })
    return JSON.stringify(body['rows']) === '[[10]]' ? { found: true } : { seen: body['rows'] }
  })
}, 120_000)

/** All that an answer consists of, but for when it was given and the id that was asked about. */
function normalised({ status, headers, text }: Answer, id: string): unknown {
  const told = [...headers].filter(([name]) => !['date', 'etag'].includes(name))
  const body = text
    .replaceAll(id, 'ID')
    .replaceAll(/"(watermark|complete_through|provisional_from)":"[^"]*"/g, '"$1":""')
  return { status, headers: told, hasEtag: headers.has('etag'), body }
}

const questions: readonly ((id: string) => string)[] = [
  (id) => `/v1/reports?metrics=views,saves&filters=video==${id}`,
  (id) => `/v1/reports?metrics=saves,save_rate&dimensions=day&margins=true&filters=video==${id}`,
  (id) => `/v1/reports?metrics=saves&dimensions=video,day&filters=video==${id}`,
  (id) => `/v1/reports?metrics=shares&format=csv&tz=Asia/Kolkata&filters=video==${id}`,
  (id) => `/v1/reports?metrics=saves&filters=creator==${owner};video==${id}`,
]

const withDates = (path: string): string =>
  reports(`${path}&${new URLSearchParams(asked).toString()}`)

describe('a video that is somebody else’s, uncatalogued, or not there at all', () => {
  test('is answered alike', async () => {
    const token = await tokens.creator(owner)
    for (const question of questions) {
      const [first, ...rest] = await Promise.all(
        [nowhere, others, uncatalogued].map(async (id) =>
          normalised(await call('GET', withDates(question(id)), { token }), id),
        ),
      )
      expect(first).toMatchObject({ status: 404 })
      for (const each of rest) expect(each).toEqual(first)
    }
  })

  test('is answered alike where creators are named', async () => {
    const token = await tokens.creator(owner)
    const ofCreators: readonly ((id: string) => string)[] = [
      (id) => withDates(`/v1/reports?metrics=saves&filters=creator==${id}`),
      (id) => reports(`/v1/videos?filters=creator==${id}`),
      (id) => reports(`/v1/notifications?filters=creator==${id}`),
    ]
    for (const question of ofCreators) {
      const [known, unknown] = await Promise.all(
        [stranger, '777098'].map(async (id) =>
          normalised(await call('GET', question(id), { token }), id),
        ),
      )
      expect(known).toMatchObject({ status: 404 })
      expect(known).toEqual(unknown)
    }
  })

  test('takes the same time', async () => {
    const token = await tokens.creator(owner)
    const url = (id: string): string =>
      withDates(`/v1/reports?metrics=views,saves&filters=video==${id}`)
    await expectSameTime([
      () => call('GET', url(others), { token }),
      () => call('GET', url(nowhere), { token }),
    ])
  }, 120_000)
})

describe('the save of the target that is in no leaf yet', () => {
  test('changes no row, state, margin, size, order or entry', async () => {
    const token = await tokens.creator(owner)
    const paths = [
      ...questions,
      (id: string) => `/v1/reports?metrics=engagements&filters=video==${id}`,
    ]
    for (const question of paths) {
      const [one, other] = await Promise.all(
        [saved, unsaved].map(async (id) =>
          normalised(await call('GET', withDates(question(id)), { token }), id),
        ),
      )
      expect(one).toMatchObject({ status: 200 })
      expect(one).toEqual(other)
    }
    for (const sort of ['saves', '-saves', '-save_rate']) {
      const { body } = await call('GET', reports(`/v1/videos?sort=${sort}`), { token })
      const listed = z.array(z.record(z.string(), z.unknown())).parse(body['videos'])
      expect(listed.map((each) => each['video_id'])).toEqual([saved, unsaved])
      const [one, other] = listed.map((each) => ({ ...each, video_id: '', title: '' }))
      expect(one).toEqual(other)
    }
    const { body } = await call('GET', reports('/v1/notifications'), { token })
    expect(body['notifications']).toEqual([])
  })

  test('changes no time', async () => {
    const token = await tokens.creator(owner)
    const url = (id: string): string => withDates(`/v1/reports?metrics=saves&filters=video==${id}`)
    await expectSameTime([
      () => call('GET', url(saved), { token }),
      () => call('GET', url(unsaved), { token }),
    ])
  }, 120_000)
})

type Ways = readonly [() => Promise<unknown>, () => Promise<unknown>]
const ROUNDS = 200

async function expectSameTime(ways: Ways): Promise<void> {
  const coin = seeded(777)
  // The first answers of a process are slower.
  await measureInTurns(ways, 30, coin)
  const [one, other] = await measureInTurns(ways, ROUNDS, coin)
  expect(Math.abs(welchT(one, other))).toBeLessThan(T_MOST)
}

/** Mistakes: what is not the asker's is refused by another code, and after one look more. */
async function withNaiveServer(use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    const isThere = request.url?.includes(others) === true
    // As long as one more question to another server takes.
    const looks = isThere ? 500 : 0
    let digest = ''
    for (let look = 0; look < looks; look++) {
      digest = createHash('sha256').update(digest).digest('hex')
    }
    response.writeHead(isThere ? 403 : 404, { 'content-type': 'application/json' }).end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await use(`http://127.0.0.1:${portOf(server)}`)
  server.closeAllConnections()
  server.close()
}

test('answers and times tell of a server that refuses what is there otherwise than what is not', async () => {
  await withNaiveServer(async (url) => {
    const ask = (id: string) => call('GET', `${url}/${id}`)
    expect(normalised(await ask(others), others)).not.toEqual(
      normalised(await ask(nowhere), nowhere),
    )
    const ways: Ways = [() => ask(others), () => ask(nowhere)]
    const [there, nowhereAtAll] = await measureInTurns(ways, ROUNDS, seeded(778))
    expect(welchT(there, nowhereAtAll)).toBeGreaterThan(T_MOST)
  })
}, 60_000)
