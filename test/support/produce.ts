// Puts many events into the log as any Kafka client may: in large records, without the collector.
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { createLog } from '#infra/runtime/log.ts'
import { parseEvent } from '#schemas/events/event.ts'
import { topics } from '#schemas/topics.ts'
import type { Json } from './outside.ts'
import { platform } from './outside.ts'

const RECORD_EVENTS = 500

/** The log of the platform, as a client of it. */
export function openTestLog(): EventLog {
  const log = createLog({ name: 'test', level: 'silent' })
  return openKafkaEventLog({ log, clientId: 'test', brokers: [platform.kafkaBrokers] })
}

/** Appends events in records of 500, as a backfill. Resolves once the log has them. */
export async function produce(events: Iterable<Json>): Promise<void> {
  await using eventLog = openTestLog()
  await using producer = await eventLog.openProducer()
  const encoder = openEngagementEncoder()
  const partitions = await producer.partitionsOf(topics.engagement.name)
  let encoded: Buffer[] = []
  let sent = 0
  const send = async (): Promise<void> => {
    if (encoded.length === 0) return
    const envelope = { sentAtMs: Date.now(), source: 'test', backfill: true }
    const value = encoder.encodeBatch(encoded, envelope)
    encoded = []
    await producer.append(topics.engagement.name, sent++ % partitions, [{ value }])
  }
  for (const event of events) {
    const outcome = parseEvent(event, { arrivedAtMs: Date.now(), backfill: true })
    if (!outcome.ok) throw new Error(outcome.fault.code)
    encoded.push(encoder.encodeEvent(outcome.event, outcome.occurredAtMs))
    if (encoded.length === RECORD_EVENTS) await send()
  }
  await send()
}
