// What the drill waits for: facts, claims, save lists and published numbers are those that are counted here.
import { z } from 'zod'
import { utcDay } from '../../support/events.ts'
import { eventually } from '../../support/client.ts'
import type { Json } from '../../support/client.ts'
import { metricNames, tally } from '../../support/tally.ts'
import type { Client } from './backup-client.ts'
import { creator, days, sent, users, videos } from './drill-sent.ts'
import type { Sent } from './drill-sent.ts'

export const EQUAL_LIMIT_MS = 120_000

/** Numbers by video and day, counted here. */
function countedHere(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    videos.flatMap((video) => {
      const own = sent.map(({ act }) => act).filter((act) => act.video === video)
      const firsts = new Map<number, number>()
      for (const { type, user, atMs } of own) {
        if (type === 'view') firsts.set(user, Math.min(atMs, firsts.get(user) ?? Infinity))
      }
      return days.map((day) => {
        const sums = tally(own.filter(({ atMs }) => utcDay(atMs) === day))
        const viewers = [...firsts.values()].filter((atMs) => utcDay(atMs) === day).length
        // People of a day are counted when it is over.
        const people = day === days.at(-1) ? null : viewers
        return [`${video} ${day}`, [...Object.values(sums), people]]
      })
    }),
  )
}

const rowsSchema = z.array(z.array(z.union([z.string(), z.number(), z.null()])))

export async function publishedNow(client: Client): Promise<Readonly<Record<string, unknown>>> {
  const metrics = [...metricNames, 'viewers'].join(',')
  const answer = await client.report(creator, {
    start_date: days[0] ?? '',
    end_date: days.at(-1) ?? '',
    metrics,
    dimensions: 'video,day',
  })
  const rows = rowsSchema.catch([]).parse(answer.body['rows'])
  return Object.fromEntries(
    rows.map(([video, day, ...numbers]) => {
      const people = day === days.at(-1) ? [null] : numbers.slice(-1)
      return [`${String(video)} ${String(day)}`, [...numbers.slice(0, -1), ...people]]
    }),
  )
}

/** What each viewer has saved, by the newest act on each pair. */
function savedHere(): Readonly<Record<number, readonly string[]>> {
  const isSave = ({ act }: Sent): boolean => act.type === 'save' || act.type === 'unsave'
  return Object.fromEntries(
    users.map((user) => {
      const own = sent.filter((each) => isSave(each) && each.act.user === user)
      const newest = [...Map.groupBy(own, ({ act }) => act.video)].flatMap(([video, acts]) => {
        // At equal ms off wins.
        const order = acts.toSorted(
          (a, b) => b.act.atMs - a.act.atMs || (b.act.type === 'unsave' ? 1 : -1),
        )
        return order[0]?.act.type === 'save' ? [String(video)] : []
      })
      return [user, newest.toSorted()]
    }),
  )
}

async function savedNow(client: Client): Promise<Readonly<Record<number, readonly string[]>>> {
  const lists = users.map(async (user) => [user, await client.savedBy(user)] as const)
  return Object.fromEntries(await Promise.all(lists))
}

/** Waits until facts, lists, claims and numbers equal what was sent. */
export async function expectAllEqual(client: Client): Promise<void> {
  const ids = sent.map(({ event }) => String(event['event_id']).replaceAll('-', '')).toSorted()
  const remixes = sent.filter(({ act }) => act.type === 'stitch' || act.type === 'duet').length
  const wanted = {
    facts: ids.length,
    claims: remixes,
    saves: savedHere(),
    numbers: countedHere(),
  }
  const look = async () => {
    const [facts, claims, saves, numbers] = await Promise.all([
      client.texts('vault', 'select lower(hex(event_id)) as text from vault.facts final'),
      client.texts(
        'rollups',
        'select distinct toString(derived_video_id) as text from directory.notifications',
      ),
      savedNow(client),
      publishedNow(client),
    ])
    const seen = { facts: facts.length, claims: claims.length, saves, numbers }
    if (JSON.stringify(facts.toSorted()) === JSON.stringify(ids) && isSame(seen, wanted)) {
      return { found: seen }
    }
    return { seen: differences(seen, wanted) }
  }
  await eventually(
    'everything equal',
    // A process that was started again is as good as one that was not.
    () => look().catch((error: unknown) => ({ seen: String(error) })),
    EQUAL_LIMIT_MS,
    500,
  )
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, sorted(each)])
}

/** The first of what differs in each part, for who reads a failure. */
function differences(seen: Json, wanted: Json): readonly unknown[] {
  return Object.entries(wanted).flatMap(([part, expected]) => {
    const found = seen[part]
    if (isSame(found, expected)) return []
    if (typeof expected !== 'object' || expected === null) return [{ part, found, expected }]
    const others = new Map(Object.entries({ ...(typeof found === 'object' ? found : {}) }))
    const rows = Object.entries(expected).filter(([key, row]) => !isSame(others.get(key), row))
    const [key = '', row] = rows[0] ?? []
    return [{ part, rows: rows.length, key, found: others.get(key), expected: row }]
  })
}
