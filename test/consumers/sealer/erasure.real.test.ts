// An erased user is in no table of the vault any more, and not one published number is other than before, whatever is counted again.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readWaiting } from '#consumers/audit/frontier.ts'
import { createPseudonyms } from '#consumers/engagement/pseudonyms.ts'
import { createCandidates } from '#consumers/erase/candidates.ts'
import { giveOrder, newOrder } from '#consumers/erase/order.ts'
import { search } from '#consumers/erase/search.ts'
import { createErasing } from '#consumers/sealer/erasure/erasing.ts'
import type { Erasing } from '#consumers/sealer/erasure/erasing.ts'
import { countedPeople, countedRestricted } from '#consumers/sealer/day-totals.ts'
import { readLastGeneration } from '#consumers/sealer/generations.ts'
import { countedFacts } from '#consumers/sealer/span-totals.ts'
import { publishedTables } from '#consumers/sealer/tables-published.ts'
import { openClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore, QueryParams } from '#infra/clickhouse/clickhouse-store.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { createLog } from '#infra/runtime/log.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'
import {
  call,
  catalogue,
  collector,
  eventually,
  keepsakeEnd,
  keepsakeWith,
  passwordOf,
  pidOf,
  platform,
  post,
  store,
  tokens,
} from '../../support/outside.ts'
import type { Json } from '../../support/outside.ts'
import { produce } from '../../support/produce.ts'
import { openPulse } from '../../support/pulse.ts'

const creator = '830101'
const heir = '830102'
const other = '830103'
const open = '8301011'
const hidden = '8301012'
const tenth = '8301013'
const moved = '8301014'
const turned = '8301015'
const unknown = '8301016'
const onlyTheirs = '8301017'
const late = '8301018'
const videos = [open, hidden, tenth, moved, turned, unknown, onlyTheirs]

const DAY = 86_400_000
const HOUR = 3_600_000
/** Days of this test alone, and the running minutes. */
const firstMs = Math.floor(Date.now() / DAY) * DAY - 730 * DAY
const days = ['--from', utcDay(firstMs), '--to', utcDay(firstMs + 2 * DAY)]
const beganMs = Date.now()
const beganAt = new Date(beganMs - 1000).toISOString()
const erased = 8_301_777_001
const { make } = createEventMaker(83)

function act(type: string, user: number, video: string, atMs: number): Json {
  const more = type === 'stitch' || type === 'duet' ? { derived_video_id: '8301999' } : {}
  return make(type, { user, video, creator, atMs }, more)
}

/** Acts of one user on every video: first acts, later ones, and private ones. */
function actsOf(user: number, fromMs: number): readonly Json[] {
  const after = (ms: number): number => fromMs + ms + (user % 50) * 1000
  return [
    ...[open, hidden, tenth, moved, unknown].flatMap((video) => [
      act('view', user, video, after(0)),
      act('like', user, video, after(2000)),
      act('save', user, video, after(3000)),
      act('view', user, video, after(HOUR)),
      act('view', user, video, after(DAY)),
      act('comment', user, video, after(DAY + 5000)),
    ]),
    act('stitch', user, open, after(DAY + 9000)),
    act('share', user, open, after(9000)),
    act('unlike', user, moved, after(2 * DAY)),
  ]
}

async function put(video: string, owner: string, visibility: string): Promise<void> {
  const token = await tokens.service('videos:write', 'videos:transfer')
  const published_at = '2024-01-01T00:00:00Z'
  const body = { creator_id: owner, published_at, title: video, visibility }
  const { status, text } = await call('PUT', collector(`/v1/videos/${video}`), { token, body })
  if (status >= 300) throw new Error(text)
}

/** Every published open row of the test's videos and creators, the newest finished one of each. */
async function published(): Promise<ReadonlySet<string>> {
  await using rollups = store('rollups', 'admin')
  const generation = (await readLastGeneration(rollups))?.generation ?? 0n
  const found = new Set<string>()
  for (const { name, start, columns } of Object.values(publishedTables)) {
    for (const [scope, ids] of [
      ['video', videos],
      ['creator', [creator, heir]],
    ] as const) {
      const [row] = await rollups.rows(
        z.object({ rows: z.array(z.array(z.string())) }),
        `select arraySort(groupArray(array(toString(id), toString(start), ${columns.map((each) => `toString(${each})`).join(', ')}))) as rows
         from (
           select ${scope}_id as id, ${start} as start, ${columns.join(', ')}
           from rollups.${scope}_${name}
           where ${scope}_id in (${ids.join(', ')}) and generation <= ${generation}
           order by ${scope}_id, ${start}, generation desc
           limit 1 by ${scope}_id, ${start}
         )`,
      )
      for (const each of row?.rows ?? []) found.add(`${scope}_${name} ${each.join(' ')}`)
    }
  }
  return found
}

/** Rows that are not there any more as they were, and new ones; spans of today may close meanwhile. */
async function changesSince(before: ReadonlySet<string>): Promise<readonly string[]> {
  const now = await published()
  const today = utcDay(beganMs)
  return [
    ...[...before].filter((row) => !now.has(row)),
    ...[...now].filter(
      (row) => !before.has(row) && !(row.includes(today) || row.includes(utcDay(Date.now()))),
    ),
  ]
}

/** Everything that was sent is counted, and nothing waits to be counted again. */
async function settled(): Promise<void> {
  const sinceMs = Date.now()
  await using vault = store('vault', 'auditor')
  await using rollups = store('rollups', 'auditor')
  await eventually(
    'settled numbers',
    async () => {
      const last = await readLastGeneration(rollups)
      const { all } = await readWaiting(vault)
      const ours = all.filter(({ startS }) => startS * 1000 < firstMs + 4 * DAY)
      const isDone = (last?.watermarkMs ?? 0) > sinceMs && ours.length === 0
      return isDone ? { found: true } : { seen: [last?.watermarkMs, ours.length] }
    },
    120_000,
  )
}

/** Late facts of another creator's video in the same minutes, quarters and days: all are counted again. */
async function countAgain(user: number): Promise<void> {
  const nowMs = Date.now()
  await produce(
    [0, HOUR, DAY, DAY + HOUR, 2 * DAY].map((ms) => act('view', user, late, firstMs + ms + 60_000)),
  )
  await post(
    Array.from({ length: 10 }, (_, minute) =>
      act('view', user, late, nowMs - 1000 - minute * 60_000),
    ),
  )
  await settled()
}

const pseudonymKey = Buffer.from(
  readFileSync(join(platform.dataDir, 'keys', 'pseudonyms'), 'utf8'),
  'hex',
)
const pseudonyms = createPseudonyms(pseudonymKey)

/** Rows of the vault in which the user, or a pseudonym of the user, stands in any column. */
async function traces(user: number): Promise<readonly string[]> {
  await using vault = store('vault', 'admin')
  const persons = videos.map((video) => pseudonyms.personOf(BigInt(user), BigInt(video)))
  const wanted = [BigInt(user), ...persons].join(', ')
  const columns = await vault.rows(
    z.object({ table: z.string(), names: z.array(z.string()) }),
    `select table, groupArray(name) as names from system.columns
     where database = 'vault' and type like '%Int64%'
       and table in (select name from system.tables where database = 'vault' and engine like '%MergeTree')
       and table not in ('saves', 'savers')
     group by table`,
  )
  expect(columns.length).toBeGreaterThan(8)
  const found: string[] = []
  for (const { table, names } of columns) {
    const has = names.map((name) => `${name} in (${wanted})`).join(' or ')
    const [row] = await vault.rows(
      z.object({ rows: z.coerce.number() }),
      `select count() as rows from vault.${table} where ${has}`,
    )
    if ((row?.rows ?? 0) > 0) found.push(table)
  }
  return found.toSorted()
}

let before: ReadonlySet<string> = new Set()
let pulse: AsyncDisposable | null = null

beforeAll(async () => {
  await catalogue(creator, [open, moved, turned])
  await put(hidden, creator, 'private')
  await put(tenth, creator, 'unlisted')
  await catalogue(other, [late])
  pulse = openPulse(other)
  const users = [erased, ...Array.from({ length: 9 }, (_, user) => user + 1)]
  await produce(users.flatMap((user) => actsOf(user, firstMs + 60_000)))
  await produce([act('view', erased, onlyTheirs, firstMs + 120_000)])
  // What the tenth viewer did is told as long as there are ten.
  await produce([20, 21, 22].flatMap((user) => [act('view', user, hidden, firstMs + user * 1000)]))
  const nowMs = Date.now()
  await post([erased, 1, 2].flatMap((user) => [act('view', user, turned, nowMs - (user % 7))]))
  await settled()
  await put(moved, heir, 'public')
  await put(turned, creator, 'private')
  await post(
    [erased, 1, 2].flatMap((user) => [act('view', user, turned, Date.now() + 500 + (user % 7))]),
  )
  await settled()
  before = await published()
}, 300_000)

afterAll(() => pulse?.[Symbol.asyncDispose]())

describe('an erasure', () => {
  test('takes a user out of facts and people, and no number changes', async () => {
    for (const table of Object.keys(publishedTables)) {
      expect([...before].filter((row) => row.startsWith(`video_${table} `))).not.toEqual([])
    }
    expect(await traces(erased)).toEqual(['facts', 'people'])
    const end = await keepsakeWith(`${erased}\n`, 'erase', '--yes')
    expect([end.code, end.stderr]).toEqual([0, ''])
    expect(end.stdout).toMatch(/^order \d+ is done$/m)
    expect(end.stdout + end.stderr).not.toContain(String(erased))
    expect(await traces(erased)).toEqual([])
    expect(await changesSince(before)).toEqual([])
  }, 120_000)

  test('changes no number that is counted again, nor does the audit find any', async () => {
    await countAgain(901)
    expect(await changesSince(before)).toEqual([])
    const verify = await keepsakeEnd('verify', ...days)
    expect(verify.stdout).toMatch(/^0 holes, 0 differences$/m)
  }, 240_000)

  test('outlives a replay of the log', async () => {
    const replayed = await keepsakeEnd('replay', '--from', beganAt)
    expect(replayed).toMatchObject({ code: 0 })
    expect(replayed.stdout).toMatch(/^left out: [1-9]\d* events of users who were erased$/m)
    expect(await traces(erased)).toEqual([])
    expect(await changesSince(before)).toEqual([])
  }, 240_000)

  test('keeps what was done to a video that is catalogued only then', async () => {
    await catalogue(creator, [unknown, onlyTheirs])
    await settled()
    await using rollups = store('rollups', 'admin')
    const rows = await rollups.rows(
      z.object({ id: z.string(), views: z.number(), likes: z.number() }),
      `select toString(video_id) as id, toUInt32(sum(views)) as views, toUInt32(sum(likes)) as likes
       from (select * from rollups.video_quarters order by generation desc limit 1 by video_id, quarter)
       where video_id in (${unknown}, ${onlyTheirs}) group by video_id order by video_id`,
    )
    expect(rows).toEqual([
      { id: unknown, views: 30, likes: 10 },
      { id: onlyTheirs, views: 1, likes: 0 },
    ])
    before = await published()
  }, 120_000)
})

/** Statements of an order that write: marked, acts, people, under way, two deletions, forgotten twice, done. */
const diesAfter = [1, 2, 3, 4, 5, 6, 7, 8]

/** From then on counts are as before, however far the deletion is. */
const UNDER_WAY = 4

class Killed extends Error {}

/** A vault in which a process dies after so many statements of an order. */
function dyingVault(vault: ClickhouseStore, order: string, after: number): ClickhouseStore {
  let left = after
  const counted =
    (run: (sql: string, params?: QueryParams) => Promise<void>) =>
    async (sql: string, params?: QueryParams): Promise<void> => {
      const isOurs = params?.['order'] === order || sql.includes(order)
      if (isOurs && left === 0) throw new Killed()
      await run(sql, params)
      if (isOurs) left -= 1
    }
  return {
    ...vault,
    command: counted((sql, params) => vault.command(sql, params)),
    insertSelect: counted((sql, params) => vault.insertSelect(sql, params)),
  }
}

/** What counts say of the days, whatever is published: from facts and residue as they are now. */
async function counts(): Promise<readonly unknown[]> {
  await using vault = store('vault', 'auditor')
  const row = z.record(z.string(), z.unknown())
  const found: unknown[] = []
  for (const dayS of [0, DAY, 2 * DAY].map((ms) => (firstMs + ms) / 1000)) {
    const starts = Array.from({ length: 96 }, (_, quarter) => dayS + quarter * 900)
    const params = { starts, from_s: dayS, to_s: dayS + DAY / 1000 }
    for (const counted of [countedFacts('quarter'), countedPeople(), countedRestricted()]) {
      const sql = `select * from (${counted}) where video_id in (${videos.join(', ')}) order by all`
      found.push(await vault.rows(row, sql, params))
    }
  }
  return found
}

/** Gives an order as the command does. */
async function orderOf(user: number): Promise<string> {
  const order = newOrder()
  await using session = openClickhouseStore({
    url: platform.vaultUrl,
    user: 'eraser',
    password: passwordOf('vault', 'eraser'),
    application: 'test',
    session: order,
  })
  const candidates = createCandidates({
    userId: BigInt(user),
    pseudonymKey,
    tokenKey: Buffer.alloc(32, user % 256),
  })
  const stop = new AbortController().signal
  const onProgress = (): void => undefined
  const found = await search({ session, candidates, order, stop, onProgress, pageVideos: 3 })
  await giveOrder(session, order, found, Date.now())
  return order
}

/** Takes turns until the vault is dead; what the server has begun to delete takes its time. */
function untilKilled(erasing: Erasing): Promise<boolean> {
  return eventually('the end of a sealer', async () => {
    try {
      await erasing.turn()
      return { seen: 'alive' }
    } catch (error) {
      if (error instanceof Killed) return { found: true }
      throw error
    }
  })
}

describe('a sealer that dies on the way', () => {
  test('leaves an order that the next one carries out, and no number changes', async () => {
    const users = diesAfter.map((_, index) => 8_301_800 + index)
    await produce(users.flatMap((user) => actsOf(user, firstMs + 60_000)))
    await settled()
    const counted = await published()
    const countedNow = await counts()
    await using auditor = store('rollups', 'auditor')
    const generation = (await readLastGeneration(auditor))?.generation ?? 0n

    const pid = pidOf('sealer') ?? 0
    process.kill(pid, 'SIGSTOP')
    try {
      await using vault = store('vault', 'sealer')
      let next = generation
      for (const [index, user] of users.entries()) {
        const order = await orderOf(user)
        const erasing = createErasing({
          log: createLog({ name: 'test', level: 'silent' }),
          clock: systemClock,
          vault: dyingVault(vault, order, diesAfter[index] ?? 0),
          nextGeneration: () => (next += 1n),
        })
        await untilKilled(erasing)
        // Before, facts and residue are both there, and the next turn comes before the next count.
        if (diesAfter[index] !== undefined && diesAfter[index] >= UNDER_WAY) {
          expect([index, await counts()]).toEqual([index, countedNow])
        }
      }
      // What comes in meanwhile is counted by the next one: after it has ended what was begun.
      await produce([0, HOUR, DAY].map((ms) => act('view', 902, late, firstMs + ms + 60_000)))
    } finally {
      process.kill(pid, 'SIGKILL')
    }
    await settled()
    for (const user of users) expect([user, await traces(user)]).toEqual([user, []])
    expect(await changesSince(counted)).toEqual([])
    await countAgain(903)
    expect(await changesSince(counted)).toEqual([])
  }, 400_000)
})
