// The event log on Apache Kafka: the only file that speaks kafkajs, with the guards that it needs.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import type { Admin, Batch, Consumer, ConsumerConfig, KafkaConfig, Producer } from 'kafkajs'
import { PipelineError } from '../runtime/errors.ts'
import type { Logger } from '../runtime/log.ts'
import type {
  ConsumerOptions,
  EventLog,
  FencedProducer,
  LogConsumer,
  LogProducer,
  LogRecord,
  NewRecord,
  PartitionOffsets,
  Position,
  RangeReadOptions,
  RecordBatch,
  TopicToCreate,
} from './event-log.ts'
import { createAccessControl } from './access-control.ts'
import type { AccessControl } from './access-control.ts'
import { describeCluster } from './cluster-description.ts'
import { pipelineErrorOf, reach } from './kafka-errors.ts'
import { createRangeCursor, rangeGroupPrefix } from './range-cursor.ts'
import { guardRequestQueues } from './request-queue-guard.ts'

export interface KafkaEventLogOptions {
  readonly log: Logger
  /** Name of this process at the broker. */
  readonly clientId: string
  readonly brokers: readonly string[]
  readonly caFile?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** For who looks at the log and goes: a log that is away is told within seconds. */
  readonly isBrief?: boolean
}

const timings = {
  connectionTimeoutMs: 5000,
  requestTimeoutMs: 15_000,
  /** Tries of one request: with the back-off below about 5 s in all, then the caller decides. */
  retries: 6,
  retryFirstMs: 100,
  retryLongestMs: 2000,
  /** A consumer that is killed or hangs is noticed this late: what its successor waits for. */
  sessionTimeoutMs: 10_000,
  heartbeatMs: 2000,
  rebalanceTimeoutMs: 60_000,
  /** Longest wait of a fetch without records, and so of closing; a record ends it at once. */
  maxWaitMs: 1000,
  /** The same of who reads what is there already. */
  rangeWaitMs: 100,
  transactionTimeoutMs: 60_000,
  /** Fetches of a member that only commits: what its leaving waits for. */
  memberWaitMs: 50,
} as const

const briefTimings = { connectionTimeoutMs: 2000, requestTimeoutMs: 4000, retries: 1 } as const

const sizes = {
  /** Bytes of one fetch, over all partitions and for one: bounds a consumer's memory. */
  fetchBytesMax: 8 * 1_048_576,
  partitionBytesMax: 2 * 1_048_576,
  /** Bytes of values of one send: half of what a broker takes, room for keys and headers. */
  sendBytesMax: 512 * 1024,
} as const

/** A log whose cluster can also be told who may do what; processes get to see an EventLog alone. */
export interface KafkaEventLog extends EventLog {
  readonly access: AccessControl
}

/** Opens the log. Connections are made when they are first needed. */
export function openKafkaEventLog(options: KafkaEventLogOptions): KafkaEventLog {
  guardRequestQueues()
  const kafka = new Kafka(clientConfig(options))
  let admin: Promise<Admin> | undefined
  const adminOf = (): Promise<Admin> => {
    admin ??= connectAdmin(kafka).catch((error: unknown) => {
      admin = undefined
      throw error
    })
    return admin
  }
  return {
    access: createAccessControl(adminOf),
    openProducer: () => openProducer(kafka, adminOf),
    openFencedProducer: (transactionalId) => openFencedProducer(kafka, transactionalId),
    openConsumer: (consumerOptions) => openConsumer(kafka, options.log, consumerOptions),
    readRanges: async (rangeOptions) => readRanges(kafka, await adminOf(), rangeOptions),
    offsetsOf: async (topic) => offsetsOf(await adminOf(), topic),
    offsetsSince: async (topic, ms) => offsetsSince(await adminOf(), topic, ms),
    committedOf: async (group, topic) => committedOf(await adminOf(), group, topic),
    hasMembers: async (group) => hasMembers(await adminOf(), group),
    setCommitted: async (group, positions) =>
      setCommitted(kafka, await adminOf(), { group, positions }),
    describe: async (topics) => describeCluster(await adminOf(), topics),
    hasRecordsSince: async (topic, ms) => hasRecordsSince(await adminOf(), topic, ms),
    createTopics: async (wanted) => createTopics(await adminOf(), wanted),
    async [Symbol.asyncDispose]() {
      if (admin !== undefined) await (await admin).disconnect()
    },
  }
}

function clientConfig(options: KafkaEventLogOptions): KafkaConfig {
  const { log, clientId, brokers, caFile, user, password, isBrief = false } = options
  const { connectionTimeoutMs, requestTimeoutMs, retries } = isBrief ? briefTimings : timings
  return {
    clientId,
    brokers: [...brokers],
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: {
      initialRetryTime: timings.retryFirstMs,
      maxRetryTime: timings.retryLongestMs,
      retries,
    },
    logLevel: logLevel.INFO,
    // kafkajs calls every retry an error; what matters reaches us as a rejection, so it all goes to
    // debug and only a crash of a consumer is told, by outcome.
    logCreator: () => (entry) => {
      log.debug({ kafka: { namespace: entry.namespace, level: entry.level } }, entry.log.message)
    },
    ...(caFile === undefined ? {} : { ssl: { ca: [readFileSync(caFile, 'utf8')] } }),
    ...(user === undefined || password === undefined
      ? {}
      : { sasl: { mechanism: 'scram-sha-512' as const, username: user, password } }),
  }
}

async function connectAdmin(kafka: Kafka): Promise<Admin> {
  const admin = kafka.admin()
  await reach(() => admin.connect())
  return admin
}

async function openProducer(kafka: Kafka, adminOf: () => Promise<Admin>): Promise<LogProducer> {
  const producer: Producer = kafka.producer({ idempotent: false, allowAutoTopicCreation: false })
  await reach(() => producer.connect())
  const partitions = new Map<string, number>()
  return {
    async append(topic, partition, records) {
      for (const some of sendable(records)) {
        const messages = some.map(({ key, value }) => ({ key: key ?? null, value, partition }))
        await reach(() => producer.send({ topic, acks: -1, messages }))
      }
    },
    async partitionsOf(topic) {
      const known = partitions.get(topic)
      if (known !== undefined) return known
      const count = (await offsetsOf(await adminOf(), topic)).length
      partitions.set(topic, count)
      return count
    },
    [Symbol.asyncDispose]: () => producer.disconnect(),
  }
}

/** Records in order, as many at once as a broker takes in one batch. */
function* sendable(records: readonly NewRecord[]): Generator<readonly NewRecord[]> {
  let some: NewRecord[] = []
  let bytes = 0
  for (const record of records) {
    const size = record.value?.length ?? 0
    if (some.length > 0 && bytes + size > sizes.sendBytesMax) {
      yield some
      some = []
      bytes = 0
    }
    some.push(record)
    bytes += size
  }
  if (some.length > 0) yield some
}

async function openFencedProducer(kafka: Kafka, transactionalId: string): Promise<FencedProducer> {
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: timings.transactionTimeoutMs,
    allowAutoTopicCreation: false,
  })
  try {
    await reach(() => producer.connect())
  } catch (error) {
    // It may have got as far as some of its connections.
    await producer.disconnect().catch(() => undefined)
    throw error
  }
  return {
    async append(topic, partition, { key, value }) {
      return reach(async () => {
        const transaction = await producer.transaction()
        try {
          const messages = [{ key: key ?? null, value, partition }]
          const [sent] = await transaction.send({ topic, acks: -1, messages })
          await transaction.commit()
          if (sent?.baseOffset === undefined) throw new Error('the broker named no offset')
          return BigInt(sent.baseOffset)
        } catch (error) {
          // A transaction that cannot even be aborted ends at its timeout on the broker.
          await transaction.abort().catch(() => undefined)
          throw error
        }
      })
    },
    [Symbol.asyncDispose]: () => producer.disconnect(),
  }
}

async function openConsumer(
  kafka: Kafka,
  log: Logger,
  options: ConsumerOptions,
): Promise<LogConsumer> {
  const { group, topics, take, onAssignment, onCrash, maxWaitMs = timings.maxWaitMs } = options
  const consumer = kafka.consumer(consumerConfig(group, maxWaitMs))
  const { CRASH, GROUP_JOIN, STOP } = consumer.events
  // It leaves its group and joins it anew by itself when the group's coordinator moves: what is to
  // be committed meanwhile will be read again.
  let isMember = false
  consumer.on(STOP, () => {
    isMember = false
  })
  consumer.on(CRASH, ({ payload: { error, restart } }) => {
    // It joins again by itself after what passes, as a coordinator that is still loading.
    if (restart) return log.info({ err: error }, 'the consumer joins its group again')
    log.error({ err: error }, 'the consumer fell out of its group')
    onCrash(pipelineErrorOf(error))
  })
  consumer.on(GROUP_JOIN, ({ payload }) => {
    isMember = true
    const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    )
    log.info({ group, partitions: assigned.length }, 'joined the group')
    onAssignment?.(assigned)
  })
  await reach(() => consumer.connect())
  await reach(() => consumer.subscribe({ topics: [...topics], fromBeginning: true }))
  await reach(() =>
    consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      async eachBatch(payload) {
        const taken = toRecordBatch(
          payload.batch,
          () => payload.heartbeat(),
          () => payload.isStale() || !payload.isRunning(),
        )
        await take(taken)
        if (!taken.isStale()) payload.resolveOffset(payload.batch.lastOffset())
        // Lets timers and sockets have their turn between batches of a long backlog.
        await nextTurn()
      },
    }),
  )
  return {
    async commit(positions) {
      if (!isMember) throw new PipelineError('stale_assignment', 'the group is being joined anew')
      await commit(consumer, positions)
    },
    async [Symbol.asyncDispose]() {
      await consumer.disconnect()
    },
  }
}

function consumerConfig(group: string, maxWaitMs: number): ConsumerConfig {
  return {
    groupId: group,
    allowAutoTopicCreation: false,
    sessionTimeout: timings.sessionTimeoutMs,
    heartbeatInterval: timings.heartbeatMs,
    rebalanceTimeout: timings.rebalanceTimeoutMs,
    maxWaitTimeInMs: maxWaitMs,
    maxBytes: sizes.fetchBytesMax,
    maxBytesPerPartition: sizes.partitionBytesMax,
    readUncommitted: false,
  }
}

async function readRanges(
  kafka: Kafka,
  admin: Admin,
  { topic, ranges, take, stop }: RangeReadOptions,
): Promise<void> {
  const cursor = createRangeCursor(ranges)
  if (cursor.isDone || stop.aborted) return
  const group = `${rangeGroupPrefix(topic)}${randomUUID()}`
  const consumer = kafka.consumer(consumerConfig(group, timings.rangeWaitMs))
  const end = Promise.withResolvers<void>()
  let isOver = false
  const finish = (settle: () => void): void => {
    isOver = true
    settle()
  }
  const { CRASH, GROUP_JOIN, END_BATCH_PROCESS } = consumer.events
  consumer.on(CRASH, ({ payload }) => {
    if (!payload.restart) finish(() => end.reject(payload.error))
  })
  // Before the first fetch, and again whenever the group is joined anew: there is no committed offset
  // to go on from.
  consumer.on(GROUP_JOIN, ({ payload }) => {
    const assigned = payload.memberAssignment[topic] ?? []
    const idle = assigned.filter((partition) => cursor.nextOf(partition) === null)
    if (idle.length > 0) consumer.pause([{ topic, partitions: idle }])
    for (const partition of assigned) {
      const next = cursor.nextOf(partition)
      if (next !== null) consumer.seek({ topic, partition, offset: next.toString() })
    }
  })
  // Told of batches too that hold nothing but control records, which are never handed over.
  consumer.on(END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    if (isOver) return
    cursor.advance(partition, BigInt(lastOffset) + 1n)
    if (cursor.nextOf(partition) === null) consumer.pause([{ topic, partitions: [partition] }])
    if (cursor.isDone) finish(end.resolve)
  })
  const onStop = (): void => finish(end.resolve)
  stop.addEventListener('abort', onStop)
  try {
    await reach(() => consumer.connect())
    await reach(() => consumer.subscribe({ topics: [topic], fromBeginning: true }))
    await reach(() =>
      consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: 1,
        async eachBatch(payload) {
          const heartbeat = (): Promise<void> => payload.heartbeat()
          const isStale = (): boolean => payload.isStale()
          const { records } = toRecordBatch(payload.batch, heartbeat, isStale)
          const isIdle = isOver || isStale()
          const wanted = isIdle ? [] : records.filter((record) => cursor.wants(record))
          try {
            if (wanted.length > 0) await take(wanted, heartbeat)
          } catch (error) {
            finish(() => end.reject(error))
          }
          await nextTurn()
        },
      }),
    )
    await reach(() => end.promise)
  } finally {
    stop.removeEventListener('abort', onStop)
    await consumer.disconnect()
    // A group without committed offsets goes with its last member; where a broker keeps it, it is deleted.
    await admin.deleteGroups([group]).catch(() => undefined)
  }
}

function toRecordBatch(
  batch: Batch,
  heartbeat: () => Promise<void>,
  isStale: () => boolean,
): RecordBatch {
  const { topic, partition } = batch
  const records: LogRecord[] = batch.messages.map((message) => ({
    topic,
    partition,
    offset: BigInt(message.offset),
    appendedAtMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
  }))
  return {
    topic,
    partition,
    records,
    nextOffset: BigInt(batch.lastOffset()) + 1n,
    isStale,
    heartbeat,
  }
}

async function commit(consumer: Consumer, positions: readonly Position[]): Promise<void> {
  await reach(() =>
    consumer.commitOffsets(
      positions.map(({ topic, partition, offset }) => ({
        topic,
        partition,
        offset: offset.toString(),
      })),
    ),
  )
}

async function offsetsOf(admin: Admin, topic: string): Promise<readonly PartitionOffsets[]> {
  const offsets = await reach(() => admin.fetchTopicOffsets(topic))
  return offsets
    .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
    .toSorted((a, b) => a.partition - b.partition)
}

async function offsetsSince(
  admin: Admin,
  topic: string,
  ms: number,
): Promise<ReadonlyMap<number, bigint>> {
  const found = await reach(() => admin.fetchTopicOffsetsByTimestamp(topic, ms))
  return new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]))
}

async function hasRecordsSince(admin: Admin, topic: string, ms: number): Promise<boolean> {
  const ends = new Map((await offsetsOf(admin, topic)).map((each) => [each.partition, each.high]))
  // The end of a partition stands for "none".
  const found = await reach(() => admin.fetchTopicOffsetsByTimestamp(topic, ms))
  return found.some(({ partition, offset }) => BigInt(offset) < (ends.get(partition) ?? 0n))
}

async function committedOf(
  admin: Admin,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, bigint>> {
  const answers = await reach(() => admin.fetchOffsets({ groupId: group, topics: [topic] }))
  return new Map(
    answers.flatMap((answer) =>
      answer.partitions
        .filter(({ offset }) => offset !== '-1')
        .map(({ partition, offset }) => [partition, BigInt(offset)]),
    ),
  )
}

/** States of a group without members, as the broker names them. */
const EMPTY_GROUP = new Set(['Empty', 'Dead'])

async function hasMembers(admin: Admin, group: string): Promise<boolean> {
  const { groups } = await reach(() => admin.describeGroups([group]))
  return groups.some(({ state }) => !EMPTY_GROUP.has(state))
}

/**
 * Commits as a member of the group that reads nothing. The library's own way waits five seconds for
 * each topic of a group, and its refusal looks like any other failure of it.
 */
async function setCommitted(
  kafka: Kafka,
  admin: Admin,
  { group, positions }: { readonly group: string; readonly positions: readonly Position[] },
): Promise<void> {
  if (await hasMembers(admin, group)) {
    throw new PipelineError('log_refused', `Somebody reads for the group ${group}.`)
  }
  const consumer = kafka.consumer({
    groupId: group,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: timings.memberWaitMs,
    maxBytesPerPartition: 1,
  })
  try {
    const joined = new Promise((resolve) => void consumer.on(consumer.events.GROUP_JOIN, resolve))
    const topics = [...new Set(positions.map(({ topic }) => topic))]
    await reach(() => consumer.connect())
    await reach(() => consumer.subscribe({ topics, fromBeginning: true }))
    await reach(() => consumer.run({ autoCommit: false, eachBatch: async () => undefined }))
    await joined
    await commit(consumer, positions)
  } finally {
    await consumer.disconnect()
  }
}

async function createTopics(
  admin: Admin,
  wanted: readonly TopicToCreate[],
): Promise<readonly string[]> {
  const present = new Set(await reach(() => admin.listTopics()))
  const missing = wanted.filter(({ name }) => !present.has(name))
  if (missing.length > 0) {
    await reach(() =>
      admin.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ name, partitions, config }) => ({
          topic: name,
          numPartitions: partitions,
          configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
        })),
      }),
    )
  }
  return missing.map(({ name }) => name)
}
