// Reading the past: what lies between offsets, once, to an end that may hold no record, and without a trace.
import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, expect, test } from 'vitest'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { createLog } from '#infra/runtime/log.ts'
import { platform } from '../../support/outside.ts'

const log = createLog({ name: 'test', level: 'silent' })
const brokers = [platform.kafkaBrokers]
const eventLog = openKafkaEventLog({ log, clientId: 'test', brokers })
const never = new AbortController().signal

afterAll(() => eventLog[Symbol.asyncDispose]())

async function createTopic(partitions: number): Promise<string> {
  const name = `test-${randomUUID()}`
  const config = { 'message.timestamp.type': 'LogAppendTime' }
  await eventLog.createTopics([{ name, partitions, config }])
  return name
}

const record = (text: string) => ({ value: Buffer.from(text) })

async function read(topic: string, ranges: readonly (readonly [number, number, number])[]) {
  const seen: string[] = []
  await eventLog.readRanges({
    topic,
    ranges: ranges.map(([partition, from, to]) => ({
      partition,
      from: BigInt(from),
      to: BigInt(to),
    })),
    async take(records) {
      for (const { partition, offset, value } of records) {
        seen.push(`${partition}:${offset} ${String(value)}`)
      }
    },
    stop: never,
  })
  return seen.toSorted()
}

async function rangeGroups(): Promise<readonly string[]> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const { groups } = await admin.listGroups()
  await admin.disconnect()
  return groups.map(({ groupId }) => groupId).filter((group) => group.startsWith('range-'))
}

test('records of the ranges are read, and no others', async () => {
  const topic = await createTopic(3)
  await using producer = await eventLog.openProducer()
  for (const part of [0, 1, 2]) {
    const records = ['a', 'b', 'c', 'd', 'e'].map((each) => record(each))
    await producer.append(topic, part, records)
  }
  const ranges = [
    [0, 1, 3],
    [2, 4, 5],
  ] as const
  expect(await read(topic, ranges)).toEqual(['0:1 b', '0:2 c', '2:4 e'])
  expect(await read(topic, [[1, 2, 2]])).toEqual([])
  expect(await rangeGroups()).toEqual([])
})

test('a range that ends with what transactions leave behind comes to its end', async () => {
  const topic = await createTopic(1)
  await using fenced = await eventLog.openFencedProducer(`test-${randomUUID()}`)
  await fenced.append(topic, 0, [record('a')])
  await fenced.append(topic, 0, [record('b')])
  // Each record is followed by the end of its transaction, which a broker writes after its answer.
  await expect.poll(async () => (await eventLog.offsetsOf(topic))[0]?.high).toBe(4n)
  expect(await read(topic, [[0, 0, 4]])).toEqual(['0:0 a', '0:2 b'])
  expect(await read(topic, [[0, 3, 4]])).toEqual([])
  expect(await read(topic, [[0, 1, 3]])).toEqual(['0:2 b'])
})

test('a failure of who takes records ends the reading', async () => {
  const topic = await createTopic(1)
  await using producer = await eventLog.openProducer()
  await producer.append(topic, 0, [record('a')])
  const reading = eventLog.readRanges({
    topic,
    ranges: [{ partition: 0, from: 0n, to: 1n }],
    async take() {
      throw new Error('no room')
    },
    stop: never,
  })
  await expect(reading).rejects.toThrow('no room')
  expect(await rangeGroups()).toEqual([])
})

test('offsets are found by the time of append', async () => {
  const topic = await createTopic(2)
  await using producer = await eventLog.openProducer()
  await producer.append(topic, 0, [record('a'), record('b')])
  expect(await eventLog.offsetsSince(topic, 0)).toEqual(
    new Map([
      [0, 0n],
      [1, 0n],
    ]),
  )
  expect(await eventLog.offsetsSince(topic, Date.now() + 60_000)).toEqual(
    new Map([
      [0, 2n],
      [1, 0n],
    ]),
  )
})
