// A member of a group: batches of one partition at a time, offsets committed by hand alone.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Batch, Consumer, ConsumerConfig, Kafka } from 'kafkajs'
import { PipelineError } from '../../runtime/errors.ts'
import type { Logger } from '../../runtime/log.ts'
import type {
  ConsumerOptions,
  LogConsumer,
  LogRecord,
  Position,
  RecordBatch,
} from '../event-log.ts'
import { assignToOne } from './assign-to-one.ts'
import { pipelineErrorOf, reach } from './kafka-errors.ts'
import { sizes, timings } from './limits.ts'

export async function openConsumer(
  kafka: Kafka,
  log: Logger,
  options: ConsumerOptions,
): Promise<LogConsumer> {
  const { group, topics, take, onAssignment, onCrash } = options
  const { onPassed, maxWaitMs = timings.maxWaitMs } = options
  const consumer = kafka.consumer({
    ...consumerConfig(group, maxWaitMs),
    ...(options.toOne === true ? { partitionAssigners: [assignToOne] } : {}),
  })
  const { CRASH, GROUP_JOIN, STOP, END_BATCH_PROCESS } = consumer.events
  // It leaves its group and joins it anew by itself when the group's coordinator moves: what is to
  // be committed meanwhile will be read again.
  let isMember = false
  consumer.on(STOP, () => {
    isMember = false
  })
  // Of batches that hold control records alone the library tells in no other way.
  consumer.on(END_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
    if (batchSize === 0) onPassed?.({ topic, partition, offset: BigInt(lastOffset) + 1n })
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

export function consumerConfig(group: string, maxWaitMs: number): ConsumerConfig {
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

export function toRecordBatch(
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

export async function commit(consumer: Consumer, positions: readonly Position[]): Promise<void> {
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
