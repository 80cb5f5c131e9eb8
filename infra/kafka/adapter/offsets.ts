// Where topics begin and end, and where groups stand: asked for, and set back.
import type { Admin, Kafka } from 'kafkajs'
import { PipelineError } from '../../runtime/errors.ts'
import type { PartitionOffsets, Position } from '../event-log.ts'
import { commit } from './consumer.ts'
import { reach } from './kafka-errors.ts'
import { timings } from './limits.ts'

export async function offsetsOf(admin: Admin, topic: string): Promise<readonly PartitionOffsets[]> {
  const offsets = await reach(() => admin.fetchTopicOffsets(topic))
  return offsets
    .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
    .toSorted((a, b) => a.partition - b.partition)
}

export async function offsetsSince(
  admin: Admin,
  topic: string,
  ms: number,
): Promise<ReadonlyMap<number, bigint>> {
  const found = await reach(() => admin.fetchTopicOffsetsByTimestamp(topic, ms))
  return new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]))
}

export async function hasRecordsSince(admin: Admin, topic: string, ms: number): Promise<boolean> {
  const ends = new Map((await offsetsOf(admin, topic)).map((each) => [each.partition, each.high]))
  // The end of a partition stands for "none".
  const since = await offsetsSince(admin, topic, ms)
  return [...since].some(([partition, offset]) => offset < (ends.get(partition) ?? 0n))
}

export async function committedOf(
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

export async function hasMembers(admin: Admin, group: string): Promise<boolean> {
  const { groups } = await reach(() => admin.describeGroups([group]))
  return groups.some(({ state }) => !EMPTY_GROUP.has(state))
}

/**
 * Commits as a member of the group that reads nothing. The library's own way waits five seconds for
 * each topic of a group, and its refusal looks like any other failure of it.
 */
export async function setCommitted(
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
