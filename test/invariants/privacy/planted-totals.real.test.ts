// Exact totals of private acts are planted and then searched for everywhere that is not the act itself: nothing counts them but a seal, which tells nobody.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { SchemaName } from '#infra/kafka/avro.ts'
import { ask } from '#infra/runtime/ops-client.ts'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import { topics } from '#schemas/topics.ts'
import { createEventMaker } from '../../support/events.ts'
import { importPast } from '../../support/history.ts'
import { eventually, keepsakeEnd, platform, report, store, tokens } from '../../support/outside.ts'
import type { Json } from '../../support/outside.ts'
import { openTestLog } from '../../support/produce.ts'
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

const tableSchema = z.object({ database: z.string(), name: z.string() })

/** Every row of every table of both servers. */
async function tables(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const server of ['vault', 'rollups'] as const) {
    await using admin = store(server, 'admin')
    const all = await admin.rows(
      tableSchema,
      `select database, name from system.tables
       where database in ('vault', 'rollups', 'directory') and engine like '%MergeTree'`,
    )
    for (const { database, name } of all) {
      let text = ''
      const rows = await admin.read(`select * from ${database}.${name} format TabSeparated`)
      for await (const chunk of rows) text += String(chunk)
      found.set(`${server} ${database}.${name}`, text)
    }
  }
  return found
}

const schemas = {
  [topics.decisions.name]: ['decision-v1', 'decision-v2'],
  [topics.touched.name]: ['touched-v1', 'touched-v2'],
  [topics.takeovers.name]: ['takeover-v1'],
  [topics.imports.name]: ['import-hold-v1'],
  [topics.videos.name]: ['video-v1'],
  [topics.creators.name]: ['creator-v1'],
  [topics.notifications.name]: ['notification-v1'],
} as const satisfies Readonly<Record<string, readonly SchemaName[]>>

/** Every record of every topic but those that hold events, in words. */
async function records(): Promise<ReadonlyMap<string, string>> {
  await using eventLog = openTestLog()
  const found = new Map<string, string>()
  for (const [topic, names] of Object.entries(schemas)) {
    const codecs = names.map((name) => openAvroCodec<unknown>(name))
    const ranges = (await eventLog.offsetsOf(topic))
      .filter(({ low, high }) => low < high)
      .map(({ partition, low, high }) => ({ partition, from: low, to: high }))
    const texts: string[] = []
    await eventLog.readRanges({
      topic,
      ranges,
      stop: new AbortController().signal,
      async take(some) {
        for (const { value, key } of some) {
          const decoded = codecs.map((codec) => (value === null ? null : codec.decode(value)))
          texts.push(
            `${String(key)} ${JSON.stringify(decoded, (_name, each: unknown) =>
              typeof each === 'bigint' ? each.toString() : each,
            )}`,
          )
        }
      },
    })
    found.set(topic, texts.join('\n'))
  }
  return found
}

function logs(): ReadonlyMap<string, string> {
  const folder = join(platform.dataDir, 'logs')
  const names = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** What processes say of themselves, to operators and to who asks for what is not theirs. */
async function answers(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const { name, ops_port: port } of readPlatformState(platform.dataDir)?.processes ?? []) {
    for (const path of ['metrics', 'ready', 'live']) {
      const text = port === undefined ? null : await ask(`http://127.0.0.1:${port}/${path}`)
      if (text !== null) found.set(`${name} /${path}`, text)
    }
  }
  const query = { metrics: 'views', start_date: '2026-01-01', end_date: 'yesterday' }
  found.set('a refused report', (await report(await tokens.creator(creator), query)).text)
  for (const command of ['status', 'verify']) {
    const { stdout, stderr } = await keepsakeEnd(command)
    found.set(`keepsake ${command}`, stdout + stderr)
  }
  return found
}

test('the search finds a total that is published exactly', async () => {
  const places = Object.keys(occurrencesOf(VIEWS_OF_A_DAY, await tables()))
  expect(places).toContain('rollups rollups.video_days')
  expect(places).toContain('rollups rollups.creator_days')
})

async function everything(): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await tables()), ...(await records()), ...logs(), ...(await answers())])
}

test('the exact total of saves, shares and un-saves stands nowhere', async () => {
  const everywhere = await everything()
  expect(everywhere.size).toBeGreaterThan(40)
  for (const [metric, total] of Object.entries(planted)) {
    expect([metric, occurrencesOf(total, everywhere)]).toEqual([metric, before.get(total)])
  }
}, 180_000)
