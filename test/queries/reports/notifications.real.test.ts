// A stitch or duet tells the original's creator: once per derived video, whatever is repeated, forged or killed, and only of what is public now.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { openTableReader } from '#infra/kafka/table-reader.ts'
import type { TableReader } from '#infra/kafka/table-reader.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { createLog } from '#infra/runtime/log.ts'
import type { Notification } from '#schemas/notification.ts'
import {
  call,
  catalogue,
  collector,
  eventually,
  kill,
  platform,
  post,
  reports,
  tokens,
} from '../../support/outside.ts'
import type { Answer, Json } from '../../support/outside.ts'
import { createEventMaker } from '../../support/events.ts'

const { make, shuffle } = createEventMaker(88)
const nowMs = Date.now()

const log = createLog({ name: 'test', level: 'silent' })
const eventLog = openKafkaEventLog({ log, clientId: 'test', brokers: [platform.kafkaBrokers] })
const told: { readonly key: string; readonly notification: Notification }[] = []
let reader: TableReader | undefined

beforeAll(async () => {
  const codec = openAvroCodec<Notification>('notification-v1')
  reader = await openTableReader({
    eventLog,
    clock: systemClock,
    topic: 'notifications.v1',
    apply({ key, value }) {
      const notification = value === null ? null : codec.decode(value)
      if (notification === null) throw new Error('a record is no notification')
      told.push({ key: key?.toString() ?? '', notification })
    },
    onCrash(error) {
      throw error
    },
  })
})
afterAll(async () => {
  await reader?.[Symbol.asyncDispose]()
  await eventLog[Symbol.asyncDispose]()
})

/** What the topic says of a derived video, oldest first. */
function toldOf(derived: number): readonly Notification[] {
  return told
    .map(({ notification }) => notification)
    .filter(({ derived_video_id }) => derived_video_id === BigInt(derived))
}

async function putVideo(video: number, creator: number, more: Json = {}): Promise<void> {
  const answer = await call('PUT', collector(`/v1/videos/${video}`), {
    token: await tokens.service('videos:write', 'videos:transfer'),
    body: {
      creator_id: String(creator),
      published_at: '2026-01-01T00:00:00Z',
      title: `video ${video}`,
      ...more,
    },
  })
  if (answer.status >= 300) throw new Error(`PUT video: ${answer.status} ${answer.text}`)
}

const madeFrom = (original: number, kind = 'duet'): Json => ({
  kind,
  original_video_id: String(original),
})

interface Remix {
  readonly type?: string
  readonly by: number
  readonly of: number
  /** Whose the original is, as the event says. */
  readonly whose: number
  readonly derived: number
  readonly atMs?: number
}

function remix({ type = 'duet', by, of, whose, derived, atMs = nowMs }: Remix): Json {
  const place = { user: by, video: of, creator: whose, atMs }
  return make(type, place, { derived_video_id: String(derived) })
}

const entrySchema = z.strictObject({
  type: z.enum(['stitch', 'duet']),
  video_id: z.string(),
  title: z.string().optional(),
  derived_video_id: z.string(),
  derived_title: z.string().optional(),
  creator_id: z.string(),
  handle: z.string().optional(),
  occurred_at: z.string(),
})
const feedSchema = z.strictObject({
  notifications: z.array(entrySchema),
  next_page_token: z.string().optional(),
})
type Entry = z.infer<typeof entrySchema>

function ask(token: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const search = new URLSearchParams(query).toString()
  return call('GET', reports(`/v1/notifications?${search}`), { token })
}

async function feed(creator: number): Promise<readonly Entry[]> {
  const answer = await ask(await tokens.creator(String(creator)), { max_results: '10000' })
  if (answer.status !== 200) throw new Error(`GET notifications: ${answer.status} ${answer.text}`)
  return feedSchema.parse(answer.body).notifications
}

/** Waits until a creator's feed names these derived videos, newest first. */
function eventuallyFeed(creator: number, derived: readonly number[]): Promise<readonly Entry[]> {
  const wanted = JSON.stringify(derived.map(String))
  return eventually(`a feed of ${wanted.slice(0, 200)}`, async () => {
    const entries = await feed(creator)
    const seen = entries.map(({ derived_video_id }) => derived_video_id)
    return JSON.stringify(seen) === wanted ? { found: entries } : { seen: seen.slice(0, 20) }
  })
}

function eventuallyTold(derived: number): Promise<Notification> {
  return eventually(`a record of ${derived}`, async () => {
    const [first] = toldOf(derived)
    return first === undefined ? { seen: told.length } : { found: first }
  })
}

/** The answer with nothing that is new each time. */
const etagOf = (answer: Answer): string => answer.headers.get('etag') ?? ''

// Each test up to the pages has creators of its own, so that all wait for the same passes.
describe.concurrent('a stitch or duet', () => {
  test('tells the creator of the original who made which video, when, and of what', async () => {
    await putVideo(8_800_011, 880_001)
    await putVideo(8_800_012, 880_002, madeFrom(8_800_011, 'stitch'))
    await putVideo(8_800_013, 880_003, madeFrom(8_800_011))
    await call('PUT', collector('/v1/creators/880002'), {
      token: await tokens.service('videos:write'),
      body: { handle: 'mira.cooks', time_zone: 'Europe/Berlin' },
    })
    const of = { of: 8_800_011, whose: 880_001 }
    const atMs = Date.parse('2026-01-02T03:04:05.678Z')
    await post(
      [
        remix({ ...of, type: 'stitch', by: 880_002, derived: 8_800_012, atMs }),
        remix({ ...of, by: 880_003, derived: 8_800_013, atMs: atMs + 1 }),
      ],
      200,
      'events:write events:backfill',
    )
    await eventually('the handle', async () => {
      const entries = await feed(880_001)
      return entries[1]?.handle === undefined ? { seen: entries } : { found: true }
    })
    const video = { video_id: '8800011', title: 'video 8800011' }
    const occurred_at = '2026-01-02T03:04:00.000Z'
    expect(await feed(880_001)).toEqual([
      {
        type: 'duet',
        ...video,
        derived_video_id: '8800013',
        derived_title: 'video 8800013',
        creator_id: '880003',
        occurred_at,
      },
      {
        type: 'stitch',
        ...video,
        derived_video_id: '8800012',
        derived_title: 'video 8800012',
        creator_id: '880002',
        handle: 'mira.cooks',
        occurred_at,
      },
    ])
    const record = {
      type: 'stitch',
      creator_id: 880_001n,
      video_id: 8_800_011n,
      derived_video_id: 8_800_012n,
      derived_creator_id: 880_002n,
      occurred_at: BigInt(atMs),
    }
    expect(await eventuallyTold(8_800_012)).toEqual(record)
    expect(told.find(({ notification }) => notification.derived_video_id === 8_800_012n)?.key).toBe(
      '880001',
    )
    expect(await feed(880_002)).toEqual([])
  })

  test('of what nobody did, did with their own, or did otherwise, tells nothing', async () => {
    await catalogue('880201', ['8802011', '8802012'])
    await putVideo(8_802_013, 880_201, madeFrom(8_802_011))
    await putVideo(8_802_014, 880_202, madeFrom(8_802_011))
    await putVideo(8_802_015, 880_202, madeFrom(8_802_011))
    const place = { user: 880_202, video: 8_802_011, creator: 880_201, atMs: nowMs }
    await post([
      ...['view', 'like', 'save', 'unsave', 'share', 'comment', 'follow'].map((type) =>
        make(type, place),
      ),
      // The catalogue alone says that this is one's own: the event names another creator.
      remix({ by: 880_201, of: 8_802_011, whose: 999, derived: 8_802_013 }),
      remix({ by: 880_202, of: 8_802_011, whose: 880_201, derived: 8_802_014 }),
    ])
    await eventuallyFeed(880_201, [8_802_014])
    await eventuallyTold(8_802_014)
    expect(toldOf(8_802_013)).toEqual([])
    expect(toldOf(8_802_015)).toEqual([])
  })
})

describe.concurrent('an entry', () => {
  test('shows and hides with either of its videos, as if it had never been', async () => {
    const hides = ['private', 'friends', 'unlisted'].flatMap((visibility, at) => [
      { visibility, hidden: 'derived', original: 8_803_011 + at, derived: 8_803_021 + at },
      { visibility, hidden: 'original', original: 8_803_031 + at, derived: 8_803_041 + at },
    ])
    const putPairs = (shown: boolean): Promise<unknown> =>
      Promise.all(
        hides.map(async ({ visibility, hidden, original, derived }) => {
          const as = (video: string): Json => (shown || video !== hidden ? {} : { visibility })
          await putVideo(original, 880_301, as('original'))
          await putVideo(derived, 880_302, { ...madeFrom(original), ...as('derived') })
        }),
      )
    const all = hides.map(({ derived }) => derived)
    await putPairs(true)
    await post(
      hides.map(({ original, derived }, at) =>
        remix({ by: 880_302, of: original, whose: 880_301, derived, atMs: nowMs - at * 1000 }),
      ),
    )
    await eventuallyFeed(880_301, all)
    for (const derived of all) await eventuallyTold(derived)
    const token = await tokens.creator('880301')
    const empty = etagOf(await ask(await tokens.creator('880309')))
    await putPairs(false)
    await eventuallyFeed(880_301, [])
    expect(etagOf(await ask(token))).toBe(empty)
    await putPairs(true)
    await eventuallyFeed(880_301, all)
    for (const derived of all) expect(toldOf(derived)).toHaveLength(1)
    const gone = await call('DELETE', collector(`/v1/videos/${all[0]}`), {
      token: await tokens.service('videos:write'),
    })
    expect(gone.status).toBe(204)
    await eventuallyFeed(880_301, all.slice(1))
  })

  test('goes with the original to a new creator, and names whose the derived video is now', async () => {
    await putVideo(8_805_011, 880_501)
    await putVideo(8_805_012, 880_502, madeFrom(8_805_011))
    await post([remix({ by: 880_502, of: 8_805_011, whose: 880_501, derived: 8_805_012 })])
    await eventuallyFeed(880_501, [8_805_012])
    await putVideo(8_805_011, 880_503)
    await eventuallyFeed(880_503, [8_805_012])
    expect(await feed(880_501)).toEqual([])
    await putVideo(8_805_012, 880_504, madeFrom(8_805_011))
    await eventually('the new owner', async () => {
      const entries = await feed(880_503)
      return entries[0]?.creator_id === '880504' ? { found: true } : { seen: entries }
    })
    // Both in one hand: a remix of one's own.
    await putVideo(8_805_012, 880_503, madeFrom(8_805_011))
    await eventuallyFeed(880_503, [])
  })
})

describe.concurrent('what is not so', () => {
  test('misleads nobody: a forged event takes neither an entry nor its time', async () => {
    await catalogue('880601', ['8806011'])
    await catalogue('880602', ['8806012', '8806014'])
    await putVideo(8_806_013, 880_603, madeFrom(8_806_011, 'stitch'))
    const derived = 8_806_013
    const forged = [
      remix({ by: 880_603, of: 8_806_012, whose: 880_602, derived, atMs: nowMs - 3_600_000 }),
      remix({ by: 666, of: 8_806_011, whose: 880_601, derived, atMs: nowMs - 7_200_000 }),
      // A video of somebody else, that the catalogue does not call a remix.
      remix({ by: 666, of: 8_806_011, whose: 880_601, derived: 8_806_014 }),
      remix({ by: 666, of: 8_806_012, whose: 666, derived: 8_806_011 }),
    ]
    const atMs = nowMs - 120_000
    const own = { by: 880_603, of: 8_806_011, whose: 880_601, derived }
    // In two records: whatever came first, the same stands in the end.
    await post(forged)
    await post([
      remix({ ...own, type: 'stitch', atMs }),
      remix({ ...own, type: 'duet', atMs: nowMs }),
    ])
    const occurred_at = new Date(atMs - (atMs % 60_000)).toISOString()
    await eventually('the true time', async () => {
      const entries = await feed(880_601)
      return entries[0]?.occurred_at === occurred_at ? { found: true } : { seen: entries }
    })
    expect(await feed(880_601)).toMatchObject([
      { type: 'stitch', video_id: '8806011', derived_video_id: '8806013', creator_id: '880603' },
    ])
    expect(await feed(880_602)).toEqual([])
    await eventually('the true time in the topic', async () => {
      const newest = toldOf(derived).at(-1)
      return newest?.occurred_at === BigInt(atMs)
        ? { found: true }
        : { seen: String(newest?.occurred_at) }
    })
    expect(new Set(toldOf(derived).map(({ creator_id }) => creator_id))).toEqual(
      new Set([880_601n]),
    )
    expect([...toldOf(8_806_014), ...toldOf(8_806_011)]).toEqual([])
  })

  test('is left to the event where the catalogue names no original, if its user owns the video', async () => {
    await catalogue('880701', ['8807011'])
    await catalogue('880702', ['8807012', '8807013', '8807014'])
    const of = { of: 8_807_011, whose: 880_701 }
    await post([
      remix({ ...of, by: 880_702, derived: 8_807_012 }),
      remix({ ...of, by: 666, derived: 8_807_013 }),
      remix({ ...of, by: 880_702, derived: 8_807_014, atMs: nowMs - 1 }),
    ])
    await eventuallyFeed(880_701, [8_807_012, 8_807_014])
    await putVideo(8_807_014, 880_702, madeFrom(8_807_012))
    await eventuallyFeed(880_701, [8_807_012])
  })
})

describe('a page', () => {
  test('goes on where the last one ended, whatever has come meanwhile', async () => {
    const derived = Array.from({ length: 7 }, (_, index) => 8_808_100 + index)
    await putVideo(8_808_011, 880_801)
    for (const id of [...derived, 8_808_200]) await putVideo(id, 880_802, madeFrom(8_808_011))
    const of = { by: 880_802, of: 8_808_011, whose: 880_801 }
    // Three of them in one millisecond.
    const atOf = (at: number): number => nowMs - 60_000 - (at < 3 ? 0 : at * 1000)
    await post(shuffle(derived.map((id, at) => remix({ ...of, derived: id, atMs: atOf(at) }))))
    const order = [...derived.slice(0, 3).toReversed(), ...derived.slice(3)]
    await eventuallyFeed(880_801, order)

    const token = await tokens.creator('880801')
    const first = feedSchema.parse((await ask(token, { max_results: '2' })).body)
    await post([remix({ ...of, derived: 8_808_200, atMs: nowMs - 1 })])
    await eventuallyFeed(880_801, [8_808_200, ...order])
    const seen = [...first.notifications]
    let page_token = first.next_page_token
    while (page_token !== undefined) {
      const next = feedSchema.parse((await ask(token, { max_results: '2', page_token })).body)
      seen.push(...next.notifications)
      page_token = next.next_page_token
    }
    expect(seen.map(({ derived_video_id }) => Number(derived_video_id))).toEqual(order)
  })

  test('is there for its caller and its question alone', async () => {
    const token = await tokens.creator('880801')
    const { next_page_token: page_token = '' } = feedSchema.parse(
      (await ask(token, { max_results: '2' })).body,
    )
    const analyst = await tokens.analyst()
    const refused = await Promise.all([
      ask(analyst, { max_results: '2', page_token, filters: 'creator==880801' }),
      ask(token, { max_results: '3', page_token }),
      ask(token, { max_results: '2', page_token: `${page_token.slice(0, -2)}AA` }),
      call('GET', reports(`/v1/videos?max_results=2&page_token=${page_token}`), { token }),
    ])
    expect(refused.map(({ status, body }) => [status, body['code']])).toEqual(
      refused.map(() => [400, 'bad_page_token']),
    )
  })

  test('that a client has already is not sent again', async () => {
    const token = await tokens.creator('880801')
    const etag = etagOf(await ask(token))
    const again = await call('GET', reports('/v1/notifications'), {
      token,
      headers: { 'if-none-match': etag },
    })
    expect([again.status, again.text]).toEqual([304, ''])
  })
})

describe('a caller', () => {
  test('reads their own feed, an analyst any, and the rest is not there', async () => {
    const other = await tokens.creator('880802')
    expect((await ask(other)).body['notifications']).toEqual([])
    for (const creator of ['880801', '88080199']) {
      const answer = await ask(other, { filters: `creator==${creator}` })
      expect([answer.status, answer.body['code']]).toEqual([404, 'not_found'])
    }
    const analyst = await tokens.analyst()
    const any = await ask(analyst, { filters: 'creator==880801' })
    expect(feedSchema.parse(any.body).notifications).toHaveLength(8)
    expect((await ask(analyst, { filters: 'creator==88080199' })).status).toBe(404)
    expect(any.text).toBe((await ask(await tokens.creator('880801'))).text)
  })

  test('without the scope, or with a question that is not known, is told so', async () => {
    const token = await tokens.creator('880801')
    expect((await ask('')).status).toBe(401)
    expect((await ask(await tokens.viewer('880801'))).status).toBe(403)
    const told400 = async (query: Readonly<Record<string, string>>): Promise<unknown> => {
      const { status, body } = await ask(token, query)
      return [status, body['code']]
    }
    expect(await told400({ sort: 'occurred_at' })).toEqual([400, 'unknown_parameter'])
    expect(await told400({ max_results: '0' })).toEqual([400, 'bad_parameter'])
    expect(await told400({ max_results: '10001' })).toEqual([400, 'bad_parameter'])
    expect(await told400({ filters: 'video==8808011' })).toEqual([400, 'illegal_filter'])
    expect(await told400({ page_token: 'x' })).toEqual([400, 'bad_page_token'])
    expect((await ask(await tokens.analyst())).body['code']).toBe('illegal_filter')
  })
})

// After the others: a death may tell of the same once more.
describe.concurrent('whenever the consumer dies, a stitch or duet', () => {
  test('tells once per derived video, whatever is sent again', async () => {
    const derived = Array.from({ length: 150 }, (_, index) => 8_801_100 + index)
    await putVideo(8_801_011, 880_101)
    const lines = derived.map((id) => ({
      video_id: String(id),
      creator_id: '880102',
      published_at: '2026-01-01T00:00:00Z',
      ...madeFrom(8_801_011),
    }))
    const answer = await call('POST', collector('/v1/videos'), {
      token: await tokens.service('videos:write'),
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
      contentType: 'application/x-ndjson',
    })
    expect(answer.status).toBe(202)
    const of = { by: 880_102, of: 8_801_011, whose: 880_101 }
    const first = derived.map((id, at) => remix({ ...of, derived: id, atMs: nowMs - at * 1000 }))
    // Under an id of its own and later: the same derived video, so the same notification.
    const again = derived.map((id, at) =>
      remix({ ...of, derived: id, atMs: nowMs - at * 1000 + 7 }),
    )
    const all = shuffle([...first, ...first, ...again])
    for (let from = 0; from < all.length; from += 90) {
      await post(all.slice(from, from + 90), 30)
      if (from % 180 === 90) await kill('notifications')
    }
    const entries = await eventuallyFeed(880_101, derived)
    expect(new Set(entries.map(({ creator_id }) => creator_id))).toEqual(new Set(['880102']))
    await eventually('a record of each', async () => {
      const missing = derived.filter((id) => toldOf(id).length === 0)
      return missing.length === 0 ? { found: true } : { seen: missing.length }
    })
    const newest = derived.map((id) => Number(toldOf(id).at(-1)?.occurred_at))
    expect(newest).toEqual(derived.map((_, at) => nowMs - at * 1000))
  })

  test('appears when its videos are catalogued late, in whatever order', async () => {
    const events = [1, 2].map((each) =>
      remix({ by: 880_402, of: 8_804_010 + each, whose: 999, derived: 8_804_020 + each }),
    )
    await post(events)
    await putVideo(8_804_011, 880_401)
    await putVideo(8_804_022, 880_402, madeFrom(8_804_012))
    // Waits past both: an event of another creator tells that the consumer has read them.
    await putVideo(8_804_031, 880_403)
    await putVideo(8_804_032, 880_402, madeFrom(8_804_031))
    await post([remix({ by: 880_402, of: 8_804_031, whose: 880_403, derived: 8_804_032 })])
    await eventuallyFeed(880_403, [8_804_032])
    expect(await feed(880_401)).toEqual([])
    await kill('notifications')
    await putVideo(8_804_021, 880_402, madeFrom(8_804_011))
    await putVideo(8_804_012, 880_401)
    await eventuallyFeed(880_401, [8_804_022, 8_804_021])
    expect(await eventuallyTold(8_804_021)).toMatchObject({ creator_id: 880_401n })
    expect(await eventuallyTold(8_804_022)).toMatchObject({ creator_id: 880_401n })
  })
})
