// A2, A3: a published number stays the same in every way of asking for it over HTTP, and while somebody acts.
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createEventMaker, seeded, utcDay } from '../support/events.ts'
import { importPast } from '../support/history.ts'
import { call, eventually, post, reports, store, tokens } from '../support/outside.ts'
import { publishedLeaves } from '../support/published-leaves.ts'
import { lastFinished } from '../support/published.ts'

const DAY_MS = 86_400_000
const creator = '778001'
const video = '77800011'
const publishedMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - 6 * DAY_MS
const { make, shuffle } = createEventMaker(778)
const place = { video, creator }
/** As the numbers stood then. */
let asOf = ''

const past = Array.from({ length: 900 }, (_, user) => {
  const at = { ...place, user: 7_780_000 + user, atMs: publishedMs + 3_600_000 + user * 480_000 }
  return user % 3 === 0 ? [make('view', at), make('save', at)] : [make('view', at)]
}).flat()

const finishedSchema = z.object({ finished: z.string() })

beforeAll(async () => {
  await importPast([{ videoId: video, creatorId: creator, publishedMs }], shuffle(past))
  await eventually('leaves of five days', async () => {
    const last = (await publishedLeaves([video])).at(-1)
    const isDone = last !== undefined && last.to_s * 1000 > publishedMs + 2 * DAY_MS
    return isDone ? { found: true } : { seen: last }
  })
  await eventually('their views', async () => {
    const { rows } = await ask({ metrics: 'views' })
    return JSON.stringify(rows) === '[[900]]' ? { found: rows } : { seen: rows }
  })
  await using admin = store('rollups', 'admin')
  const [last] = await admin.rows(
    finishedSchema,
    `select replace(toString(max(finished_at)), ' ', 'T') || 'Z' as finished
     from rollups.generations`,
  )
  asOf = last?.finished ?? ''
}, 120_000)

const range = { start_date: utcDay(publishedMs - DAY_MS), end_date: utcDay(Date.now()) }
const answerSchema = z.object({
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  states: z.array(z.array(z.string())),
  margins: z.array(z.array(z.number().nullable())).optional(),
  totals: z.unknown(),
  covers: z.unknown(),
  next_page_token: z.string().optional(),
})

async function textOf(query: Readonly<Record<string, string>>): Promise<string> {
  const token = await tokens.creator(creator)
  const search = new URLSearchParams(query).toString()
  const { status, text } = await call('GET', reports(`/v1/reports?${search}`), { token })
  if (status !== 200) throw new Error(text)
  return text
}

async function ask(query: Readonly<Record<string, string>>) {
  return answerSchema.parse(JSON.parse(await textOf({ ...range, ...query })))
}

/** Zones that have had the same clock all the time that is asked about. */
const sameZones = [
  'UTC',
  'Etc/UTC',
  'Etc/GMT',
  'Africa/Abidjan',
  'Atlantic/Reykjavik',
  'Africa/Accra',
]
const random = seeded(778)
const pick = <T>(values: readonly T[]): T => {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}

/** Days with their saves, read from any format and over any pages. */
async function daysOnce(): Promise<string> {
  const metrics = pick(['saves', 'saves', 'saves,shares', 'save_rate,saves'])
  const query = {
    ...range,
    dimensions: 'day',
    metrics,
    tz: pick(sameZones),
    as_of: asOf,
    filters: pick([
      `video==${video}`,
      `creator==${creator}`,
      `creator==${creator};video==${video}`,
    ]),
    sort: pick(['day', '-day', '-saves', 'saves']),
    margins: pick(['true', 'false']),
    max_results: pick(['3', '200', '1000', '10000']),
  }
  const shuffled = Object.fromEntries(shuffle(Object.entries(query)))
  const format = pick(['json', 'csv', 'ndjson'])
  const days = format === 'json' ? await daysOfPages(shuffled) : await daysOfText(shuffled, format)
  return JSON.stringify(days.toSorted())
}

type Days = readonly string[]

async function daysOfPages(query: Readonly<Record<string, string>>): Promise<Days> {
  const days: string[] = []
  const column = 1 + (query['metrics'] ?? '').split(',').indexOf('saves')
  let pageToken: string | undefined
  do {
    const more = pageToken === undefined ? {} : { page_token: pageToken }
    const { rows, next_page_token: next } = await ask({ ...query, ...more })
    days.push(...rows.map((row) => `${row[0]} ${row[column]}`))
    pageToken = next
  } while (pageToken !== undefined)
  return days
}

const lineSchema = z.object({ day: z.string(), saves: z.number().nullable() })

async function daysOfText(query: Readonly<Record<string, string>>, format: string): Promise<Days> {
  const text = await textOf({ ...query, format, max_results: '10000' })
  const lines = text.trim().split(/\r?\n/)
  if (format === 'ndjson') {
    return lines
      .map((line) => lineSchema.safeParse(JSON.parse(line)))
      .flatMap(({ data }) => (data === undefined ? [] : [`${data.day} ${data.saves}`]))
  }
  const [head = '', ...rows] = lines
  const column = head.split(',').indexOf('saves')
  return rows.map((row) => {
    const cells = row.split(',')
    return `${cells[0]} ${cells[column] === '' ? null : cells[column]}`
  })
}

test('two hundred ways to ask for the same days have one answer', async () => {
  const answers = new Set<string>()
  for (let asked = 0; asked < 100; asked += 10) {
    for (const days of await Promise.all(Array.from({ length: 10 }, daysOnce))) answers.add(days)
  }
  expect(answers.size).toBe(1)
  const [only = ''] = answers
  expect(z.array(z.string()).parse(JSON.parse(only))).toHaveLength(8)
})

test('whoever looks all the time sees private acts only when a leaf seals, though views show at once', async () => {
  const look = async () => {
    const leaves = JSON.stringify(await publishedLeaves([video]))
    const { rows, states, margins, totals, covers } = await ask({
      metrics: 'saves,unsaves,shares',
      dimensions: 'day',
      margins: 'true',
    })
    return { leaves, shown: JSON.stringify({ rows, states, margins, totals, covers }) }
  }
  const before = await look()
  const atMs = Date.now() - 1000
  const acts = ['view', 'save', 'share', 'unsave'].map((type) =>
    make(type, { ...place, user: 7_789_999, atMs }),
  )
  await post(acts)
  const [leaves, shown] = [new Set([before.leaves]), new Set([before.shown])]
  const keep = async (): Promise<void> => {
    const seen = await look()
    leaves.add(seen.leaves)
    shown.add(seen.shown)
  }
  await eventually('the view', async () => {
    await keep()
    const { rows } = await ask({ metrics: 'views' })
    return JSON.stringify(rows) === '[[901]]' ? { found: rows } : { seen: rows }
  })
  const counted = await lastFinished()
  await eventually('another pass', async () => {
    await keep()
    const last = await lastFinished()
    return last?.generation === counted?.generation && last?.watermarkMs === counted?.watermarkMs
      ? { seen: last }
      : { found: true }
  })
  await keep()
  expect(shown.size).toBeLessThanOrEqual(leaves.size)
}, 120_000)
