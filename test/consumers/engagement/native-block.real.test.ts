// ClickHouse reads our bytes as the values that we meant, to the last row and the last bit.
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createEngagementColumns } from '#consumers/engagement/engagement-columns.ts'
import { factsBlock } from '#consumers/engagement/facts-block.ts'
import { nativeBlock } from '#consumers/engagement/native-block.ts'
import { createPseudonyms } from '#consumers/engagement/pseudonyms.ts'
import { regions } from '#schemas/dimensions.ts'
import { factsColumns } from '#schemas/tables.ts'
import { store } from '../../support/outside.ts'
import { appendedAtMs, codesOf, encodeRecord, enumValues } from './avro-events.ts'
import type { AvroEvent } from './avro-events.ts'
import { decoder, refuseNothing } from './rows.ts'
import { soundEvents } from './sound-events.ts'

const database = 'native_block_test'
const vault = store('vault', 'admin')
const pseudonyms = createPseudonyms(Buffer.alloc(32, 7))

beforeAll(async () => {
  await vault.command(`create database ${database}`)
})

afterAll(async () => {
  await vault.command(`drop database ${database}`)
  await vault[Symbol.asyncDispose]()
})

const names = factsColumns.map(({ name }) => name).join(', ')

/** A table of facts that keeps every row, also of the same event. */
async function createFacts(table: string): Promise<string> {
  const columns = factsColumns.map(({ name, type }) => `${name} ${type}`)
  await vault.command(`create table ${database}.${table} (${columns.join(', ')}) engine = Memory`)
  return `insert into ${database}.${table} (${names}) format Native`
}

/** The fact that stands for an event, every value as ClickHouse prints it. */
function factOf(event: AvroEvent): Readonly<Record<string, string>> {
  const codes = codesOf(event)
  const iso = new Date(Number(event.occurred_at)).toISOString().replace('T', ' ').replace('Z', '')
  const slot = new Date(Number(event.occurred_at / 10_000n) * 10_000).toISOString()
  return {
    slot: slot.replace('T', ' ').slice(0, 19),
    event_id: event.event_id.toString('hex').toUpperCase(),
    type: event.type,
    occurred_at: iso,
    video_id: String(event.video_id),
    creator_id: String(event.creator_id),
    person: String(pseudonyms.personOf(event.user_id, event.video_id)),
    region: event.region,
    age_band: enumValues.age_band[codes.age_band] ?? '',
    gender: event.gender,
    device: event.device,
    traffic_source: event.traffic_source,
    follow_status: event.follow_status,
    watched_ms: String(event.watched_ms),
    duration_ms: String(event.duration_ms),
    position_ms: String(event.position_ms),
    share_channel: event.share_channel,
    derived_video_id: String(event.derived_video_id),
  }
}

const printed = factsColumns.map(({ name }) =>
  name === 'event_id' ? `hex(event_id) as ${name}` : `toString(${name}) as ${name}`,
)
const factSchema = z.record(z.string(), z.string())

describe('facts', () => {
  test('are read back as they were decoded', async () => {
    const insert = await createFacts('facts')
    const events = fc.sample(soundEvents, { numRuns: 2000, seed: 1 })
    const columns = createEngagementColumns(events.length)
    const person = new Int32Array(columns.capacity * 2)
    decoder.decode(encodeRecord(events), { appendedAtMs }, columns, refuseNothing)
    pseudonyms.fill(columns, person)
    await vault.insert(insert, factsBlock(columns, person))
    const rows = await vault.rows(
      factSchema,
      `select ${printed.join(', ')} from ${database}.facts settings max_threads = 1`,
    )
    expect(rows).toEqual(events.map(factOf))
  })

  test('of a hundred thousand rows arrive whole, in parts', async () => {
    const insert = await createFacts('many_facts')
    const events = fc.sample(soundEvents, { numRuns: 1000, seed: 2 })
    const columns = createEngagementColumns(100_000)
    const person = new Int32Array(columns.capacity * 2)
    const record = encodeRecord(events)
    while (!columns.isFull()) decoder.decode(record, { appendedAtMs }, columns, refuseNothing)
    pseudonyms.fill(columns, person)
    const parts = factsBlock(columns, person)
    expect(parts.length).toBeGreaterThan(10)
    await vault.insert(insert, parts)
    const rows = await vault.rows(
      factSchema.and(z.object({ times: z.string() })),
      `select ${printed.join(', ')}, toString(count()) as times
       from ${database}.many_facts group by all`,
    )
    const byId = (fact: Readonly<Record<string, string>>): string => fact['event_id'] ?? ''
    const sorted = rows.toSorted((a, b) => (byId(a) < byId(b) ? -1 : 1))
    const expected = events.map((event) => ({ ...factOf(event), times: '100' }))
    expect(sorted).toEqual(expected.toSorted((a, b) => (byId(a) < byId(b) ? -1 : 1)))
  })
})

test('every region keeps its name, also where only some occur', async () => {
  await vault.command(
    `create table ${database}.places (region LowCardinality(String)) engine = MergeTree order by ()`,
  )
  const insertRegions = async (indexes: Uint8Array): Promise<void> => {
    const data = { dictionary: regions, indexes }
    const column = { name: 'region', type: 'LowCardinality(String)', data }
    const sql = `insert into ${database}.places (region) format Native`
    await vault.insert(sql, nativeBlock(indexes.length, [column]))
  }
  await insertRegions(Uint8Array.from(regions, (_region, code) => code))
  await insertRegions(Uint8Array.from([249, 3, 249]))
  const counts = await vault.rows(
    z.object({ region: z.string(), times: z.string() }),
    `select region, toString(count()) as times from ${database}.places group by region order by region`,
  )
  const more = new Map([
    ['ZW', 3],
    ['AF', 2],
  ])
  const expected = regions.map((region) => ({ region, times: String(more.get(region) ?? 1) }))
  expect(counts).toEqual(expected.toSorted((a, b) => (a.region < b.region ? -1 : 1)))
})
