// Exact totals of private acts are planted and then searched for everywhere that is not the act itself: nothing counts them but a seal, which tells nobody.
import { beforeAll, expect, test } from 'vitest'
import { createEventMaker } from '../../support/events.ts'
import { answers, logs, records, tablesOf } from '../../support/everywhere.ts'
import { importPast } from '../../support/history.ts'
import { eventually } from '../../support/outside.ts'
import type { Json } from '../../support/outside.ts'
import { publishedLeaves } from '../../support/published-leaves.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const creator = '774001'
const video = '7740011'
const publishedMs = Math.floor((Date.now() - 12 * DAY_MS) / DAY_MS) * DAY_MS

/** Primes of five digits, as nothing else counts them by chance. */
const planted = { saves: 20_173, shares: 13_499, unsaves: 10_271 } as const
/** Views are open: their total of a day is published exactly, and has to be found. */
const VIEWS_OF_A_DAY = 10_007

const { make } = createEventMaker(774)

/** Spread over eight days, so that the total stands in no single leaf. */
function spread(type: string, count: number, firstUser: number): readonly Json[] {
  return Array.from({ length: count }, (_, index) => {
    const atMs = publishedMs + HOUR_MS + Math.floor((index * 8 * DAY_MS) / count)
    return make(type, { user: firstUser + index, video, creator, atMs })
  })
}

/** What other tests have there by chance, as the id of a user. */
const before = new Map<number, Record<string, number>>()

beforeAll(async () => {
  const earlier = await everything()
  for (const total of Object.values(planted)) before.set(total, occurrencesOf(total, earlier))
  const views = Array.from({ length: VIEWS_OF_A_DAY }, (_, index) =>
    make('view', { user: 77_400_000 + index, video, creator, atMs: publishedMs + DAY_MS + index }),
  )
  await importPast(
    [{ videoId: video, creatorId: creator, publishedMs }],
    [
      ...views,
      ...spread('save', planted.saves, 77_400_000),
      ...spread('share', planted.shares, 77_450_000),
      ...spread('unsave', planted.unsaves, 77_400_000),
    ],
  )
  await eventually('leaves of eight days', async () => {
    const last = (await publishedLeaves([video])).at(-1)
    const isDone = last !== undefined && last.to_s * 1000 > publishedMs + 8 * DAY_MS
    return isDone ? { found: true } : { seen: last }
  })
}, 180_000)

/** How often a number stands on its own, by place. */
function occurrencesOf(number: number, texts: ReadonlyMap<string, string>): Record<string, number> {
  const alone = new RegExp(`(?<![0-9.])${number}(?![0-9])`, 'g')
  const found = [...texts].map(([place, text]) => [place, text.match(alone)?.length ?? 0] as const)
  return Object.fromEntries(found.filter(([, times]) => times > 0))
}

test('the search finds a total that is published exactly', async () => {
  const places = Object.keys(occurrencesOf(VIEWS_OF_A_DAY, await tablesOf('vault', 'rollups')))
  expect(places).toContain('rollups rollups.video_days')
  expect(places).toContain('rollups rollups.creator_days')
})

async function everything(): Promise<ReadonlyMap<string, string>> {
  const tables = await tablesOf('vault', 'rollups')
  return new Map([...tables, ...(await records()), ...logs(), ...(await answers(creator))])
}

test('the exact total of saves, shares and un-saves stands nowhere', async () => {
  const everywhere = await everything()
  expect(everywhere.size).toBeGreaterThan(40)
  for (const [metric, total] of Object.entries(planted)) {
    expect([metric, occurrencesOf(total, everywhere)]).toEqual([metric, before.get(total)])
  }
}, 180_000)
