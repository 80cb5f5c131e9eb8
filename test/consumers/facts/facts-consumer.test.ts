// Two blocks take turns: whoever waits for the one that is being stored, no row is lost, stored twice or overwritten.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createEngagementDecoder } from '#consumers/engagement/engagement-decoder.ts'
import { bigIntAt } from '#consumers/engagement/engagement-columns.ts'
import type { FactsBlockWriter } from '#consumers/facts/facts-block-writer.ts'
import type { FactsBlock } from '#consumers/facts/record-block.ts'
import { openFactsConsumer } from '#consumers/facts/facts-consumer.ts'
import { readSchema } from '#infra/kafka/avro.ts'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import type { EventLog, RecordBatch } from '#infra/kafka/event-log.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { createLog } from '#infra/runtime/log.ts'
import { eventTypes } from '#schemas/dimensions.ts'
import { parseEvent } from '#schemas/events/event.ts'
import { createEventMaker } from '../../support/events.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const nowMs = Date.parse('2026-11-24T12:00:00Z')
const encoder = openEngagementEncoder()
const { make } = createEventMaker(90)

/** A record of views by the given users. */
function recordOf(offset: number, users: readonly number[]): RecordBatch['records'][number] {
  const events = users.map((user) => {
    const input = make('view', { user, video: 7, creator: 9, atMs: nowMs - user })
    const outcome = parseEvent(input, { arrivedAtMs: nowMs, backfill: false })
    if (!outcome.ok) throw new Error(outcome.fault.code)
    return encoder.encodeEvent(outcome.event, outcome.occurredAtMs)
  })
  const envelope = { sentAtMs: nowMs, source: 'test', backfill: false }
  const value = encoder.encodeBatch(events, envelope)
  const place = { topic: 'engagement.v1', partition: 0, offset: BigInt(offset), key: null }
  return { ...place, appendedAtMs: nowMs, value }
}

function batchOf(...records: RecordBatch['records']): RecordBatch {
  const last = records.at(-1)
  return {
    topic: 'engagement.v1',
    partition: 0,
    records,
    nextOffset: (last?.offset ?? -1n) + 1n,
    isStale: () => false,
    heartbeat: async () => undefined,
  }
}

interface Stored {
  readonly users: readonly number[]
  readonly lastOffset: bigint | undefined
}

/** A consumer whose writer stores only when it is let. */
async function openHeld() {
  const clock = createManualClock(nowMs)
  const stored: Stored[] = []
  const gates: { let: (error?: Error) => void }[] = []
  const failures: unknown[] = []
  const read = (block: FactsBlock): Stored => ({
    users: Array.from({ length: block.columns.rows }, (_, row) =>
      Number(bigIntAt(block.columns.user_id, row)),
    ),
    lastOffset: block.ranges.get(0)?.last_offset,
  })
  const writer: FactsBlockWriter = {
    async write(block) {
      const gate = Promise.withResolvers<void>()
      gates.push({ let: (error) => (error === undefined ? gate.resolve() : gate.reject(error)) })
      const before = read(block)
      await gate.promise
      // What was handed over must not have changed on its way.
      expect(read(block)).toEqual(before)
      stored.push(before)
    },
  }
  let take: (batch: RecordBatch) => Promise<void> = async () => undefined
  const eventLog: Pick<EventLog, 'openConsumer'> = {
    async openConsumer(options) {
      take = options.take
      return { commit: async () => undefined, [Symbol.asyncDispose]: async () => undefined }
    },
  }
  const stop = new AbortController()
  const consumer = await openFactsConsumer({
    log: createLog({ name: 'test', level: 'silent' }),
    clock,
    stop: stop.signal,
    fail: (error) => failures.push(error),
    eventLog,
    decoder: createEngagementDecoder({
      schema: readSchema('engagement-v1'),
      keep: { types: eventTypes, ownActs: false },
    }),
    writer,
    blockRowsMax: 3,
  })
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await nextTurn()
  }
  return { clock, stored, gates, failures, consumer, settle, take: (b: RecordBatch) => take(b) }
}

test('a timer and a batch that wait for the same block do not both take the next one', async () => {
  const { clock, stored, gates, failures, settle, take } = await openHeld()
  await take(batchOf(recordOf(0, [1, 2])))
  await clock.advance(1000)
  await settle()
  expect(gates).toHaveLength(1)

  await take(batchOf(recordOf(1, [3, 4, 5])))
  await clock.advance(1000)
  const blocked = take(batchOf(recordOf(2, [6]), recordOf(3, [7])))
  await settle()
  gates[0]?.let()
  await settle()
  await blocked
  await clock.advance(1000)
  for (let turn = 1; turn < 4; turn++) {
    await settle()
    gates[turn]?.let()
    await settle()
    await clock.advance(1000)
  }
  expect(failures).toEqual([])
  expect(stored.flatMap(({ users }) => users)).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(stored.map(({ lastOffset }) => lastOffset)).toEqual([0n, 1n, 3n])
})

test('a block that cannot be stored is tried again until it is, and the next one waits', async () => {
  const { clock, stored, gates, failures, consumer, settle, take } = await openHeld()
  await take(batchOf(recordOf(0, [1])))
  await clock.advance(1000)
  await settle()
  gates[0]?.let(new PipelineError('store_unreachable', 'away'))
  await settle()
  expect(consumer.trouble).not.toBeNull()
  await take(batchOf(recordOf(1, [2])))
  await clock.advance(300)
  await settle()
  gates[1]?.let()
  await settle()
  expect(consumer.trouble).toBeNull()
  await clock.advance(1000)
  await settle()
  gates[2]?.let()
  await settle()
  expect(failures).toEqual([])
  expect(stored.map(({ users }) => users)).toEqual([[1], [2]])
})

test('a fault that no repeat can mend ends the process', async () => {
  const { clock, gates, failures, settle, take } = await openHeld()
  await take(batchOf(recordOf(0, [1])))
  await clock.advance(1000)
  await settle()
  gates[0]?.let(new PipelineError('store_refused', 'no such table'))
  await settle()
  expect(failures).toMatchObject([{ code: 'store_refused' }])
})
