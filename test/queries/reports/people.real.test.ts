// People over the real road: each counts once per video, on the day of the first act, however late that comes in.
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  catalogue,
  eventually,
  eventuallyRows,
  post,
  report,
  tokens,
} from '../../support/outside.ts'
import type { Json } from '../../support/outside.ts'
import { createEventMaker, seeded, utcDay } from '../../support/events.ts'

const creator = '880101'
const videos = [8_801_011, 8_801_012, 8_801_013]
const DAY = 86_400_000
const today = Math.floor(Date.now() / DAY) * DAY
const firstMs = today - 5 * DAY

interface Act {
  readonly type: string
  readonly user: number
  readonly video: number
  readonly atMs: number
}

const kinds = {
  view: 'viewers',
  like: 'likers',
  comment: 'commenters',
  stitch: 'remixers',
  duet: 'remixers',
}
const names = ['viewers', 'likers', 'commenters', 'remixers'] as const

const random = seeded(88)
const below = (bound: number): number => Math.floor(random() * bound)
const types = ['view', 'view', 'view', 'like', 'comment', 'stitch', 'duet', 'save', 'follow']

function actsBetween(fromMs: number, toMs: number, count: number): readonly Act[] {
  return Array.from({ length: count }, () => ({
    type: types[below(types.length)] ?? 'view',
    // A few of them the creator's own, which count nowhere.
    user: below(50) === 0 ? Number(creator) : 1 + below(160),
    video: videos[below(videos.length)] ?? 0,
    atMs: fromMs + below(toMs - fromMs),
  }))
}

const onTime = actsBetween(firstMs + DAY, today, 2500)
/** Of the same people, mostly before what they are known for. */
const late = actsBetween(firstMs, today, 700)

/** People by the UTC day of their first act, a row each of `key`, from acts one by one. */
function firstActs(acts: readonly Act[], keyOf: (act: Act) => string): Map<string, number[]> {
  const first = new Map<string, Act>()
  for (const act of acts) {
    const kind = new Map(Object.entries(kinds)).get(act.type)
    if (kind === undefined || act.user === Number(creator)) continue
    const person = `${kind} ${act.video} ${act.user}`
    if (act.atMs < (first.get(person)?.atMs ?? Infinity)) first.set(person, act)
  }
  const rows = new Map<string, number[]>()
  for (const [person, act] of first) {
    const row = rows.get(keyOf(act)) ?? names.map(() => 0)
    const column = names.findIndex((name) => person.startsWith(name))
    row[column] = (row[column] ?? 0) + 1
    rows.set(keyOf(act), row)
  }
  return rows
}

const days = Array.from({ length: 5 }, (_, day) => utcDay(firstMs + day * DAY))
const range = { start_date: utcDay(firstMs), end_date: utcDay(today - DAY) }
const asked = { metrics: names.join(), ...range }
const answerSchema = z.object({
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  states: z.array(z.array(z.string())),
  totals: z.object({ row: z.array(z.number().nullable()), states: z.array(z.string().nullable()) }),
})

async function ask(query: Readonly<Record<string, string>>) {
  const { status, body } = await report(await tokens.creator(creator), { ...asked, ...query })
  expect(status).toBe(200)
  return answerSchema.parse(body)
}

function rowsByDay(acts: readonly Act[]): readonly (readonly (string | number)[])[] {
  const rows = firstActs(acts, ({ atMs }) => utcDay(atMs))
  return days.map((day) => [day, ...(rows.get(day) ?? names.map(() => 0))])
}

const { make, shuffle } = createEventMaker(88)
let made = 0

function eventsOf(acts: readonly Act[]): Json[] {
  const remix = (type: string): Json =>
    type === 'stitch' || type === 'duet' ? { derived_video_id: String(8_809_000 + made++) } : {}
  return acts.map(({ type, ...place }) => make(type, { ...place, creator }, remix(type)))
}

beforeAll(async () => {
  await catalogue(creator, videos.map(String))
  const events = eventsOf(onTime)
  await post(shuffle([...events, ...events.slice(0, 800)]), 1000)
  const token = await tokens.creator(creator)
  await eventuallyRows(token, { ...asked, dimensions: 'day' }, rowsByDay(onTime), 90_000)
})

describe('people', () => {
  test('count once per video, on the day of the first act, also when that comes in last', async () => {
    await post(shuffle(eventsOf(late)), 1000)
    const token = await tokens.creator(creator)
    const expected = rowsByDay([...onTime, ...late])
    expect(expected).not.toEqual(rowsByDay(onTime))
    await eventuallyRows(token, { ...asked, dimensions: 'day' }, expected, 90_000)
    const { states } = await ask({ dimensions: 'day' })
    expect(new Set(states.flat())).toEqual(new Set(['value']))
  })

  test('of each video, and of all by week and in total, are sums of the same', async () => {
    const acts = [...onTime, ...late]
    const byVideo = firstActs(acts, ({ video }) => String(video))
    const { rows, totals } = await ask({ dimensions: 'video' })
    expect(rows).toEqual(
      videos.map((video) => [String(video), ...(byVideo.get(String(video)) ?? [])]),
    )
    const all = names.map((_name, column) =>
      [...byVideo.values()].reduce((sum, row) => sum + (row[column] ?? 0), 0),
    )
    expect(totals.row.slice(1)).toEqual(all)
    const byWeek = await ask({ dimensions: 'week' })
    expect(byWeek.totals.row.slice(1)).toEqual(all)
  })

  test('in a zone that cuts UTC days are estimated, and lose nobody', async () => {
    const dates = { start_date: utcDay(firstMs - DAY), end_date: utcDay(today - DAY) }
    const query = { dimensions: 'day', tz: 'America/New_York', ...dates }
    const { rows, states, totals } = await ask(query)
    expect(states.at(-1)?.slice(1)).toEqual(names.map(() => 'partial'))
    expect(states[2]?.slice(1)).toEqual(names.map(() => 'estimated'))
    for (const [index] of names.entries()) {
      const sum = rows.reduce((total, row) => total + Number(row[index + 1] ?? 0), 0)
      expect(sum).toBe(totals.row[index + 1])
    }
    const { totals: whole } = await ask({})
    expect(totals.row.slice(1)).toEqual(whole.row)
  })

  test('by age of a video add up to their total', async () => {
    const { rows, totals } = await ask({ dimensions: 'video,video_age_day' })
    for (const [index] of names.entries()) {
      const sum = rows.reduce((total, row) => total + Number(row[index + 2] ?? 0), 0)
      expect(sum).toBe(totals.row[index + 2])
    }
  })

  test('of the day that runs are not there yet', async () => {
    const dates = { start_date: utcDay(today), end_date: utcDay(today) }
    const answer = await eventually('today', async () => {
      const seen = await ask({ dimensions: 'day', ...dates })
      return seen.rows.length === 1 ? { found: seen } : { seen }
    })
    expect(answer.rows).toEqual([[utcDay(today), null, null, null, null]])
    expect(answer.states[0]?.slice(1)).toEqual(names.map(() => 'not_yet'))
  })
})
