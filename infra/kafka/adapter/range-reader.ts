// Reads a part of a topic from given offsets up to given ones, in a group that is gone afterwards.
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Admin, Kafka } from 'kafkajs'
import type { RangeReadOptions } from '../event-log.ts'
import { consumerConfig, toRecordBatch } from './consumer.ts'
import { reach } from './kafka-errors.ts'
import { timings } from './limits.ts'
import { createRangeCursor, rangeGroupPrefix } from './range-cursor.ts'

export async function readRanges(
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
