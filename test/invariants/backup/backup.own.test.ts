// The drill: vault, rollups or both are lost and restored, and everything equals a count of what was sent, and what was published before.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import { createEventMaker, seeded, utcDay } from '../../support/events.ts'
import { eventually } from '../../support/client.ts'
import type { Json } from '../../support/client.ts'
import { openStarts } from '../../support/starts.ts'
import type { Start } from '../../support/starts.ts'
import { actTypes, fieldsOf, metricNames, tally } from '../../support/tally.ts'
import type { Act } from '../../support/tally.ts'
import { createJournal } from '../journal.ts'
import { openClient } from './backup-client.ts'
import type { Client } from './backup-client.ts'
import { expectSealsEqual, expectSealsKept, readSeals, sealTables } from './kept-seals.ts'
import type { KeptSeals } from './kept-seals.ts'

const seed = 20_261_126
const creator = '860001'
const firstVideos = [8_600_011, 8_600_012, 8_600_013]
/** Catalogued only after the backup; acts on it come before. */
const lateVideo = 8_600_014
const videos = [...firstVideos, lateVideo]
const users = Array.from({ length: 30 }, (_, index) => 501 + index)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const EQUAL_LIMIT_MS = 120_000
/** Servers are started first. */
const UNDER_WAY_LIMIT_MS = 120_000
const nowMs = Date.now()
/** Leaves of its first two days are a day long. */
const publishedMs = nowMs - 80 * HOUR
const today = Math.floor(nowMs / DAY) * DAY
const range = { start_date: utcDay(today - 3 * DAY), end_date: utcDay(today) }

const starts = openStarts()
const { dataDir } = starts
afterAll(() => starts[Symbol.asyncDispose]())

const random = seeded(seed)
const below = (bound: number): number => Math.floor(random() * bound)
const { make, shuffle } = createEventMaker(seed)

interface Sent {
  readonly act: Act
  readonly event: Json
}

const sent: Sent[] = []
const journal = createJournal([{ id: creator, publishedMs, videos, disputed: [], saved: [] }])

/** Enough for buckets of them. */
const CROWD = 130

/** Viewers who save a video at once, on the first day of it: nobody else does anything as one of them. */
function crowdOf(video: number): readonly Act[] {
  return Array.from({ length: CROWD }, (_, index) => index).flatMap((index) =>
    ['view', 'save'].map((type) => ({
      type,
      user: 1000 + index,
      video,
      atMs: publishedMs + HOUR + index * 60_000,
      watched: type === 'view' ? 4000 : 0,
      duration: type === 'view' ? 9000 : 0,
    })),
  )
}

/** Acts of the last three days, a fifth of them twice, and others; all of them are expected from now on. */
function round(size: number, others: readonly Act[] = []): readonly Json[] {
  const acts = Array.from({ length: size }, (): Act => ({
    type: actTypes[below(actTypes.length)] ?? 'view',
    user: users[below(users.length)] ?? 0,
    video: videos[below(videos.length)] ?? 0,
    atMs: nowMs - 60_000 - below(3 * DAY - HOUR),
    watched: below(12_000),
    duration: below(4) === 0 ? 0 : 9000,
  }))
  const some = [...acts, ...others].map((act): Sent => {
    const fields = fieldsOf(act, 8_700_000 + sent.length + below(1e9))
    return { act, event: make(act.type, { ...act, creator }, fields) }
  })
  sent.push(...some)
  for (const { act, event } of some) journal.note(String(event['event_id']), act)
  const events = some.map(({ event }) => event)
  return shuffle([...events, ...events.filter(() => below(5) === 0)])
}

/** Numbers by video and day, counted here. */
function countedHere(): Readonly<Record<string, unknown>> {
  const days = [3, 2, 1, 0].map((back) => utcDay(today - back * DAY))
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
        const people = day === utcDay(today) ? null : viewers
        return [`${video} ${day}`, [...Object.values(sums), people]]
      })
    }),
  )
}

const rowsSchema = z.array(z.array(z.union([z.string(), z.number(), z.null()])))

async function publishedNow(client: Client): Promise<Readonly<Record<string, unknown>>> {
  const metrics = [...metricNames, 'viewers'].join(',')
  const answer = await client.report(creator, { ...range, metrics, dimensions: 'video,day' })
  const rows = rowsSchema.catch([]).parse(answer.body['rows'])
  return Object.fromEntries(
    rows.map(([video, day, ...numbers]) => {
      const people = day === utcDay(today) ? [null] : numbers.slice(-1)
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

/** Acts whose leaves and buckets are held until all of them are there, and those of a crowd on the last of the videos. */
async function importRound(client: Client, size: number, catalogued: readonly number[]) {
  const crowded = catalogued.at(-1) ?? 0
  const end = await client.hold(creator)
  for (const video of catalogued) await client.putVideo(video, creator, publishedMs)
  const from = sent.length
  await client.post(round(size, crowdOf(crowded)))
  await end()
  const acts = sent
    .slice(from)
    .map(({ act }) => act)
    .filter(({ video }) => catalogued.includes(video))
  journal.imports.push({ isFirst: true, acts, endedMs: Date.now() })
}

/** Waits until there are buckets of both crowds. */
async function untilBucketed({ sealSources }: Client): Promise<void> {
  const statement =
    'select distinct video_id, metric from rollups.video_buckets order by video_id, metric'
  await eventually(
    'buckets of crowds',
    async () => {
      const seen = await sealSources.rollups.rows(statement)
      return seen.length >= 4 ? { found: seen } : { seen }
    },
    EQUAL_LIMIT_MS,
    500,
  )
}

/** Waits until facts, lists, claims and numbers equal what was sent. */
async function expectAllEqual(client: Client): Promise<void> {
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

function lose(...servers: readonly ('vault' | 'rollups')[]): void {
  for (const server of servers) rmSync(join(dataDir, server), { recursive: true })
}

describe('the drill', { timeout: 300_000 }, () => {
  let run: Start
  let client: Client
  let backup = ''
  let before: unknown
  let seals: KeptSeals
  let restoredMs = 0

  const begin = async (): Promise<void> => {
    run = starts.start('--no-simulator')
    client = await openClient(dataDir, await starts.untilUp(run))
  }
  const end = async (): Promise<void> => {
    run.child.kill('SIGINT')
    const told = run.output().match(/^.*: (?:warn|error): .*$/gm) ?? []
    if (told.length > 0) process.stderr.write(`${told.join('\n')}\n`)
    expect(await starts.ended(run)).toBe(0)
  }

  const expectKept = (): Promise<void> =>
    expectSealsKept(client.sealSources, journal, { before: seals, restoredMs })

  const restore = async (...parts: readonly string[]): Promise<void> => {
    const { code, text } = await starts.keepsake('restore', backup, ...parts)
    expect([code, text]).toEqual([0, expect.stringContaining('Restored.')])
    restoredMs = Date.now()
  }

  /** What comes last may be in the log alone; people who come in late are of no leaf that is sealed. */
  const endWithNews = async (): Promise<void> => {
    seals = await readSeals(client.sealSources)
    await client.post(round(300))
    await end()
  }

  test('a backup is taken while events come in', async () => {
    process.stderr.write(`drill: seed ${seed}\n`)
    await begin()
    await importRound(client, 1500, firstVideos)
    await eventually('something published', async () => {
      const seen = await publishedNow(client)
      const isThere = Object.values(seen).some((row) => Array.isArray(row) && row[0] > 0)
      return isThere ? { found: seen } : { seen }
    })
    const posting = new AbortController()
    const during = (async () => {
      while (!posting.signal.aborted) await client.post(round(100))
    })()
    const { code, text } = await starts.keepsake('backup')
    posting.abort()
    await during
    expect([code, text]).toEqual([0, expect.stringContaining('vault and rollups')])
    backup = /^\/.*$/m.exec(text)?.[0] ?? ''
    await importRound(client, 1500, [lateVideo])
    await expectAllEqual(client)
    await untilBucketed(client)
    await expectSealsEqual(client.sealSources, journal)
    seals = await readSeals(client.sealSources)
    before = await publishedNow(client)
  })

  test('is refused while the platform runs, and of half a backup', async () => {
    const running = await starts.keepsake('restore', backup, '--replace')
    expect(running).toMatchObject({ code: 1, text: expect.stringContaining('Stop it with') })
    const half = join(dataDir, 'backups', 'half')
    mkdirSync(half)
    const refused = await starts.keepsake('restore', half)
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('no finished backup') })
    const { text } = await starts.keepsake('backup', 'list')
    expect(text).toMatch(/half +not finished/)
    await end()
  })

  test('a restore that is killed starts nothing, and is run again', async () => {
    lose('vault', 'rollups')
    const killed = starts.command('restore', backup)
    const isUnderWay = async () => {
      const seen = killed.output()
      return seen.includes('setting consumers back') ? { found: seen } : { seen }
    }
    await eventually('a restore under way', isUnderWay, UNDER_WAY_LIMIT_MS, 20)
    // The command's own process, which has the data folder.
    process.kill(readPlatformState(dataDir)?.pid ?? 0, 'SIGKILL')
    await starts.ended(killed)
    const refused = starts.start('--no-simulator')
    expect(await starts.ended(refused)).toBe(1)
    expect(refused.output()).toContain('Run it again')
    await restore()
  })

  test('vault and rollups are lost: everything equals after the restore', async () => {
    await begin()
    await expectAllEqual(client)
    expect(await publishedNow(client)).toEqual(before)
    await expectKept()
    await endWithNews()
  })

  test('the rollups alone are lost', async () => {
    lose('rollups')
    await restore('rollups')
    await begin()
    await expectAllEqual(client)
    await expectKept()
    await endWithNews()
  })

  test('the vault alone is lost', async () => {
    lose('vault')
    await restore('vault')
    await begin()
    await expectAllEqual(client)
    await expectKept()
  })

  test('leaves and buckets alone are lost: the log of decisions has all of them', async () => {
    seals = await readSeals(client.sealSources)
    await using eventLog = client.openLog()
    const pid = readPlatformState(dataDir)?.processes.find(({ name }) => name === 'sealer')?.pid
    if (pid === null || pid === undefined) throw new Error('there is no sealer')
    // Until its group gives it up; then it must not go on with what it knew.
    process.kill(pid, 'SIGSTOP')
    await eventually('nobody in the group', async () =>
      (await eventLog.hasMembers('sealer')) ? { seen: 'a member' } : { found: true },
    )
    for (const table of sealTables) {
      await client.sealSources.rollups.rows(`truncate table rollups.${table}`)
    }
    const position = { topic: 'decisions.v1', partition: 0, offset: 0n }
    await eventLog.setCommitted('sealer', [position])
    process.kill(pid, 'SIGKILL')
    await expectKept()
    const after = await readSeals(client.sealSources)
    // What ended meanwhile has marks of its own.
    const same = [...after.sealed].filter(([key]) => seals.sealed.has(key))
    expect(new Map(same)).toEqual(seals.sealed)
    await end()
  })
})
