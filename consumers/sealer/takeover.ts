// A sealer's takeover: a record whose offset is the epoch by which its numbers win over those of an older sealer.
import { randomUUID } from 'node:crypto'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { topics, transactionalIds } from '#schemas/topics.ts'
import type { Takeover } from '#schemas/touched.ts'

/** Takes over from any older sealer. @returns the epoch. @throws PipelineError. */
export async function takeOver(eventLog: EventLog, clock: Clock): Promise<bigint> {
  const codec = openAvroCodec<Takeover>('takeover-v1')
  await using producer = await eventLog.openFencedProducer(transactionalIds.sealer)
  const value = codec.encode({ sealer: randomUUID(), taken_at: BigInt(clock.nowMs()) })
  // Awaited here: the producer is closed when this function returns.
  return await producer.append(topics.takeovers.name, 0, { value })
}
