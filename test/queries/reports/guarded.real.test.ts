// Guarded totals over HTTP: by any cut of time and in any zone they are the published leaves and nothing else, each with its state and margin.
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createEventMaker, seeded, utcDay } from '../../support/events.ts'
import { importPast } from '../../support/history.ts'
import { leavesIn, peopleOf, sealedToS, sealedViewsOf, worthOf } from '../../support/leaves.ts'
import type { Published } from '../../support/leaves.ts'
import { call, collector, eventually, eventuallyRows, keepsake } from '../../support/outside.ts'
import { report, reports, store, tokens } from '../../support/outside.ts'
import { publishedLeaves } from '../../support/published-leaves.ts'
import { lastFinished } from '../../support/published.ts'

const creator = '910101'
const stranger = '910102'
/** Saved so often that its leaves are short; of few acts; without a leaf yet; without any view. */
const [busy, quiet, fresh, gone] = ['9101011', '9101012', '9101013', '9101014']
const videos = [busy, quiet, fresh, gone]
const HOUR = 3600
const DAY = 24 * HOUR
const nowS = Math.floor(Date.now() / 1000)
const today = Math.floor(nowS / DAY) * DAY
const daysAgo = (days: number, hours = 0): number => today - days * DAY + hours * HOUR
const publishedS = new Map([
  [busy, daysAgo(12, 5) + 1200],
  [quiet, daysAgo(9, 12)],
  [fresh, nowS - (nowS % HOUR)],
  [gone, daysAgo(11, 3)],
])

interface Act {
  readonly type: string
  readonly user: number
  readonly video: string
  readonly atS: number
}

/** Acts of all kinds from publication to two minutes ago, nobody twice. */
function actsOf(video: string, counts: Readonly<Record<string, number>>): readonly Act[] {
  const fromS = publishedS.get(video) ?? 0
  const random = seeded(Number(video))
  return Object.entries(counts).flatMap(([type, count]) =>
    Array.from({ length: count }, (_, user) => ({
      type,
      user: user + 1,
      video,
      atS: fromS + Math.floor(random() * Math.max(1, nowS - 120 - fromS)),
    })),
  )
}

const acts = [
  ...actsOf(busy, { view: 3000, save: 2400, unsave: 200, share: 300, like: 90 }),
  ...actsOf(quiet, { view: 400, save: 30, share: 9, comment: 20 }),
  ...actsOf(fresh, { view: 40 }),
  ...actsOf(gone, { save: 60, unsave: 8, share: 11 }),
]

/** What stands in the rollups at one moment, which all questions of this file are as of. */
interface Moment {
  readonly asOf: string
  readonly published: ReadonlyMap<string, Published>
}

const finishedSchema = z.object({
  generation_text: z.string(),
  finished: z.string(),
  through_s: z.number(),
})

async function lookNow(): Promise<Moment> {
  await using analyst = store('rollups', 'analyst')
  const [last] = await analyst.rows(
    finishedSchema,
    `select toString(generation) as generation_text,
       replace(toString(finished_at), ' ', 'T') || 'Z' as finished,
       toUnixTimestamp(complete_through) as through_s
     from rollups.generations order by generation desc, finished_at desc limit 1`,
  )
  if (last === undefined) throw new Error('nothing was ever published')
  const leaves = await publishedLeaves(videos)
  const known = leaves.filter(
    ({ generation }) => BigInt(generation) <= BigInt(last.generation_text),
  )
  const published = videos.map((video): readonly [string, Published] => {
    const atS = publishedS.get(video) ?? 0
    const own = known.filter((leaf) => leaf.video_id === video)
    return [
      video,
      {
        beginS: atS - (atS % HOUR),
        leaves: own.map((leaf) => ({ ...leaf, fromS: leaf.from_s, toS: leaf.to_s })),
        viewsS: acts
          .filter((act) => act.type === 'view' && act.video === video)
          .map(({ atS: at }) => at),
        completeThroughS: last.through_s,
      },
    ]
  })
  return { asOf: last.finished, published: new Map(published) }
}

let moment: Moment = { asOf: '', published: new Map() }
const of = (video: string): Published => {
  const published = moment.published.get(video)
  if (published === undefined) throw new Error(`no video ${video}`)
  return published
}

const measures = ['saves', 'unsaves', 'shares'] as const
const answerSchema = z.object({
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  states: z.array(z.array(z.string())),
  margins: z.array(z.array(z.number().nullable())).optional(),
  totals: z.object({
    row: z.array(z.number().nullable()),
    states: z.array(z.string().nullable()),
    margins: z.array(z.number().nullable()).optional(),
  }),
  covers: z.record(z.string(), z.tuple([z.string(), z.string()])),
  privacy: z.object({ policy: z.string().nullable() }),
})

const range = { start_date: utcDay(daysAgo(13) * 1000), end_date: utcDay(today * 1000) }

async function ask(query: Readonly<Record<string, string>>) {
  const asked = { ...range, as_of: moment.asOf, ...query }
  const { status, body, text } = await report(await tokens.creator(creator), asked)
  if (status !== 200) throw new Error(text)
  return answerSchema.parse(body)
}

let beforeLeaves = ''

/** The only way in is the real one: an import of the past, whose leaves the sealer decides. */
beforeAll(async () => {
  const { make, shuffle } = createEventMaker(91)
  const owned = videos.map((videoId) => ({
    videoId,
    creatorId: creator,
    publishedMs: (publishedS.get(videoId) ?? 0) * 1000,
  }))
  await eventually('a finished pass', async () => {
    const finished = await lastFinished()
    return finished === null ? { seen: 'none' } : { found: finished }
  })
  beforeLeaves = new Date().toISOString()
  const events = acts.map(({ type, user, video, atS }) =>
    make(type, { user, video, creator, atMs: atS * 1000 }),
  )
  await importPast(owned, shuffle(events))
  const counted = { metrics: 'views,likes,comments', ...range }
  await eventuallyRows(await tokens.creator(creator), counted, [[3440, 90, 20]], 90_000)
  moment = await eventually('leaves up to today', async () => {
    const seen = await lookNow()
    const ends = [busy, quiet, gone].map((video) => seen.published.get(video)?.leaves.at(-1)?.toS)
    return (ends[0] ?? 0) > today - DAY &&
      (ends[1] ?? 0) > daysAgo(8) &&
      (ends[2] ?? 0) > daysAgo(9)
      ? { found: seen }
      : { seen: ends }
  })
}, 240_000)

interface Row {
  readonly fromS: number
  readonly toS: number
}

/** Days of a zone with a fixed offset, from the first to the last date of the range. */
function daysAt(offsetS: number): readonly (Row & { readonly day: string })[] {
  return Array.from({ length: 14 }, (_, index) => {
    const startS = daysAgo(13 - index)
    return {
      day: utcDay(startS * 1000),
      fromS: startS - offsetS,
      toS: startS - offsetS + DAY,
    }
  })
}

/** Of all videos. */
function sumsOf(row: Row): readonly number[] {
  return measures.map((measure) =>
    videos.reduce((sum, video) => sum + peopleOf(of(video), measure, row), 0),
  )
}

describe.each([
  ['UTC', 0],
  ['Asia/Kolkata', 5.5 * HOUR],
])('guarded totals in %s', (tz, offsetS) => {
  const days = daysAt(offsetS)
  const metrics = measures.join()

  test('by day are the rounded curve between the instants of the day', async () => {
    const { rows, totals } = await ask({ metrics, dimensions: 'day', tz })
    for (const [index, { day, ...row }] of days.entries()) {
      const shown = rows[index]?.slice(1).map((value) => value ?? 0)
      expect([day, shown]).toEqual([day, sumsOf(row)])
    }
    const sums = measures.map((_, column) =>
      rows.reduce((sum, row) => sum + Number(row[column + 1] ?? 0), 0),
    )
    expect(totals.row.slice(1)).toEqual(sums)
  })

  test('by hour, day, week, month and hour of the week add up to the same', async () => {
    const whole = await ask({ metrics, tz })
    for (const dimensions of ['hour', 'day', 'week', 'month', 'hour_of_week']) {
      const answer = await ask({ metrics, dimensions, tz, max_results: '10000' })
      const sums = measures.map((_, column) =>
        answer.rows.reduce((sum, row) => sum + Number(row[column + 1] ?? 0), 0),
      )
      expect([dimensions, sums]).toEqual([dimensions, whole.totals.row])
      expect(answer.totals.row.slice(1)).toEqual(whole.totals.row)
    }
  })

  test('of each video by day add up to those of the creator', async () => {
    const byVideo = await ask({ metrics, dimensions: 'video,day', tz, max_results: '10000' })
    const { rows } = await ask({ metrics, dimensions: 'day', tz })
    for (const [day, ...values] of rows) {
      const sums = measures.map((_, column) =>
        byVideo.rows
          .filter((row) => row[1] === day)
          .reduce((sum, row) => sum + Number(row[column + 2] ?? 0), 0),
      )
      expect([day, sums]).toEqual([day, values.map((value) => value ?? 0)])
    }
  })
})

test('by the age of a video they are its leaves from publication on', async () => {
  const query = { metrics: 'saves', dimensions: 'video,video_age_day', filters: `video==${busy}` }
  const { rows, totals } = await ask(query)
  for (const [, age, saves] of rows) {
    const fromS = daysAgo(12, 5) + Number(age) * DAY
    expect([age, saves ?? 0]).toEqual([
      age,
      peopleOf(of(busy), 'saves', { fromS, toS: fromS + DAY }),
    ])
  }
  expect(totals.row.at(-1)).toBe(of(busy).leaves.reduce((sum, { saves }) => sum + saves, 0))
})

describe('a row', () => {
  test.each([
    ['UTC', 0],
    ['Asia/Kolkata', 5.5 * HOUR],
  ])('of a day in %s says how leaves lie to it, and how far off it may be', async (tz, offsetS) => {
    for (const video of videos) {
      const filters = `video==${video}`
      const query = { metrics: 'saves', dimensions: 'day', margins: 'true', tz, filters }
      const { rows, states, margins } = await ask(query)
      for (const [index, { day, ...row }] of daysAt(offsetS).entries()) {
        const [value, margin] = [rows[index]?.[1], margins?.[index]?.[1]]
        const worth = worthOf(of(video), row)
        const isSmall = typeof value === 'number' && value < Number(margin)
        const isSure = worth === 'value' || worth === 'estimated'
        expect([video, day, states[index]?.[1]]).toEqual([
          video,
          day,
          isSmall && isSure ? 'small' : worth,
        ])
        // Noise of the standard policy: 2 a / (1 - a)^2 with a = e^-0.5.
        const sd = Math.sqrt(7.835)
        const whole = Math.ceil(1.96 * sd * Math.sqrt(leavesIn(of(video), row)))
        if (worth === 'value') expect([day, margin]).toEqual([day, whole])
        else if (typeof value === 'number') expect(margin).toBeGreaterThanOrEqual(1)
        else expect(margin).toBeNull()
      }
    }
  })

  test('of the creator is partial from where the first of its videos is not sealed any more', async () => {
    const { states, covers, privacy } = await ask({ metrics: 'saves', dimensions: 'day' })
    const throughS = Math.min(...videos.map((video) => sealedToS(of(video))))
    expect(covers['saves']?.[1]).toBe(new Date(throughS * 1000).toISOString().replace('.000', ''))
    for (const [index, { day, ...row }] of daysAt(0).entries()) {
      const worths = videos.map((video) => worthOf(of(video), row))
      const there = worths.filter((worth) => worth !== 'not_applicable')
      const isOpen = there.some((worth) => worth === 'partial' || worth === 'not_yet')
      const expected =
        there.length === 0 ? ['not_applicable'] : isOpen ? ['partial', 'not_yet'] : []
      const state = states[index]?.[1] ?? ''
      if (expected.length > 0)
        expect([day, expected]).toEqual([day, expect.arrayContaining([state])])
      else
        expect([day, 'value estimated coarser small']).toEqual([
          day,
          expect.stringContaining(state),
        ])
    }
    expect(privacy.policy).toBe('2026-11-2')
  })
})

describe('what guarded numbers are over', () => {
  test('are the views up to where each video is sealed', async () => {
    const query = { metrics: 'saves,save_rate', dimensions: 'video', margins: 'true' }
    const { rows, margins, totals } = await ask(query)
    const whole = { fromS: 0, toS: today + DAY }
    let [saves, views] = [0, 0]
    for (const [index, row] of rows.entries()) {
      const own = of(String(row[0]))
      const [people, sealed] = [peopleOf(own, 'saves', whole), sealedViewsOf(own, whole)]
      ;[saves, views] = [saves + people, views + sealed]
      if (own.leaves.length === 0) expect(row.slice(1)).toEqual([null, null])
      else if (sealed === 0) expect(row[2]).toBeNull()
      else {
        expect([row[0], row[2]]).toEqual([row[0], people / sealed])
        expect(margins?.[index]?.[2]).toBe(Number(margins?.[index]?.[1]) / sealed)
      }
    }
    expect(totals.row[2]).toBe(saves / views)
  })

  test('are those of every row, also in another zone', async () => {
    const query = { metrics: 'save_rate', dimensions: 'day', tz: 'Asia/Kolkata' }
    const { rows } = await ask(query)
    for (const [index, { day, ...row }] of daysAt(5.5 * HOUR).entries()) {
      const [saves = 0] = sumsOf(row)
      const views = videos.reduce((sum, video) => sum + sealedViewsOf(of(video), row), 0)
      const expected = views === 0 ? null : saves / views
      expect([day, rows[index]?.[1]]).toEqual([day, expected])
    }
  })

  test('count comments up to the same instant', async () => {
    const query = { metrics: 'engagements,saves,shares', filters: `video==${quiet}` }
    const { rows } = await ask(query)
    const [engagements, saves, shares] = (rows[0] ?? []).map(Number)
    const comments = acts.filter(({ type, video }) => type === 'comment' && video === quiet)
    const viewsS = comments.map(({ atS }) => atS)
    const sealed = sealedViewsOf({ ...of(quiet), viewsS }, { fromS: 0, toS: today + DAY })
    expect(engagements).toBe(Number(saves) + Number(shares) + sealed)
  })
})

test('as of a moment before they were published there are none', async () => {
  const { states } = await ask({ metrics: 'saves,save_rate', as_of: beforeLeaves })
  expect(states).toEqual([['not_yet', 'not_yet']])
})

test('without the provisional they end at leaves whose views are all in closed quarters', async () => {
  const query = { metrics: 'saves', include_provisional: 'false', filters: `video==${busy}` }
  const { rows } = await ask(query)
  const { leaves, completeThroughS } = of(busy)
  const closed = leaves.filter(({ toS }) => toS <= completeThroughS)
  expect(rows).toEqual([[closed.reduce((sum, { saves }) => sum + saves, 0)]])
})

test('csv has a margin beside each', async () => {
  const query = { metrics: 'saves,views', dimensions: 'day', margins: 'true', format: 'csv' }
  const { text } = await report(await tokens.creator(creator), { ...range, ...query })
  const [head, , second] = text.split('\r\n')
  expect(head).toBe('day,saves,saves__state,saves__margin,views,views__state,views__margin')
  expect(second).toMatch(/^\d{4}-\d\d-\d\d,-?\d+,\w+,\d+,\d+,\w+,0$/)
})

test('the list of videos has what each was saved in all its life, and can be sorted by it', async () => {
  const token = await tokens.creator(creator)
  const row = z.object({
    video_id: z.string(),
    saves: z.number().nullable(),
    save_rate: z.number().nullable(),
    margins: z.record(z.string(), z.number()),
  })
  // A list is of now: leaves may seal between two looks.
  const listed = await eventually('the list of what is published', async () => {
    const { body } = await call('GET', reports('/v1/videos?sort=-saves'), { token })
    const seen = z.array(row).parse(body['videos'])
    const { published } = await lookNow()
    const isSame = seen.every(({ video_id: video, saves }) => {
      const leaves = published.get(video)?.leaves ?? []
      const sum = leaves.reduce((total, leaf) => total + leaf.saves, 0)
      return saves === (leaves.length === 0 ? null : sum)
    })
    return isSame && seen.length === videos.length ? { found: seen } : { seen }
  })
  expect(listed[0]?.video_id).toBe(busy)
  expect(listed[0]?.margins['saves']).toBeGreaterThan(5)
  expect(listed[0]?.save_rate).toBeGreaterThan(0.4)
  for (const { saves, margins } of listed) expect(saves === null).toBe(!('saves' in margins))
})

test('a deleted video stays in the numbers of its creator, and on no list', async () => {
  const before = await ask({ metrics: 'saves' })
  const token = await tokens.service('videos:write')
  await call('DELETE', collector(`/v1/videos/${gone}`), { token })
  const reader = await tokens.creator(creator)
  const list = { metrics: 'views', dimensions: 'video', sort: 'video', ...range }
  await eventuallyRows(reader, list, [
    [busy, 3000],
    [quiet, 400],
    [fresh, 40],
  ])
  expect((await ask({ metrics: 'saves' })).totals.row).toEqual(before.totals.row)
})

test('somebody else’s are 404, whether or not there are any', async () => {
  const token = await tokens.creator(stranger)
  for (const filters of [`video==${busy}`, `creator==${creator}`, 'video==91010199']) {
    const { status } = await report(token, { metrics: 'saves', filters, ...range })
    expect([filters, status]).toEqual([filters, 404])
  }
})

test('the command line prints them with their margins', async () => {
  const printed = await keepsake(
    'query',
    '--metrics=saves,save_rate',
    '--dimensions=day',
    `--video=${busy}`,
    '--last=14d',
    '--margins',
  )
  expect(printed).toMatch(/ ±\d/)
  expect(printed).toContain('saves: sealed until')
})
