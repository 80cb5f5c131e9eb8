// A week of acts, a third of it sent twice, some of it days late, consumers killed at random: every published total equals a count of the journal.
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openDeadLetterReader } from '../support/dead-letters.ts'
import { expectEqualRows } from '../support/equal-rows.ts'
import type { EqualRows } from '../support/equal-rows.ts'
import {
  call,
  catalogue,
  collector,
  eventually,
  pidOf,
  postPatiently,
  report,
  store,
  tokens,
} from '../support/outside.ts'
import type { Answer, Json } from '../support/outside.ts'
import { seeded, utcDay } from '../support/events.ts'
import { lastFinished, published } from '../support/published.ts'
import type { PublishedOptions } from '../support/published.ts'
import { actTypes, clockOf, storedNames, storedOf } from '../support/tally.ts'
import type { Act } from '../support/tally.ts'
import { createJournal, creators, disputedVideos, ownerOf } from './oracle-journal.ts'
import type { Dispute, Sent } from './oracle-journal.ts'
import { strikeAt } from './strikes.ts'
import type { Strike, Victim } from './strikes.ts'

const seed = 20_261_125
const nowMs = Date.now()
const REQUEST_EVENTS = 250
const DAY = 86_400_000
const zone = 'Asia/Kolkata'
/** Late quarters may be counted in turn. */
const TABLE_LIMIT_MS = 120_000

/** Who dies in which round, and when. */
const strikesOfRounds: readonly (readonly Strike[])[] = [
  [
    { name: 'facts', moment: 'committed' },
    { name: 'sealer', moment: 'publishing' },
  ],
  [
    { name: 'facts', moment: 'stored' },
    { name: 'sealer', moment: 'request' },
  ],
  [
    { name: 'facts', moment: 'request' },
    { name: 'sealer', moment: 'publishing' },
  ],
]

const random = seeded(seed)
const journal = createJournal({ seed, nowMs, actsCount: 20_000 })
const videos = creators.flatMap((creator) => [...creator.videos, ...creator.disputed])
const range = { start_date: utcDay(nowMs - 8 * DAY), end_date: utcDay(nowMs + DAY) }
/** What counts: nobody's acts on videos of their own. Those that stand of the disputed ones are added. */
let counted = journal.acts.filter(({ user, video }) => String(user) !== ownerOf(video))
/** The answer to ids that come with another time. */
let refusal: Answer | null = null
let victims: readonly Victim[] = []

beforeAll(async () => {
  process.stderr.write(`oracle: seed ${seed}\n`)
  for (const creator of creators) {
    await catalogue(creator.id, [...creator.videos, ...creator.disputed].map(String))
  }
  refusal = await call('POST', collector('/v1/events'), {
    token: await tokens.service('events:write'),
    body: { events: journal.misdated },
  })
  const struck: Victim[] = []
  for (const [round, events] of journal.rounds.entries()) {
    const before = await viewsSoFar()
    struck.push(...(await postUnderFire(events, strikesOfRounds[round] ?? [])))
    await eventually('something of the round', async () => {
      const views = await viewsSoFar()
      return views > before ? { found: views } : { seen: views }
    })
  }
  victims = struck
  const postedMs = Date.now()
  await eventually('a watermark past the last event', async () => {
    const last = await lastFinished()
    return (last?.watermarkMs ?? 0) > postedMs ? { found: last } : { seen: last }
  })
  counted = [...counted, ...(await standing(journal.disputes))]
}, 240_000)

/** Posts events while processes die: at a moment of their own, or at a random request. */
async function postUnderFire(
  events: readonly Json[],
  strikes: readonly Strike[],
): Promise<readonly Victim[]> {
  const requests = Math.ceil(events.length / REQUEST_EVENTS)
  const armed = strikes.map((strike) => {
    const begun = Promise.withResolvers<void>()
    const victim = strikeAt(strike, begun.promise)
    return { at: Math.floor(random() * requests), begin: begun.resolve, victim }
  })
  for (let request = 0; request < requests; request++) {
    for (const { at, begin } of armed) if (at === request) begin()
    const from = request * REQUEST_EVENTS
    await postPatiently(events.slice(from, from + REQUEST_EVENTS), REQUEST_EVENTS)
  }
  return Promise.all(armed.map(({ victim }) => victim))
}

async function viewsSoFar(): Promise<number> {
  const views = creators.map(async ({ id }) => {
    const { body } = await report(await tokens.creator(id), { metrics: 'views', ...range })
    const rows = z.array(z.array(z.number().nullable())).catch([]).parse(body['rows'])
    return rows[0]?.[0] ?? 0
  })
  return (await Promise.all(views)).reduce((sum, each) => sum + each, 0)
}

/** The act of each dispute that the vault kept; by then nothing is on its way. */
async function standing(disputes: readonly Dispute[]): Promise<readonly Act[]> {
  await using vault = store('vault', 'admin')
  const kept = await vault.rows(
    z.object({ id: z.string(), type: z.string(), video: z.string(), watched: z.number() }),
    `select lower(hex(event_id)) as id, toString(type) as type, toString(video_id) as video,
       watched_ms as watched
     from vault.facts final where video_id in (${disputedVideos.join(', ')})`,
  )
  expect(kept.length).toBe(disputes.length)
  return disputes.map((dispute) => {
    const [{ event }] = dispute
    const id = String(event['event_id']).replaceAll('-', '')
    const fact = kept.find((each) => each.id === id)
    const isKept = ({ act: { type, video, watched } }: Sent): boolean =>
      fact?.type === type &&
      fact.video === String(video) &&
      fact.watched === (type === 'view' ? watched : 0)
    const [sent, ...others] = dispute.filter(isKept)
    expect([id, sent !== undefined, others.length]).toEqual([id, true, 0])
    return sent?.act ?? dispute[0].act
  })
}

/** Waits until a table of the rollups equals the tally. @returns the number of its rows. */
async function expectEqualTable(table: Omit<PublishedOptions, 'generation'>): Promise<number> {
  const { owner, span } = table
  const lengthMs = span === 'day' ? DAY : 900_000
  const keyOf = ({ video, atMs }: Act): string =>
    `${owner === 'video' ? video : ownerOf(video)} ${Math.floor(atMs / lengthMs) * lengthMs}`
  return eventually(
    `every ${span} of every ${owner}`,
    async () => {
      const last = await lastFinished()
      if (last === null) return { seen: last }
      const closedMs = Math.floor(last.completeThroughMs / lengthMs) * lengthMs
      const rows = await published({ ...table, generation: last.generation })
      const closed = counted.filter(({ atMs }) => atMs < closedMs)
      const expected = new Map(
        [...Map.groupBy(closed, keyOf)]
          .map(([key, acts]) => [key, Object.values(storedOf(acts))] as const)
          .filter(([, sums]) => sums.some((sum) => sum > 0)),
      )
      const differing = [...new Set([...rows.keys(), ...expected.keys()])]
        .map((key) => ({ key, shown: rows.get(key), counted: expected.get(key) }))
        .filter(({ shown, counted: own }) => JSON.stringify(shown) !== JSON.stringify(own))
      if (differing.length === 0) return { found: rows.size }
      return { seen: { differing: differing.length, first: differing.slice(0, 3), storedNames } }
    },
    TABLE_LIMIT_MS,
  )
}

describe('what is stored equals the journal', { timeout: 2 * TABLE_LIMIT_MS + 10_000 }, () => {
  test('by video and quarter', async () => {
    const rows = await expectEqualTable({ owner: 'video', span: 'quarter', ids: videos })
    expect(rows).toBeGreaterThan(2000)
  })

  test('by creator and quarter', async () => {
    const ids = creators.map(({ id }) => id)
    const rows = await expectEqualTable({ owner: 'creator', span: 'quarter', ids })
    expect(rows).toBeGreaterThan(1000)
  })

  test('by closed UTC day, of videos and of creators', async () => {
    const days = await expectEqualTable({ owner: 'video', span: 'day', ids: videos })
    expect(days).toBeGreaterThanOrEqual(7 * 6)
    const ids = creators.map(({ id }) => id)
    expect(await expectEqualTable({ owner: 'creator', span: 'day', ids })).toBeGreaterThanOrEqual(
      14,
    )
  })
})

/** Minutes and quarters of late facts are counted after the pass that says how far all is stored. */
function untilEqualRows(wanted: EqualRows): Promise<number> {
  return eventually('equal rows', () =>
    expectEqualRows(wanted).then(
      (found) => ({ found }),
      (error: unknown) => ({ seen: String(error) }),
    ),
  )
}

describe.each(creators)('every report of creator $id equals the journal', ({ id: creator }) => {
  const clock = clockOf(zone)
  const hourOf = ({ atMs }: Act): string => {
    const { day, hour } = clock(atMs)
    return `${day}T${String(hour).padStart(2, '0')}:00:00+05:30`
  }
  const own = (): readonly Act[] => counted.filter(({ video }) => ownerOf(video) === creator)

  test.each<readonly [string, (act: Act) => string, number]>([
    ['video,day', (act) => `${act.video} ${clock(act.atMs).day}`, 5 * 8],
    ['day', ({ atMs }) => clock(atMs).day, 8],
    ['video,hour', (act) => `${act.video} ${hourOf(act)}`, 5 * 7 * 24],
    ['hour', hourOf, 7 * 24],
    ['video', ({ video }) => String(video), 5],
  ])('by %s in +05:30', async (dimensions, keyOf, rowsMin) => {
    const query = { dimensions, tz: zone, ...range }
    const rows = await untilEqualRows({ creator, query, acts: own(), keyOf })
    expect(rows).toBeGreaterThanOrEqual(rowsMin)
  })

  test('in one sum', async () => {
    expect(await untilEqualRows({ creator, query: range, acts: own(), keyOf: () => '' })).toBe(1)
  })
})

test('an id with another time was refused, and is kept as a dead letter', async () => {
  const ids = journal.misdated.map((event) => event['event_id'])
  expect(refusal).toMatchObject({
    status: 422,
    body: { rejected: ids.map((event_id) => ({ event_id, code: 'id_time_mismatch' })) },
  })
  await using reader = await openDeadLetterReader('collector')
  const payload = z.object({ event_id: z.string() })
  const dead = reader.letters
    .filter(({ letter }) => letter.reason === 'id_time_mismatch')
    .map(({ letter }) => payload.parse(JSON.parse(Buffer.from(letter.payload).toString())).event_id)
  expect(dead).toEqual(expect.arrayContaining(ids))
})

test('it was no quiet week', () => {
  const sent = journal.rounds.flat()
  const ids = sent.map((event) => event['event_id'])
  const acts = journal.acts.length
  expect(sent.length - acts - 2 * journal.disputes.length).toBeGreaterThan(0.3 * acts)
  expect(new Set(ids).size).toBe(acts + journal.disputes.length)
  expect(new Set(journal.acts.map(({ type }) => type)).size).toBe(actTypes.length)
  expect(journal.acts.length - counted.length).toBeGreaterThan(100)
  expect(victims.map(({ name, moment }) => ({ name, moment }))).toEqual(strikesOfRounds.flat())
  expect(new Set(victims.map(({ pid }) => pid)).size).toBe(6)
  for (const { name, pid } of victims) expect(pidOf(name)).not.toBe(pid)
})
