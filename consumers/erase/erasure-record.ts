// Says in the log that a user is erased, for ever, and waits until what was sent before is stored and can be found.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { erasureKey } from '#schemas/erasure.ts'
import type { Erasure } from '#schemas/erasure.ts'
import { consumerGroups, topics } from '#schemas/topics.ts'
import { createPseudonyms } from '../engagement/pseudonyms.ts'

export interface RecordOptions {
  readonly eventLog: Pick<EventLog, 'openProducer'>
  readonly clock: Clock
  /** Of keyed hashes. */
  readonly key: Uint8Array
}

/** From then on consumers leave out what the user did up to now. @throws PipelineError of the log. */
export async function recordErasure(
  { eventLog, clock, key }: RecordOptions,
  userId: bigint,
): Promise<void> {
  const erasure: Erasure = {
    user_hash: BigInt.asIntN(64, createPseudonyms(key).keyedHash(userId)),
    erased_at: BigInt(clock.nowMs()),
  }
  const value = openAvroCodec<Erasure>('erasure-v1').encode(erasure)
  await using producer = await eventLog.openProducer()
  await producer.append(topics.erasures.name, 0, [{ key: erasureKey(erasure), value }])
}

export interface StoredWait {
  readonly eventLog: Pick<EventLog, 'offsetsOf' | 'committedOf'>
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly waitMs: number
}

const POLL_MS = 250

/**
 * Waits until the facts consumer has stored all that is in the log now: a block that it began before the
 * erasure was known is among that, and none later holds anything of the user.
 * @throws PipelineError `setup_failed` when it has not in time.
 */
export async function awaitStored({ eventLog, clock, stop, waitMs }: StoredWait): Promise<void> {
  const topic = topics.engagement.name
  const ends = await eventLog.offsetsOf(topic)
  const deadlineMs = clock.nowMs() + waitMs
  for (;;) {
    const committed = await eventLog.committedOf(consumerGroups.facts, topic)
    const isStored = ends.every(
      ({ partition, low, high }) => low === high || (committed.get(partition) ?? 0n) >= high,
    )
    if (isStored) return
    if (clock.nowMs() >= deadlineMs) {
      throw new PipelineError(
        'setup_failed',
        'The facts consumer has events from before to store, so not all would be found. The erasure ' +
          'is recorded; run this again when npm run -s keepsake -- status shows no lag.',
      )
    }
    await clock.sleep(POLL_MS, stop)
    stop.throwIfAborted()
  }
}
