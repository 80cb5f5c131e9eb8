// What the port to the event log promises, held against a real broker.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import type { EventLog, RecordBatch } from '#infra/kafka/event-log.ts'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { requestQueueClass } from '#infra/kafka/adapter/request-queue-guard.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { createLog } from '#infra/runtime/log.ts'
import { eventually, platform } from '../../support/outside.ts'

const log = createLog({ name: 'test', level: 'silent' })
const open = (brokers: string): EventLog =>
  openKafkaEventLog({ log, clientId: 'test', brokers: [brokers] })
const eventLog = open(platform.kafkaBrokers)
const onCrash = (error: Error): void => {
  throw error
}

afterAll(() => eventLog[Symbol.asyncDispose]())

async function createTopic(partitions: number): Promise<string> {
  const name = `test-${randomUUID()}`
  const config = { 'message.timestamp.type': 'LogAppendTime' }
  await eventLog.createTopics([{ name, partitions, config }])
  return name
}

/** Reads until `count` records came, and gives them with the consumer still open. */
async function readSome(topic: string, group: string, count: number) {
  const batches: RecordBatch[] = []
  const consumer = await eventLog.openConsumer({
    group,
    topics: [topic],
    onCrash,
    async take(batch) {
      batches.push(batch)
    },
  })
  const values = await eventually(`${count} records`, async () => {
    const records = batches.flatMap((batch) => batch.records)
    return records.length >= count ? { found: records } : { seen: records.length }
  })
  return { consumer, batches, values }
}

describe('the event log', () => {
  test('keeps the order of a partition and stamps records with the time of append', async () => {
    const topic = await createTopic(2)
    await using producer = await eventLog.openProducer()
    const beforeMs = Date.now()
    for (const part of [0, 1]) {
      const records = [1, 2, 3].map((each) => ({ value: Buffer.from(`${part}-${each}`) }))
      await producer.append(topic, part, records)
    }
    const { consumer, values } = await readSome(topic, randomUUID(), 6)
    await consumer[Symbol.asyncDispose]()
    for (const part of [0, 1]) {
      const read = values.filter(({ partition }) => partition === part)
      expect(read.map(({ value }) => String(value))).toEqual([1, 2, 3].map((n) => `${part}-${n}`))
    }
    for (const { appendedAtMs } of values) {
      expect(appendedAtMs).toBeGreaterThanOrEqual(beforeMs - 50)
      expect(appendedAtMs).toBeLessThanOrEqual(Date.now() + 50)
    }
    expect(await producer.partitionsOf(topic)).toBe(2)
  })

  test('reads what was not committed again, and what was committed never', async () => {
    const topic = await createTopic(1)
    const group = randomUUID()
    await using producer = await eventLog.openProducer()
    const record = (text: string) => ({ value: Buffer.from(text) })
    await producer.append(topic, 0, [record('a'), record('b'), record('c')])
    const first = await readSome(topic, group, 3)
    await first.consumer.commit([{ topic, partition: 0, offset: 2n }])
    await first.consumer[Symbol.asyncDispose]()
    expect(await eventLog.committedOf(group, topic)).toEqual(new Map([[0, 2n]]))
    const again = await readSome(topic, group, 1)
    await again.consumer[Symbol.asyncDispose]()
    expect(again.values.map(({ value }) => String(value))).toEqual(['c'])
  })

  test('says of a commit outside its group that others may have moved on', async () => {
    const topic = await createTopic(1)
    await using producer = await eventLog.openProducer()
    await producer.append(topic, 0, [{ value: Buffer.from('x') }])
    const { consumer } = await readSome(topic, randomUUID(), 1)
    await consumer[Symbol.asyncDispose]()
    const late = consumer.commit([{ topic, partition: 0, offset: 1n }])
    await expect(late).rejects.toMatchObject({ code: 'stale_assignment' })
  })

  test('hands a batch out again when taking it failed', async () => {
    const topic = await createTopic(1)
    await using producer = await eventLog.openProducer()
    await producer.append(topic, 0, [{ value: Buffer.from('x') }])
    let tries = 0
    const taken = Promise.withResolvers<void>()
    await using _consumer = await eventLog.openConsumer({
      group: randomUUID(),
      topics: [topic],
      onCrash,
      async take() {
        tries += 1
        if (tries === 1) throw new Error('once')
        taken.resolve()
      },
    })
    await taken.promise
    expect(tries).toBe(2)
  })

  test('lets one producer of a name be, and refuses the older one', async () => {
    const topic = await createTopic(1)
    const name = randomUUID()
    const records = [{ value: Buffer.from('x') }]
    await using older = await eventLog.openFencedProducer(name)
    const before = await older.append(topic, 0, records)
    await using newer = await eventLog.openFencedProducer(name)
    expect(await newer.append(topic, 0, records)).toBeGreaterThan(before)
    const refusal = older.append(topic, 0, records)
    await expect(refusal).rejects.toMatchObject({ code: 'fenced', retryable: false })
  })

  test('tells that the end of a transaction was read, also where it comes alone', async () => {
    const topic = await createTopic(1)
    await using fenced = await eventLog.openFencedProducer(randomUUID())
    await fenced.append(topic, 0, [{ value: Buffer.from('x') }])
    await expect.poll(async () => (await eventLog.offsetsOf(topic))[0]?.high).toBe(2n)
    const group = randomUUID()
    await eventLog.setCommitted(group, [{ topic, partition: 0, offset: 1n }])
    const passed = Promise.withResolvers<bigint>()
    await using _consumer = await eventLog.openConsumer({
      group,
      topics: [topic],
      onCrash: passed.reject,
      onPassed: ({ offset }) => passed.resolve(offset),
      take: async () => passed.reject(new Error('nothing is there to be handed over')),
    })
    expect(await passed.promise).toBe(2n)
  })

  test('says that it is away when it is away', async () => {
    const away = open('127.0.0.1:1')
    await expect(away.openProducer()).rejects.toSatisfy(
      (error) => error instanceof PipelineError && error.code === 'log_unreachable',
    )
  })

  test('describes the cluster and those of its topics that are there', async () => {
    const topic = await createTopic(3)
    const { brokers, protocolVersion, internalReplication, topics } = await eventLog.describe([
      topic,
      'not-there',
    ])
    expect([brokers, protocolVersion]).toEqual([1, null])
    expect(internalReplication['offsets.topic.replication.factor']).toBe(1)
    expect([...topics.keys()]).toEqual([topic])
    expect(topics.get(topic)).toMatchObject({
      partitions: 3,
      replication: 1,
      leaderless: 0,
      lagging: 0,
      config: { 'message.timestamp.type': 'LogAppendTime' },
    })
  })

  test('knows whether a record is stamped later than a time', async () => {
    const topic = await createTopic(2)
    const beforeMs = Date.now() - 50
    expect(await eventLog.hasRecordsSince(topic, beforeMs)).toBe(false)
    await using producer = await eventLog.openProducer()
    await producer.append(topic, 1, [{ value: Buffer.from('x') }])
    expect(await eventLog.hasRecordsSince(topic, beforeMs)).toBe(true)
    expect(await eventLog.hasRecordsSince(topic, Date.now() + 60_000)).toBe(false)
  })

  test('sets the offsets of a group back once nobody reads for it', async () => {
    const topic = await createTopic(2)
    await using producer = await eventLog.openProducer()
    for (const part of [0, 1]) {
      await producer.append(
        topic,
        part,
        [1, 2, 3].map((each) => ({ value: Buffer.from(`${part}-${each}`) })),
      )
    }
    const group = randomUUID()
    const { consumer } = await readSome(topic, group, 6)
    await consumer.commit([0, 1].map((partition) => ({ topic, partition, offset: 3n })))
    const back = [
      { topic, partition: 0, offset: 1n },
      { topic, partition: 1, offset: 2n },
    ]
    expect(await eventLog.hasMembers(group)).toBe(true)
    await expect(eventLog.setCommitted(group, back)).rejects.toMatchObject({ code: 'log_refused' })
    await consumer[Symbol.asyncDispose]()
    expect(await eventLog.hasMembers(group)).toBe(false)
    await eventLog.setCommitted(group, back)
    expect(await eventLog.committedOf(group, topic)).toEqual(
      new Map([
        [0, 1n],
        [1, 2n],
      ]),
    )
    const again = await readSome(topic, group, 3)
    await again.consumer[Symbol.asyncDispose]()
    expect(again.values.map(({ value }) => String(value)).toSorted()).toEqual(['0-2', '0-3', '1-3'])
  })

  test('creates topics once', async () => {
    const topic = { name: `test-${randomUUID()}`, partitions: 3, config: {} }
    expect(await eventLog.createTopics([topic])).toEqual([topic.name])
    expect(await eventLog.createTopics([topic])).toEqual([])
    expect((await eventLog.offsetsOf(topic.name)).map(({ partition }) => partition)).toEqual([
      0, 1, 2,
    ])
  })
})

describe('an idle connection', () => {
  test('sets no timer: the library’s queue is where it was, and guarded', async () => {
    const { prototype } = requestQueueClass()
    let armed = 0
    const queue = Object.assign(Object.create(prototype), {
      pending: [],
      throttledUntil: -1,
      throttleCheckTimeoutId: null,
      checkPendingRequests: () => (armed += 1),
    })
    queue.scheduleCheckPendingRequests()
    await sleep(50)
    expect(armed).toBe(0)
    queue.pending.push({})
    queue.scheduleCheckPendingRequests()
    await eventually('a check of what is pending', async () =>
      armed > 0 ? { found: true } : { seen: armed },
    )
  })

  test('costs less than 2 % of a core', async () => {
    const topic = await createTopic(4)
    await using _consumer = await eventLog.openConsumer({
      group: randomUUID(),
      topics: [topic],
      onCrash,
      take: async () => undefined,
    })
    await sleep(1000)
    // The least of three: this process has other work now and then, a spinning timer never rests.
    const shares: number[] = []
    for (let round = 0; round < 3; round++) {
      const before = process.cpuUsage()
      await sleep(1500)
      const { user, system } = process.cpuUsage(before)
      shares.push((user + system) / 1_500_000)
    }
    expect(Math.min(...shares)).toBeLessThan(0.02)
  })
})
