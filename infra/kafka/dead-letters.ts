// Keeps what was refused in `dead.v1`, where an operator can look at it and send it again.
import type { Clock } from '../runtime/clock.ts'
import { deadLetterLimits } from '#schemas/dead-letter.ts'
import type { DeadLetter } from '#schemas/dead-letter.ts'
import type { EventProblem, RecordProblem } from '#schemas/problems.ts'
import { topics } from '#schemas/topics.ts'
import { openAvroCodec } from './avro.ts'
import type { LogProducer } from './event-log.ts'

export interface Refusal {
  readonly reason: EventProblem | RecordProblem
  /** The field at fault; empty: none. */
  readonly field: string
  /** -1: none. */
  readonly partition: number
  /** -1: none. */
  readonly offset: bigint
  /** Place of the event within its request or record; -1: the whole record. */
  readonly index: number
  readonly contentType: DeadLetter['content_type']
  readonly payload: Uint8Array
}

export interface DeadLetters {
  /** Resolves once the log has them all. @throws PipelineError as `LogProducer.append`. */
  append(refusals: readonly Refusal[]): Promise<void>
}

export interface DeadLettersOptions {
  readonly producer: LogProducer
  readonly clock: Clock
  /** `collector`, or the topic that the refused was read from. */
  readonly origin: string
}

export function createDeadLetters({ producer, clock, origin }: DeadLettersOptions): DeadLetters {
  const codec = openAvroCodec<DeadLetter>('dead-letter-v1')
  return {
    async append(refusals) {
      const refusedAt = BigInt(clock.nowMs())
      const records = refusals.map(({ contentType, payload, ...refusal }) => ({
        key: origin,
        value: codec.encode({
          ...refusal,
          payload: Buffer.from(payload.subarray(0, deadLetterLimits.payloadBytesMax)),
          origin,
          content_type: contentType,
          refused_at: refusedAt,
        }),
      }))
      if (records.length > 0) await producer.append(topics.dead.name, 0, records)
    },
  }
}
