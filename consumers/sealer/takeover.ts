// A sealer's takeover: a record whose offset is the epoch by which its numbers win over those of an older sealer.
import { randomUUID } from 'node:crypto'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable } from '#infra/runtime/errors.ts'
import { topics, transactionalIds } from '#schemas/topics.ts'
import type { Takeover } from '#schemas/touched.ts'

export interface TakeoverOptions {
  readonly eventLog: Pick<EventLog, 'openFencedProducer'>
  readonly clock: Clock
  readonly stop: AbortSignal
}

/** While a broker that died is replaced, some seconds; a log that is away longer ends the process. */
const PATIENCE_MS = 60_000
const RETRY_MS = 500

/**
 * Takes over from any older sealer. A try whose end is not known may have left a record behind:
 * the next one's is later, and wins over it.
 * @returns the epoch. @throws PipelineError.
 */
export async function takeOver({ eventLog, clock, stop }: TakeoverOptions): Promise<bigint> {
  const deadline = clock.nowMs() + PATIENCE_MS
  for (;;) {
    try {
      return await writeTakeover(eventLog, clock.nowMs())
    } catch (error) {
      if (!isRetryable(error) || stop.aborted || clock.nowMs() > deadline) throw error
      await clock.sleep(RETRY_MS, stop)
    }
  }
}

async function writeTakeover(
  eventLog: TakeoverOptions['eventLog'],
  nowMs: number,
): Promise<bigint> {
  const codec = openAvroCodec<Takeover>('takeover-v1')
  await using producer = await eventLog.openFencedProducer(transactionalIds.sealer)
  const value = codec.encode({ sealer: randomUUID(), taken_at: BigInt(nowMs) })
  // Awaited here: the producer is closed when this function returns.
  return await producer.append(topics.takeovers.name, 0, { value })
}
