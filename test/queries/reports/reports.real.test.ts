// Reports over the real road: time zones, rows that add up, and everything that the catalog lists.
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  call,
  catalogue,
  eventuallyRows,
  keepsake,
  post,
  report,
  reports,
  tokens,
} from '../../support/outside.ts'
import { createEventMaker, seeded, utcDay } from '../../support/events.ts'

const creator = '870001'
const videos = [8_700_011, 8_700_012, 8_700_013]
const HOUR = 3_600_000
const nowMs = Date.now()
const firstMs = Math.floor((nowMs - 4 * 86_400_000) / 60_000) * 60_000

interface Sent {
  readonly type: string
  readonly video: number
  readonly atMs: number
}

/** Four days of acts up to two minutes ago: the independent truth of this file. */
function truth(): readonly Sent[] {
  const random = seeded(70)
  const spanMs = nowMs - 120_000 - firstMs
  return Array.from({ length: 4000 }, () => ({
    type: random() < 0.15 ? 'like' : 'view',
    video: videos[Math.floor(random() * 2)] ?? 0,
    atMs: firstMs + Math.floor(random() * spanMs),
  }))
}

const sent = truth()
const range = { start_date: utcDay(firstMs - 86_400_000), end_date: utcDay(nowMs + 86_400_000) }
const rowsSchema = z.array(z.array(z.union([z.string(), z.number(), z.null()])))

function count(type: string, keep: (act: Sent) => boolean = () => true): number {
  return sent.filter((act) => act.type === type && keep(act)).length
}

beforeAll(async () => {
  await catalogue(creator, videos.map(String))
  const { make, shuffle } = createEventMaker(70)
  const events = sent.map(({ type, video, atMs }, index) =>
    make(type, { user: 1000 + (index % 500), video, creator, atMs }),
  )
  await post(shuffle([...events, ...events.slice(0, 1000)]), 1000)
  const wanted = [[count('view'), count('like')]]
  await eventuallyRows(await tokens.creator(creator), { metrics: 'views,likes', ...range }, wanted)
})

/** The local calendar day or hour of instants, by the runtime's own calendar. */
function localKeys(tz: string, hour: boolean): (atMs: number) => string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: tz,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...(hour ? { hour: '2-digit', hourCycle: 'h23' as const } : {}),
  })
  return (atMs) => parts.format(atMs).replace(' ', 'T')
}

describe('a report', () => {
  test.each(['UTC', 'Asia/Kolkata', 'Asia/Kathmandu', 'America/New_York'])(
    'by day in %s equals a count of what was sent',
    async (tz) => {
      const query = { metrics: 'views,likes', dimensions: 'day', tz, ...range }
      const { body } = await report(await tokens.creator(creator), query)
      const rows = rowsSchema.parse(body['rows'])
      const dayOf = localKeys(tz, false)
      expect(rows.length).toBeGreaterThanOrEqual(6)
      for (const [day, views, likes] of rows) {
        const on = (act: Sent): boolean => dayOf(act.atMs) === day
        expect([day, views ?? 0, likes ?? 0]).toEqual([day, count('view', on), count('like', on)])
      }
      expect(body['totals']).toMatchObject({ row: [null, count('view'), count('like')] })
    },
  )

  test.each(['UTC', 'Asia/Kolkata'])(
    'by hour in %s equals a count of what was sent',
    async (tz) => {
      const query = { metrics: 'views', dimensions: 'hour', tz, max_results: '10000', ...range }
      const { body } = await report(await tokens.creator(creator), query)
      const rows = rowsSchema.parse(body['rows'])
      const hourOf = localKeys(tz, true)
      const expected = Map.groupBy(
        sent.filter(({ type }) => type === 'view'),
        ({ atMs }) => hourOf(atMs),
      )
      const counted = rows.filter(([, views]) => typeof views === 'number' && views > 0)
      expect(counted.length).toBe(expected.size)
      for (const [hour, views] of counted) {
        expect(String(hour)).toMatch(tz === 'UTC' ? /(Z|\+00:00)$/ : /\+05:30$/)
        expect(views).toBe(expected.get(String(hour).slice(0, 13))?.length)
      }
    },
  )

  test('by minute shows the last hour', async () => {
    const query = { metrics: 'views', dimensions: 'minute', ...range }
    const { body } = await report(await tokens.creator(creator), query)
    const rows = rowsSchema.parse(body['rows'])
    expect(rows.length).toBe(60)
    for (const [minute, views] of rows) {
      const fromMs = Date.parse(String(minute))
      const within = (act: Sent): boolean => act.atMs >= fromMs && act.atMs < fromMs + 60_000
      expect([minute, views ?? 0]).toEqual([minute, count('view', within)])
    }
  })

  test('by video has every video of the creator, with zeros', async () => {
    const query = {
      metrics: 'views,likes,like_rate',
      dimensions: 'video',
      sort: '-views',
      ...range,
    }
    const { body } = await report(await tokens.creator(creator), query)
    const expected = videos
      .map((video) => {
        const of = (act: Sent): boolean => act.video === video
        return { video, views: count('view', of), likes: count('like', of) }
      })
      .toSorted((a, b) => b.views - a.views)
    const rows = rowsSchema.parse(body['rows'])
    expect(rows.map(([video, views, likes]) => ({ video: Number(video), views, likes }))).toEqual(
      expected,
    )
    expect(rows.at(-1)?.at(-1)).toBeNull()
    for (const [, views, likes, rate] of rows.slice(0, 2)) {
      expect(Number(rate)).toBeCloseTo(Number(likes) / Number(views), 10)
    }
  })

  test('pages to its end with rows that agree', async () => {
    const token = await tokens.creator(creator)
    const query = { metrics: 'views', dimensions: 'hour', tz: 'Asia/Kolkata', ...range }
    const whole = await report(token, { ...query, max_results: '10000' })
    const rows: unknown[] = []
    let pageToken: string | undefined
    do {
      const next: Readonly<Record<string, string>> =
        pageToken === undefined ? {} : { page_token: pageToken }
      const { body } = await report(token, { ...query, max_results: '50', ...next })
      rows.push(...rowsSchema.parse(body['rows']))
      pageToken = z.string().optional().parse(body['next_page_token'])
    } while (pageToken !== undefined)
    expect(rows).toEqual(whole.body['rows'])
  })

  test('is not sent again when nothing changed, and comes as csv and ndjson', async () => {
    const token = await tokens.creator(creator)
    const day = utcDay(nowMs - 3 * 86_400_000)
    const query = { metrics: 'views', dimensions: 'day', start_date: day, end_date: day }
    const csv = await report(token, { ...query, format: 'csv' })
    expect(csv.headers.get('content-type')).toContain('text/csv')
    expect(csv.text.split(/\r?\n/)[0]).toBe('day,views,views__state')
    const etag = csv.headers.get('etag') ?? ''
    const url = reports(
      `/v1/reports?${new URLSearchParams({ ...query, format: 'csv' }).toString()}`,
    )
    const again = await call('GET', url, { token, headers: { 'if-none-match': etag } })
    expect([again.status, again.text]).toEqual([304, ''])
    const ndjson = await report(token, { ...query, format: 'ndjson' })
    expect(JSON.parse(ndjson.text.split('\n')[0] ?? '')).toMatchObject({ day })
  })

  test('shows a late event of a closed quarter, once', async () => {
    const token = await tokens.creator(creator)
    const { make } = createEventMaker(71)
    const atMs = firstMs + 30 * HOUR
    const video = videos[2] ?? 0
    const late = make('view', { user: 5, video, creator, atMs })
    await post([late, late])
    const day = utcDay(atMs)
    const query = { metrics: 'views', filters: `video==${video}`, start_date: day, end_date: day }
    await eventuallyRows(token, query, [[1]])
    await post([late])
    const marker = make('view', { user: 6, video, creator, atMs: atMs + 1 })
    await post([marker])
    await eventuallyRows(token, query, [[2]])
  })
})

describe('a refusal', () => {
  test.each([
    ['unknown_metric', { metrics: 'vews' }],
    ['unknown_dimension', { metrics: 'views', dimensions: 'planet' }],
    ['unknown_parameter', { metrics: 'views', colour: 'red' }],
    ['bad_date', { metrics: 'views', start_date: '2026-02-30' }],
    ['bad_date', { metrics: 'views', start_date: '2026-12-01', end_date: '2026-11-01' }],
    ['bad_tz', { metrics: 'views', tz: 'Mars/Olympus' }],
    ['range_too_long', { metrics: 'views', start_date: '2020-01-01' }],
    ['range_too_long', { metrics: 'views', dimensions: 'hour', start_date: '2026-01-01' }],
    ['illegal_pair', { metrics: 'views', dimensions: 'day,hour' }],
    ['illegal_filter', { metrics: 'views', filters: 'day==2026-11-01' }],
    ['bad_page_token', { metrics: 'views', page_token: 'x' }],
    ['bad_parameter', { metrics: 'views', max_results: '0' }],
  ])('%s says what is wrong', async (code, query) => {
    const answer = await report(await tokens.creator(creator), { ...range, ...query })
    expect([answer.status, answer.body['code']]).toEqual([400, code])
    expect(String(answer.body['detail']).length).toBeGreaterThan(10)
  })

  test('of a stranger tells nothing', async () => {
    const url = reports(
      `/v1/reports?${new URLSearchParams({ metrics: 'views', ...range }).toString()}`,
    )
    expect((await call('GET', url)).status).toBe(401)
    expect((await call('GET', url, { token: await tokens.viewer('1') })).status).toBe(403)
  })
})

test('everything that the catalog lists works', async () => {
  const token = await tokens.creator(creator)
  const { status, body } = await call('GET', reports('/v1/catalog'), { token })
  expect(status).toBe(200)
  const matrix = z.array(z.object({ metric: z.string(), dimensions: z.array(z.array(z.string())) }))
  const legal = matrix.parse(body['matrix'])
  expect(legal.length).toBeGreaterThanOrEqual(3)
  for (const { metric, dimensions } of legal) {
    const answers = dimensions.map(async (set) => {
      const query = { metrics: metric, ...(set.length === 0 ? {} : { dimensions: set.join(',') }) }
      const answer = await report(token, { ...range, ...query })
      expect([metric, set, answer.status]).toEqual([metric, set, 200])
    })
    await Promise.all(answers)
  }
})

test('an analyst reads any creator’s numbers, and the command line prints them', async () => {
  const query = { metrics: 'views', filters: `creator==${creator}`, ...range }
  const { body } = await report(await tokens.analyst(), query)
  const views = z.tuple([z.tuple([z.number()])]).parse(body['rows'])[0][0]
  expect(views).toBeGreaterThanOrEqual(count('view'))
  const printed = await keepsake(
    'query',
    '--metrics=views',
    `--creator=${creator}`,
    '--last=28d',
    '--format=json',
  )
  expect(JSON.parse(printed)).toMatchObject({ rows: [[views]] })
  const table = await keepsake('query', '--metrics', 'views,likes', '--creator', creator)
  expect(table).toContain(views.toLocaleString('en-US'))
})
