// Appends to the log: one partition a send, and for whom only one may be, within transactions.
import type { Admin, Kafka, Producer } from 'kafkajs'
import type { FencedProducer, LogProducer, NewRecord } from '../event-log.ts'
import { reach } from './kafka-errors.ts'
import { sizes, timings } from './limits.ts'
import { offsetsOf } from './offsets.ts'

export async function openProducer(
  kafka: Kafka,
  adminOf: () => Promise<Admin>,
): Promise<LogProducer> {
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

export async function openFencedProducer(
  kafka: Kafka,
  transactionalId: string,
): Promise<FencedProducer> {
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
    async append(topic, partition, records) {
      return reach(async () => {
        const transaction = await producer.transaction()
        try {
          let first: string | undefined
          for (const some of sendable(records)) {
            const messages = some.map(({ key, value }) => ({ key: key ?? null, value, partition }))
            const [sent] = await transaction.send({ topic, acks: -1, messages })
            first ??= sent?.baseOffset
          }
          await transaction.commit()
          if (first === undefined) throw new Error('the broker named no offset')
          return BigInt(first)
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
