// Kafka is untrusted input: what cannot be taken is kept as a dead letter with place and reason, and its neighbours go on.
import { afterAll, expect, test } from 'vitest'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { createLog } from '#infra/runtime/log.ts'
import { parseEvent } from '#schemas/events/event.ts'
import { openDeadLetterReader } from '../../support/dead-letters.ts'
import { catalogue, eventually, eventuallyRows, platform, tokens } from '../../support/outside.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'

const creator = '830001'
const video = 8_300_011
const log = createLog({ name: 'test', level: 'silent' })
const eventLog = openKafkaEventLog({ log, clientId: 'test', brokers: [platform.kafkaBrokers] })
const encoder = openEngagementEncoder()
const { make } = createEventMaker(30)
afterAll(() => eventLog[Symbol.asyncDispose]())

function encoded(more: Readonly<Record<string, unknown>> = {}, atMs = Date.now() - 1000): Buffer {
  const event = make('view', { user: 1, video, creator, atMs }, more)
  const outcome = parseEvent(event, { arrivedAtMs: atMs, backfill: true })
  if (!outcome.ok) throw new Error(outcome.fault.code)
  return encoder.encodeEvent(outcome.event, outcome.occurredAtMs)
}

function batch(...events: readonly Buffer[]): { value: Buffer } {
  const envelope = { sentAtMs: Date.now(), source: 'test', backfill: false }
  return { value: encoder.encodeBatch(events, envelope) }
}

test('bad records and events are kept with their place and reason, good ones are counted', async () => {
  await catalogue(creator, [String(video)])
  await using reader = await openDeadLetterReader('engagement.v1')

  const tooOld = encoded({}, Date.now() - 8 * 86_400_000)
  const sound = batch(encoded(), encoded())
  const strange = Buffer.from(sound.value)
  strange.fill(7, 2, 10)
  const cut = sound.value.subarray(0, sound.value.length - 3)
  await using producer = await eventLog.openProducer()
  const { high = 0n } = (await eventLog.offsetsOf('engagement.v1'))[3] ?? {}
  await producer.append('engagement.v1', 3, [
    { value: Buffer.from('not avro at all') },
    { value: null },
    batch(encoded(), tooOld, encoded()),
    { value: strange },
    { value: cut },
    sound,
  ])

  const query = {
    metrics: 'views',
    start_date: utcDay(Date.now() - 86_400_000),
    end_date: utcDay(Date.now()),
  }
  await eventuallyRows(await tokens.creator(creator), query, [[4]])
  // Others have dead letters of their own.
  const letters = await eventually('five dead letters', async () => {
    const ours = reader.letters.filter(
      ({ letter }) => letter.partition === 3 && letter.offset >= high,
    )
    return ours.length >= 5 ? { found: ours } : { seen: ours.length }
  })
  const told = letters.map(({ letter }) => ({
    reason: letter.reason,
    field: letter.field,
    partition: letter.partition,
    offset: letter.offset - high,
    index: letter.index,
  }))
  const whole = { field: '', partition: 3, index: -1 }
  expect(told.toSorted((a, b) => Number(a.offset - b.offset))).toEqual([
    { ...whole, reason: 'undecodable', offset: 0n },
    { ...whole, reason: 'undecodable', offset: 1n },
    { reason: 'too_old', field: 'occurred_at', partition: 3, offset: 2n, index: 1 },
    { ...whole, reason: 'unknown_schema', offset: 3n },
    { ...whole, reason: 'undecodable', field: expect.any(String), offset: 4n },
  ])
  const old = letters.find(({ letter }) => letter.reason === 'too_old')
  expect(Buffer.from(old?.letter.payload ?? []).equals(tooOld)).toBe(true)
})
