// What was published of private acts never changes by a byte: not by late acts, a replay, an erasure, a freeze or a sealer that dies.
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createEventMaker } from '../../support/events.ts'
import { sayFrozenLongAgo } from '../../support/frozen-days.ts'
import { importPast } from '../../support/history.ts'
import { eventually, keepsakeEnd, keepsakeWith, kill, post, store } from '../../support/outside.ts'
import type { Json } from '../../support/outside.ts'
import { lastFinished } from '../../support/published.ts'
import { publishedLeaves } from '../../support/published-leaves.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const creator = '775001'
const video = '7750011'
/** A past of this test alone, so that a day of it can be frozen. */
const publishedMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - 400 * DAY_MS
const beganAt = new Date(Date.now() - 1000).toISOString()
const { make } = createEventMaker(775)

const act = (type: string, user: number, atMs: number): Json =>
  make(type, { user, video, creator, atMs })

const acts = Array.from({ length: 2000 }, (_, index) => {
  const atMs = publishedMs + HOUR_MS + index * 60_000
  const user = 77_500_000 + index
  return [act('view', user, atMs), act('save', user, atMs), act('share', user, atMs + 1)]
}).flat()

let before: readonly string[] = []

async function dump(): Promise<readonly string[]> {
  return (await publishedLeaves([video])).map((leaf) => JSON.stringify(leaf))
}

/** Passes of the sealer that have begun since: whatever would change a leaf has had its turn. */
async function awaitPasses(): Promise<void> {
  const first = await lastFinished()
  await eventually(
    'later passes',
    async () => {
      const last = await lastFinished()
      const isLater = (last?.watermarkMs ?? 0) > (first?.watermarkMs ?? 0)
      return isLater ? { found: true } : { seen: last }
    },
    60_000,
  )
}

beforeAll(async () => {
  await importPast([{ videoId: video, creatorId: creator, publishedMs }], acts)
  before = await eventually('leaves up to now', async () => {
    const leaves = await publishedLeaves([video])
    const isDone = (leaves.at(-1)?.to_s ?? 0) * 1000 > publishedMs + 360 * DAY_MS
    return isDone ? { found: leaves.map((leaf) => JSON.stringify(leaf)) } : { seen: leaves.length }
  })
}, 120_000)

test('earlier acts of the same people that come in late', async () => {
  const earlier = Array.from({ length: 500 }, (_, index) =>
    act('save', 77_500_000 + index, publishedMs + HOUR_MS + index * 60_000 - 1_800_000),
  )
  await post(earlier, 500, 'events:backfill')
  await awaitPasses()
  expect((await dump()).slice(0, before.length)).toEqual(before)
})

test('the log read again', async () => {
  const end = await keepsakeEnd('replay', '--from', beganAt, '--to', new Date().toISOString())
  expect(end).toMatchObject({ code: 0 })
  await awaitPasses()
  expect((await dump()).slice(0, before.length)).toEqual(before)
}, 180_000)

test('the erasure of somebody who is counted, of whom nothing is left', async () => {
  const people = async (): Promise<number> => {
    await using vault = store('vault', 'admin')
    const [row] = await vault.rows(
      z.object({ people: z.coerce.number() }),
      `select uniqExact(person) as people from vault.people
       where video_id = {video:UInt64} and metric = 'saves'`,
      { video },
    )
    return row?.people ?? 0
  }
  expect(await people()).toBe(2000)
  expect(await keepsakeWith('77500700\n', 'erase', '--yes')).toMatchObject({ code: 0 })
  expect(await people()).toBe(1999)
  await awaitPasses()
  expect((await dump()).slice(0, before.length)).toEqual(before)
}, 180_000)

test('a day that is frozen and loses its facts, and sealers that die', async () => {
  const dayS = publishedMs / 1000
  await sayFrozenLongAgo(dayS)
  await using vault = store('vault', 'sealer')
  await kill('sealer')
  await eventually(
    'the facts of the day to be gone',
    async () => {
      const [row] = await vault.rows(
        z.object({ facts: z.coerce.number() }),
        `select count() as facts from vault.facts
         where toDate(slot) = toDate(toDateTime({day_s:UInt32}, 'UTC'))`,
        { day_s: dayS },
      )
      return row?.facts === 0 ? { found: true } : { seen: row }
    },
    60_000,
  )
  await kill('sealer')
  await awaitPasses()
  expect((await dump()).slice(0, before.length)).toEqual(before)
}, 180_000)
