// Guarded totals on the real path: who acted is counted once, in one leaf, and what is published of it never changes.
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createLaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import { drawNoise } from '#consumers/sealer/release/noise.ts'
import { noiseKeyAt } from '#consumers/sealer/release/noise-keys.ts'
import { guardedNames } from '#schemas/guarded.ts'
import { createEventMaker } from '../../../support/events.ts'
import { importPast, putCreator } from '../../../support/history.ts'
import { eventually, kill, platform, post, store } from '../../../support/outside.ts'
import type { Json } from '../../../support/outside.ts'
import { publishedLeaves } from '../../../support/published-leaves.ts'
import type { PublishedLeaf } from '../../../support/published-leaves.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const { make } = createEventMaker(771)

const nowMs = Date.now()
const publishedMs = Math.floor((nowMs - 9 * DAY_MS) / HOUR_MS) * HOUR_MS
const creator = '771001'
const busy = '7710011'
const quiet = '7710012'
const videos = [busy, quiet].map((videoId) => ({ videoId, creatorId: creator, publishedMs }))

type Guarded = (typeof guardedNames)[number]

interface Act {
  readonly type: string
  readonly user: number
  readonly video: string
  readonly atMs: number
}

/** Some 30 saves an hour of one video over eight days, a share and an unsave now and then. */
const acts: readonly Act[] = Array.from({ length: 8 * 24 * 30 }, (_, index) => {
  const atMs = publishedMs + Math.floor((index * HOUR_MS) / 30) + 7
  const user = 77_100_000 + index
  return [
    { type: 'view', user, video: busy, atMs },
    { type: 'save', user, video: busy, atMs },
    ...(index % 7 === 0 ? [{ type: 'share', user, video: busy, atMs: atMs + 5 }] : []),
    ...(index % 11 === 0 ? [{ type: 'unsave', user, video: busy, atMs: atMs + 90_000 }] : []),
  ]
}).flat()

const eventOf = ({ type, user, video, atMs }: Act): Json =>
  make(type, { user, video, creator, atMs })

/** People by their first act of a kind in the time of a leaf. */
function trueCount(leaf: PublishedLeaf, metric: Guarded): number {
  const type = metric.slice(0, -1)
  return acts.filter(
    (act) =>
      act.type === type &&
      act.video === leaf.video_id &&
      act.atMs < leaf.to_s * 1000 &&
      (leaf.leaf === 1 || act.atMs >= leaf.from_s * 1000),
  ).length
}

/** What must be published for a count, by the key of the day on which it was decided. */
function noised(leaf: PublishedLeaf, metric: Guarded, count: number): number {
  const key = noiseKeyAt(join(platform.dataDir, 'keys', 'noise'), leaf.decided_s * 1000)
  const span = { fromMs: leaf.from_s * 1000, toMs: leaf.to_s * 1000 }
  const cell = { table: 'totals', subject: BigInt(leaf.video_id), metric, ...span, count }
  return count + drawNoise(key, cell, createLaplaceSampler(metric === 'unsaves' ? 0.25 : 0.5))
}

function awaitLeaves(): Promise<readonly PublishedLeaf[]> {
  return eventually('leaves of the last days', async () => {
    const leaves = await publishedLeaves([busy, quiet])
    const ends = [busy, quiet].map((id) => leaves.findLast(({ video_id }) => video_id === id)?.to_s)
    const isDone = ends.every((end) => end !== undefined && end * 1000 > publishedMs + 2 * DAY_MS)
    return isDone ? { found: leaves } : { seen: leaves.length }
  })
}

let leaves: readonly PublishedLeaf[] = []

beforeAll(async () => {
  await putCreator(creator, 'Asia/Kolkata')
  await importPast(videos, acts.map(eventOf))
  leaves = await awaitLeaves()
}, 120_000)

test('leaves tile the time from the hour of publication, without a gap', () => {
  for (const video of [busy, quiet]) {
    const own = leaves.filter(({ video_id }) => video_id === video)
    expect(own[0]?.from_s).toBe(publishedMs / 1000)
    for (const [index, leaf] of own.entries()) {
      expect(leaf.leaf).toBe(index + 1)
      expect(leaf.to_s % 300).toBe(0)
      if (index > 0) expect(leaf.from_s).toBe(own[index - 1]?.to_s)
    }
  }
})

test('a video that many save has more leaves than one that nobody sees, which has noise alone', () => {
  const count = (video: string): number => leaves.filter((leaf) => leaf.video_id === video).length
  expect(count(busy)).toBeGreaterThan(20)
  expect(count(quiet)).toBeLessThan(6)
  // Days end at midnight where the creator lives.
  const ends = leaves.filter(({ video_id }) => video_id === quiet).map(({ to_s }) => to_s % 86_400)
  expect(new Set(ends)).toEqual(new Set([18.5 * 3600]))
})

test('each number is the exact count and the noise that is drawn for it', () => {
  for (const leaf of leaves) {
    const found = guardedNames.map((metric) => leaf[metric])
    const expected = guardedNames.map((metric) => noised(leaf, metric, trueCount(leaf, metric)))
    expect([leaf.video_id, leaf.leaf, ...found]).toEqual([leaf.video_id, leaf.leaf, ...expected])
  }
})

const markSchema = z.object({ metric: z.string(), leaf: z.number(), people: z.number() })

test('whoever is counted is marked with the leaf that counted them', async () => {
  await using vault = store('vault', 'admin')
  const marks = await vault.rows(
    markSchema,
    `select toString(metric) as metric, toUInt32(bitShiftRight(first, 21)) as leaf,
       toUInt32(count()) as people
     from (
       select metric, person, min(total) as first from vault.people
       where video_id = {video:UInt64} and metric in ('saves', 'unsaves', 'shares')
       group by metric, person
     )
     where bitShiftRight(first, 21) < 1000000
     group by metric, leaf order by metric, leaf`,
    { video: busy },
  )
  const expected = guardedNames.flatMap((metric) =>
    leaves
      .filter(({ video_id }) => video_id === busy)
      .map((leaf) => ({ metric, leaf: leaf.leaf, people: trueCount(leaf, metric) }))
      .filter(({ people }) => people > 0),
  )
  const inOrder = (rows: typeof marks) =>
    rows.toSorted((a, b) => a.metric.localeCompare(b.metric) || a.leaf - b.leaf)
  expect(inOrder(marks)).toEqual(inOrder(expected))
})

test('what was done earlier and comes in late, twice or after a death changes no leaf', async () => {
  const before = await publishedLeaves([busy, quiet])
  const late = acts
    .filter(({ type }) => type === 'save')
    .slice(100, 400)
    // The same people, a little earlier, from elsewhere.
    .map((act) => eventOf({ ...act, atMs: act.atMs - 60_000 }))
  const fresh = Array.from({ length: 40 }, (_, index) =>
    eventOf({ type: 'save', user: 77_900_000 + index, video: quiet, atMs: publishedMs + 60_000 }),
  )
  await post([...late, ...fresh], 2000, 'events:backfill')
  await kill('sealer')
  await post(late, 2000, 'events:backfill')
  await eventually('the late people to be stored', async () => {
    await using vault = store('vault', 'admin')
    const rows = await vault.rows(
      z.object({ people: z.coerce.number() }),
      `select uniqExact(person) as people from vault.people
       where video_id = {quiet:UInt64} and metric = 'saves'`,
      { quiet },
    )
    return rows[0]?.people === 40 ? { found: true } : { seen: rows }
  })
  const after = await publishedLeaves([busy, quiet])
  expect(after.slice(0, before.length)).toEqual(before)
}, 120_000)
