// Between requests and the log: concurrent requests share records, each is answered for its own events, and what waits is bounded.
import { expect, test } from 'vitest'
import type { LogProducer, NewRecord } from '#infra/kafka/event-log.ts'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { createEventBatcher } from '#producers/collector/event-batcher.ts'
import { createManualClock } from '../../support/manual-clock.ts'

interface Sent {
  readonly partition: number
  readonly records: readonly NewRecord[]
  readonly acknowledge: (error?: Error) => void
}

function openHeld() {
  const clock = createManualClock()
  const sent: Sent[] = []
  const producer: LogProducer = {
    append(_topic, partition, records) {
      const gate = Promise.withResolvers<void>()
      sent.push({
        partition,
        records,
        acknowledge: (error) => (error === undefined ? gate.resolve() : gate.reject(error)),
      })
      return gate.promise
    },
    partitionsOf: async () => 4,
    [Symbol.asyncDispose]: async () => undefined,
  }
  const encoder = openEngagementEncoder()
  return { clock, sent, batcher: createEventBatcher({ producer, encoder, clock, source: 'test' }) }
}

const event = Buffer.alloc(100, 1)
const events = (count: number): Buffer[] => Array.from({ length: count }, () => event)

test('requests of the same few milliseconds share a record, live and backfill apart', async () => {
  const { clock, sent, batcher } = openHeld()
  const requests = [
    batcher.append(events(3), false),
    batcher.append(events(4), false),
    batcher.append(events(2), true),
  ]
  await clock.advance(5)
  expect(sent.map(({ records }) => records.length)).toEqual([1, 1])
  for (const { acknowledge } of sent) acknowledge()
  await Promise.all(requests)
  expect(batcher.waitingBytes).toBe(0)
})

test('a large request goes in records of 500, each send to one partition, in turn', async () => {
  const { clock, sent, batcher } = openHeld()
  const request = batcher.append(events(10_000), false)
  await clock.advance(5)
  expect(sent.map(({ records }) => records.length)).toEqual([10, 10])
  expect(new Set(sent.map(({ partition }) => partition)).size).toBe(sent.length)
  let answered = false
  void request.then(() => (answered = true))
  for (const { acknowledge } of sent.slice(1)) acknowledge()
  await clock.rest()
  expect(answered).toBe(false)
  sent[0]?.acknowledge()
  await request
})

test('a request fails when any of its events was not acknowledged, and only that one', async () => {
  const { clock, sent, batcher } = openHeld()
  const first = batcher.append(events(1), false)
  await clock.advance(5)
  const second = batcher.append(events(1), false)
  await clock.advance(5)
  sent[0]?.acknowledge(new PipelineError('log_unreachable', 'away'))
  sent[1]?.acknowledge()
  await expect(first).rejects.toMatchObject({ code: 'log_unreachable' })
  await second
  expect(batcher.waitingBytes).toBe(0)
})

test('what waits for the log is bounded: the next request is refused at once', async () => {
  const { clock, sent, batcher } = openHeld()
  const large = Buffer.alloc(1_000_000)
  const waiting = Array.from({ length: 67 }, () => batcher.append([large], false))
  await expect(batcher.append([large], false)).rejects.toMatchObject({ code: 'log_unreachable' })
  await clock.advance(5)
  for (const { acknowledge } of sent) acknowledge()
  await Promise.all(waiting)
  expect(batcher.waitingBytes).toBe(0)
})
