// The log is read again: on a sound platform nothing changes, what was lost comes back, and a running consumer notices nothing.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { createLog } from '#infra/runtime/log.ts'
import {
  catalogue,
  eventually,
  eventuallyRows,
  keepsakeEnd,
  pidOf,
  platform,
  post,
  store,
  tokens,
} from '../../support/outside.ts'
import type { CommandEnd } from '../../support/outside.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'
import { produce } from '../../support/produce.ts'

const creator = '871101'
const videos = [8_711_011, 8_711_012]
const DAY = 86_400_000
/** Days of this test alone. */
const firstMs = Math.floor(Date.now() / DAY) * DAY - 640 * DAY
const { make } = createEventMaker(871)
const log = createLog({ name: 'test', level: 'silent' })
const eventLog = openKafkaEventLog({ log, clientId: 'test', brokers: [platform.kafkaBrokers] })
const EVENTS = 12_000
/** Of a day: every other one of 700. */
const PEOPLE = 350
let fromTime = ''
let toTime = ''

afterAll(() => eventLog[Symbol.asyncDispose]())

const view = (index: number) =>
  make('view', {
    user: 1 + (index % 700),
    video: videos[index % videos.length] ?? 0,
    creator,
    atMs: firstMs + (index % 2) * DAY + Math.floor(index / 2) * 4000,
  })

const events = Array.from({ length: EVENTS }, (_, index) => view(index))

const lastLine = ({ stdout }: CommandEnd): string | undefined => stdout.trim().split('\n').at(-1)

const query = {
  metrics: 'views,viewers',
  dimensions: 'day',
  start_date: utcDay(firstMs),
  end_date: utcDay(firstMs + DAY),
}

async function settled(): Promise<void> {
  const rows = [0, 1].map((day) => [utcDay(firstMs + day * DAY), EVENTS / 2, PEOPLE])
  await eventuallyRows(await tokens.creator(creator), query, rows, 90_000)
  await eventually(
    'nothing to wait',
    async () => {
      const end = await keepsakeEnd('verify', '--from', utcDay(firstMs), '--to', query.end_date)
      const isDone = end.code === 0 && !end.stdout.includes('left out')
      return isDone ? { found: true } : { seen: end }
    },
    90_000,
  )
}

beforeAll(async () => {
  await catalogue(creator, videos.map(String))
  fromTime = new Date(Date.now()).toISOString()
  await produce(events)
  await using producer = await eventLog.openProducer()
  // Refused when it first came, and again.
  await producer.append('engagement.v1', 0, [{ value: Buffer.from('no avro') }])
  await settled()
  toTime = new Date(Date.now()).toISOString()
}, 180_000)

const range = (): readonly string[] => ['--from', fromTime, '--to', toTime]

async function endOf(topic: string): Promise<bigint> {
  return (await eventLog.offsetsOf(topic)).reduce((sum, { high }) => sum + high, 0n)
}

/** How often the facts consumer joined its group, by its own log. */
function joins(): number {
  const text = readFileSync(join(platform.dataDir, 'logs', 'facts.log'), 'utf8')
  return text.split('joined the group').length
}

async function factsOf(dayMs: number): Promise<number> {
  await using vault = store('vault', 'admin')
  const [row] = await vault.rows(
    z.object({ facts: z.coerce.number() }),
    'select count() as facts from vault.facts final where toDate(slot) = {day:Date}',
    { day: utcDay(dayMs) },
  )
  return row?.facts ?? 0
}

async function loseFact(index: number): Promise<void> {
  await using vault = store('vault', 'admin')
  await vault.command(
    `alter table vault.facts delete where hex(event_id) = {id:String} settings mutations_sync = 2`,
    { id: String(events[index]?.['event_id']).replaceAll('-', '').toUpperCase() },
  )
}

test('a replay in other batches changes nothing, and nobody notices it', async () => {
  const before = {
    pid: pidOf('facts'),
    joins: joins(),
    dead: await endOf('dead.v1'),
    committed: await eventLog.committedOf('facts', 'engagement.v1'),
  }
  const end = await keepsakeEnd('replay', ...range(), '--batch-rows', '1000')
  expect(end).toMatchObject({ code: 0 })
  expect(end.stdout).toContain('refused, as when they first came: 1 undecodable')
  // A block also ends where a fetch of one partition did, so their number is not fixed.
  const [, blocks] = /^25 records in (\d+) blocks within /m.exec(end.stdout) ?? []
  expect(Number(blocks)).toBeGreaterThanOrEqual(EVENTS / 1000)
  expect(lastLine(end)).toBe(
    '12,000 events read, 0 facts new, 0 replaced; 192 quarters and 2 days compared: 0 changed',
  )
  expect({
    pid: pidOf('facts'),
    joins: joins(),
    dead: await endOf('dead.v1'),
    committed: await eventLog.committedOf('facts', 'engagement.v1'),
  }).toEqual(before)
  expect(await factsOf(firstMs)).toBe(EVENTS / 2)
}, 180_000)

test('a dry run tells what is missing and writes nothing; a replay brings it back', async () => {
  await loseFact(40)
  const touched = await endOf('touched.v1')
  const dry = await keepsakeEnd('replay', ...range(), '--dry-run')
  expect(dry).toMatchObject({ code: 3 })
  expect(lastLine(dry)).toBe(
    '12,000 events read, 1 fact would be new, 0 would be replaced; nothing was written',
  )
  expect(await factsOf(firstMs)).toBe(EVENTS / 2 - 1)
  expect(await endOf('touched.v1')).toBe(touched)

  const end = await keepsakeEnd('replay', ...range())
  expect(end).toMatchObject({ code: 3 })
  // What is published was counted when the fact was there.
  expect(lastLine(end)).toBe(
    '12,000 events read, 1 fact new, 0 replaced; 192 quarters and 2 days compared: 0 changed',
  )
  expect(await factsOf(firstMs)).toBe(EVENTS / 2)
  const again = await keepsakeEnd('replay', ...range(), '--dry-run')
  expect(again).toMatchObject({ code: 0 })
}, 180_000)

test('published numbers that change by a replay are named', async () => {
  await loseFact(60)
  await loseFact(62)
  // A late event has the day counted again, without the fact that is gone.
  const late = make('view', { user: 1, video: videos[0] ?? 0, creator, atMs: firstMs + 100_000 })
  await post([late], 1, 'events:backfill')
  const token = await tokens.creator(creator)
  const day = { ...query, metrics: 'views', end_date: query.start_date }
  await eventuallyRows(token, day, [[query.start_date, EVENTS / 2 - 1]], 60_000)

  const end = await keepsakeEnd('replay', ...range())
  expect(end).toMatchObject({ code: 3 })
  expect(end.stdout).toContain(`changed: video days, ${query.start_date}`)
  expect(end.stdout).toMatch(/changed: creator quarters, /)
  expect(lastLine(end)).toMatch(
    /^12,000 events read, 2 facts new, 0 replaced; .*: [1-9]\d* changed$/,
  )
  await eventuallyRows(token, day, [[query.start_date, EVENTS / 2 + 1]], 60_000)
}, 240_000)

test('events that come in meanwhile are left to the consumer and said', async () => {
  const live = Array.from({ length: 300 }, (_, index) =>
    make('view', {
      user: 5000 + index,
      video: videos[1] ?? 0,
      creator,
      atMs: firstMs + 5 * DAY + index * 1000,
    }),
  )
  const running = keepsakeEnd('replay', ...range(), '--batch-rows', '1000')
  for (let from = 0; from < live.length; from += 30) {
    await post(live.slice(from, from + 30), 30, 'events:backfill')
  }
  const end = await running
  expect(end).toMatchObject({ code: 0 })
  expect(lastLine(end)).toMatch(/^12,000 events read, 0 facts new, 0 replaced; .*: 0 changed$/)
  expect(await factsOf(firstMs + 5 * DAY)).toBe(300)
}, 180_000)

test('what is asked for wrongly is said so that it can be mended', async () => {
  const none = await keepsakeEnd('replay')
  expect(none).toMatchObject({ code: 2 })
  expect(none.stderr).toContain('say from when on: --from TIME')
  const rows = await keepsakeEnd('replay', '--from', '2026-11-01', '--batch-rows', '5')
  expect(rows.stderr).toContain('--batch-rows is a whole number, 1000 to 1000000')
  const help = await keepsakeEnd('replay', '--help')
  expect(help.stdout).toContain('Exit code 0 when nothing changed, 3 when something did')
})
