// Breakdowns over HTTP, of buckets put there by hand: rows add up to what the same report says without them, in every scope, cut of time and zone.
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createEventMaker, utcDay } from '../../support/events.ts'
import { importPast } from '../../support/history.ts'
import { call, eventually, keepsake, report, reports, tokens } from '../../support/outside.ts'
import { publishBuckets } from '../../support/stored-buckets.ts'

const creator = '920101'
const stranger = '920102'
/** Told to the end; told of 40 of its 60 viewers; handed to the pool of its creator. */
const [whole, behind, pooled] = ['9201011', '9201012', '9201013']
const DAY = 86_400
const today = Math.floor(Date.now() / 1000 / DAY) * DAY
const daysAgo = (days: number): number => today - days * DAY
const dayOf = (days: number): string => utcDay(daysAgo(days) * 1000)

/** Fewer than make a bucket of their own, so that the sealer adds none: those of this test are by hand. */
const viewers = [
  { video: whole, day: 3, count: 95 },
  { video: behind, day: 3, count: 40 },
  { video: behind, day: 2, count: 20 },
  { video: pooled, day: 3, count: 38 },
]
const likers = { video: whole, day: 3, count: 40 }
const savers = { video: whole, day: 3, count: 80 }

const range = { start_date: dayOf(4), end_date: dayOf(1) }
const answerSchema = z.object({
  columns: z.array(z.object({ name: z.string() })),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  states: z.array(z.array(z.string())),
  margins: z.array(z.array(z.number().nullable())).optional(),
  totals: z.object({
    row: z.array(z.number().nullable()),
    states: z.array(z.string().nullable()),
  }),
  covers: z.record(z.string(), z.tuple([z.string(), z.string()])),
  privacy: z.object({
    policy: z.string().nullable(),
    hidden_rows: z.number(),
    rolled_into: z.string().nullable(),
  }),
})

async function ask(query: Readonly<Record<string, string>>) {
  const { status, body, text } = await report(await tokens.creator(creator), { ...range, ...query })
  if (status !== 200) throw new Error(text)
  return answerSchema.parse(body)
}

function sumOf(rows: readonly (readonly unknown[])[], column: number): number {
  return rows.reduce((sum, row) => sum + Number(row[column] ?? 0), 0)
}

const span = { fromS: daysAgo(4), toS: daysAgo(1) }
const on = (count: number): Readonly<Record<string, number>> => ({ [dayOf(3)]: count })

beforeAll(async () => {
  const owned = [whole, behind, pooled].map((videoId) => ({
    videoId,
    creatorId: creator,
    publishedMs: daysAgo(4) * 1000,
  }))
  const { make, shuffle } = createEventMaker(92)
  const events = [
    ...viewers.map((acts) => ({ type: 'view', ...acts })),
    { type: 'like', ...likers },
    { type: 'save', ...savers },
  ].flatMap(({ type, video, day, count }) =>
    Array.from({ length: count }, (_, user) =>
      make(type, {
        user: 1000 * day + user + 1,
        video,
        creator,
        atMs: (daysAgo(day) + 3 * 3600 + user * 600) * 1000,
      }),
    ),
  )
  await importPast(owned, shuffle(events))
  // A hundred and more people of one act would be buckets of the sealer's own.
  expect(Math.max(...viewers.map(({ count }) => count), savers.count)).toBeLessThan(100)
  const saved = await eventually('totals', async () => {
    const query = { metrics: 'viewers,likers,saves', filters: `video==${whole}` }
    // Until the catalogue knows the video it is nobody's.
    const { body } = await report(await tokens.creator(creator), { ...range, ...query })
    const { rows } = z.object({ rows: answerSchema.shape.rows.default([]) }).parse(body)
    const [people, liked, saves] = rows[0] ?? []
    const isSealed = typeof saves === 'number' && saves > 50
    return people === 95 && liked === 40 && isSealed ? { found: saves } : { seen: rows }
  })
  await publishBuckets(
    [
      {
        videoId: whole,
        metric: 'viewers',
        bucket: 1,
        ...span,
        people: on(95),
        cells: {
          region: { DE: 60, FR: 32, US: 5, JP: -2 },
          age_band: { '18-24': 61, '25-34': 33, unknown: 12, '65+': -4 },
        },
      },
      {
        videoId: whole,
        metric: 'likers',
        bucket: 1,
        ...span,
        people: on(40),
        cells: { region: { DE: 36, FR: 3, US: 1 } },
      },
      {
        videoId: whole,
        metric: 'saves',
        bucket: 1,
        ...span,
        people: on(saved),
        cells: { region: { DE: 41, FR: 29, IT: 3, ZZ: 1 } },
      },
      {
        videoId: behind,
        metric: 'viewers',
        bucket: 1,
        fromS: daysAgo(4),
        toS: daysAgo(2),
        people: on(40),
        cells: { region: { US: 41, DE: 2 } },
      },
      {
        videoId: pooled,
        metric: 'viewers',
        bucket: 1,
        ...span,
        people: on(38),
        cells: {},
        pooledBy: creator,
      },
    ],
    [
      {
        creatorId: creator,
        metric: 'viewers',
        bucket: 1,
        ...span,
        people: on(38),
        cells: { region: { DE: 38, US: 1 } },
      },
    ],
  )
})

describe('viewers of a video', () => {
  test('by region are its cells, small ones as one row, fitted to the total', async () => {
    const query = { metrics: 'viewers', dimensions: 'region', filters: `video==${whole}` }
    const { rows, states, margins, totals, privacy } = await ask({ ...query, margins: 'true' })
    expect(rows).toEqual([
      ['DE', 60],
      ['FR', 32],
      ['rest', 3],
    ])
    expect(states.map(([, state]) => state)).toEqual(['value', 'value', 'value'])
    expect(totals).toMatchObject({ row: [null, 95], states: [null, 'value'] })
    // Noise of 0.25: 2 a / (1 - a)^2, a = e^-0.25; `rest` has that of all the cells in it.
    const a = Math.exp(-0.25)
    const width = (cells: number) => Math.ceil(1.96 * Math.sqrt((cells * 2 * a) / (1 - a) ** 2))
    expect(margins?.map(([, margin]) => margin)).toEqual([
      width(1),
      width(1),
      width(privacy.hidden_rows),
    ])
    expect(privacy).toMatchObject({ rolled_into: 'rest' })
    expect(privacy.policy).toMatch(/^\d{4}-\d\d-\d/)
  })

  test('by age have none of 13 to 17', async () => {
    const query = { metrics: 'viewers', dimensions: 'age_band', filters: `video==${whole}` }
    const { rows, privacy } = await ask(query)
    expect(rows.map(([band]) => band)).toEqual(['18-24', '25-34', 'rest'])
    expect([sumOf(rows, 1), privacy.hidden_rows]).toEqual([95, 5])
  })

  test('of a part of a bucket weigh as much as its people of that time, and are less certain', async () => {
    const query = { metrics: 'viewers', dimensions: 'day,region', filters: `video==${whole}` }
    const { rows, states, margins } = await ask({ ...query, tz: 'Asia/Kolkata', margins: 'true' })
    const at = rows.findIndex(([day, region]) => day === dayOf(3) && region === 'DE')
    // Its day ends at half past six of the UTC day on which all the people are.
    const weight = 18.5 / 24
    const a = Math.exp(-0.25)
    const between = weight * (1 - weight)
    const noise = weight ** 2 * ((2 * a) / (1 - a) ** 2)
    const variance = noise + between * 60 + (0.2 * between * 60) ** 2
    expect([margins?.[at]?.[2], states[at]?.[2]]).toEqual([
      Math.ceil(1.96 * Math.sqrt(variance)),
      'estimated',
    ])
  })

  test('past its last bucket are one row', async () => {
    const query = { metrics: 'viewers', dimensions: 'region', filters: `video==${behind}` }
    const { rows, states } = await ask(query)
    expect(rows[0]?.[0]).toBe('US')
    expect([rows.at(-1), states.at(-1)]).toEqual([
      ['not_yet', 20],
      ['value', 'value'],
    ])
    expect(sumOf(rows, 1)).toBe(60)
  })

  test('that was handed to the pool are told by no value', async () => {
    const query = { metrics: 'viewers', dimensions: 'region', filters: `video==${pooled}` }
    expect((await ask(query)).rows).toEqual([['not_yet', 38]])
  })
})

describe('viewers of a creator', () => {
  test('are those of all videos and of the pool, as small as the noise of all of them', async () => {
    const { rows, totals } = await ask({ metrics: 'viewers', dimensions: 'region' })
    expect(rows.map(([region]) => region)).toEqual(['DE', 'rest', 'not_yet'])
    expect([sumOf(rows, 1), totals.row[1]]).toEqual([193, 193])
    expect(rows.at(-1)).toEqual(['not_yet', 20])
    // 60 + 2 + 38 in cells, less its share of what is too much.
    expect(Math.abs(Number(rows[0]?.[1]) - 100)).toBeLessThanOrEqual(2)
  })

  test.each([
    ['UTC', 'day'],
    ['Asia/Kolkata', 'day'],
    ['America/New_York', 'week'],
    ['Pacific/Apia', 'month'],
  ])('in %s by %s add up in every row to the report without the breakdown', async (tz, cut) => {
    const metrics = 'viewers,likers,saves'
    const filters = `video==${whole},${behind}`
    for (const scope of [{}, { filters }]) {
      const plain = await ask({ metrics, dimensions: cut, tz, ...scope })
      const broken = await ask({
        metrics,
        dimensions: `region,${cut}`,
        tz,
        max_results: '10000',
        ...scope,
      })
      expect(broken.totals).toEqual({
        row: [null, ...plain.totals.row],
        states: [null, ...plain.totals.states],
      })
      for (const [at, ...totals] of plain.rows) {
        const own = broken.rows.filter((row) => row[1] === at)
        const sums = totals.map((_, column) => sumOf(own, column + 2))
        expect([at, sums]).toEqual([at, totals.map((total) => total ?? 0)])
      }
    }
  })

  test('in rows of time are dense: every value in each', async () => {
    const byDay = await ask({ metrics: 'viewers', dimensions: 'day,region', sort: '-viewers,day' })
    const [days, regions] = [0, 1].map((column) => new Set(byDay.rows.map((row) => row[column])))
    expect(byDay.rows.length).toBe((days?.size ?? 0) * (regions?.size ?? 0))
    expect(byDay.rows[0]?.slice(0, 2)).toEqual([dayOf(3), 'DE'])
    const nobody = byDay.rows.findIndex(([day, region]) => day === dayOf(4) && region === 'DE')
    expect([byDay.rows[nobody]?.[2], byDay.states[nobody]?.[2]]).toEqual([0, 'zero'])
  })
})

describe('other questions', () => {
  test('rates are over the viewers of the same value, and of the rest', async () => {
    const query = { dimensions: 'region', filters: `video==${whole}`, margins: 'true' }
    const { rows, states, margins, totals, columns } = await ask({
      ...query,
      metrics: 'viewers,likers,like_rate_viewers',
    })
    expect(columns.at(-1)).toMatchObject({ name: 'like_rate_viewers' })
    expect(rows).toEqual([
      ['DE', 60, 36, 0.6],
      ['FR', 32, null, null],
      ['rest', 3, 4, 4 / 35],
    ])
    expect(states[1]).toEqual(['value', 'value', 'suppressed', 'suppressed'])
    expect(Number(margins?.[0]?.[3])).toBeCloseTo((12 / 60) * Math.sqrt(1.36), 1)
    expect(totals.row).toEqual([null, 95, 40, 40 / 95])
  })

  test('a rate of a creator covers what is told of any video, though another is behind', async () => {
    const { covers, totals } = await ask({ metrics: 'like_rate_viewers', dimensions: 'region' })
    // The others have viewers, also in the pool, and nobody who likes them.
    const people = 95 + 40 + 38
    expect(totals).toMatchObject({ row: [null, 40 / people], states: [null, 'partial'] })
    const until = covers['like_rate_viewers']?.[1] ?? ''
    expect(Date.parse(until) / 1000).toBe(span.toS)
  })

  test('csv has state and margin beside each', async () => {
    const query = { metrics: 'viewers', dimensions: 'region', filters: `video==${whole}` }
    const { text } = await report(await tokens.creator(creator), {
      ...range,
      ...query,
      format: 'csv',
      margins: 'true',
    })
    const [head, first] = text.split('\r\n')
    expect(head).toBe('region,viewers,viewers__state,viewers__margin')
    expect(first).toBe('DE,60,value,12')
  })

  test('pages are those of one answer, and the same answer has the same ETag', async () => {
    const query = { metrics: 'viewers', dimensions: 'region', sort: '-viewers' }
    const { rows } = await ask(query)
    const token = await tokens.creator(creator)
    const first = await report(token, { ...range, ...query, max_results: '2' })
    const next = String(first.body['next_page_token'])
    const second = await report(token, { ...range, ...query, max_results: '2', page_token: next })
    const paged = [first, second].map(({ body }) => answerSchema.parse(body).rows).flat()
    expect(paged).toEqual(rows.slice(0, 4))
    const etags = await Promise.all(
      [1, 2].map(async () => (await report(token, { ...range, ...query })).headers.get('etag')),
    )
    expect(etags[0]).toBe(etags[1])
  })

  test('as of a moment before they were published there are none', async () => {
    const as_of = new Date((today - 300 * DAY) * 1000).toISOString()
    const { rows, states } = await ask({ metrics: 'viewers', dimensions: 'region', as_of })
    expect([rows, states]).toEqual([[['not_yet', null]], [['value', 'not_yet']]])
  })

  test.each([
    [{ metrics: 'views', dimensions: 'region' }, 400, 'illegal_pair'],
    [{ metrics: 'viewers', dimensions: 'region,hour' }, 400, 'illegal_pair'],
    [{ metrics: 'viewers', dimensions: 'region,video' }, 400, 'illegal_pair'],
    [{ metrics: 'viewers', dimensions: 'region,device' }, 400, 'illegal_pair'],
    [{ metrics: 'save_rate_viewers', dimensions: 'day' }, 400, 'illegal_pair'],
    [{ metrics: 'viewers', dimensions: 'region', filters: 'region==DE' }, 400, 'illegal_filter'],
  ])('%o is refused', async (query, status, code) => {
    const answer = await report(await tokens.creator(creator), { ...range, ...query })
    expect([answer.status, answer.body['code']]).toEqual([status, code])
  })

  test("another creator's is not there", async () => {
    const query = { ...range, metrics: 'viewers', dimensions: 'region', filters: `video==${whole}` }
    expect((await report(await tokens.creator(stranger), query)).status).toBe(404)
  })

  test('the command line prints them', async () => {
    const printed = await keepsake(
      'query',
      '--metrics=viewers',
      '--dimensions=region',
      `--video=${whole}`,
      '--last=28d',
    )
    expect(printed).toMatch(/^region +viewers\nDE +\d+\nFR +\d+\nrest +under \d+\n/)
  })

  test('what the catalog lists works', async () => {
    const token = await tokens.creator(creator)
    const { body } = await call('GET', reports('/v1/catalog'), { token })
    const { matrix } = z
      .object({
        matrix: z.array(z.object({ metric: z.string(), dimensions: z.array(z.array(z.string())) })),
      })
      .parse(body)
    const asked = new Map<string, string[]>()
    for (const { metric, dimensions } of matrix) {
      if (metric !== 'saves' && metric !== 'viewers' && !metric.endsWith('_viewers')) continue
      for (const set of dimensions.map(String)) {
        if (!/region|age_band|gender|traffic_source|device/.test(set)) continue
        asked.set(set, [...(asked.get(set) ?? []), metric])
      }
    }
    expect(asked.size).toBe(20)
    for (const [dimensions, metrics] of asked) {
      expect([dimensions, metrics.length]).toEqual([dimensions, 6])
      // Each alone with a cut of time is another form of the same statements.
      const names = dimensions.includes(',') ? 'viewers,save_rate_viewers' : metrics.join()
      const answer = await report(token, { ...range, metrics: names, dimensions })
      expect([dimensions, answer.status]).toEqual([dimensions, 200])
    }
  })
})
