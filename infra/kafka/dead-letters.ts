// Keeps what was refused in `dead.v1`, where an operator can look at it and send it again.
import type { Clock } from '../runtime/clock.ts'
import { deadLetterLimits } from '#schemas/dead-letter.ts'
import type { DeadLetter } from '#schemas/dead-letter.ts'
import type { EventProblem, RecordProblem } from '#schemas/problems.ts'
import { topics } from '#schemas/topics.ts'
import { openAvroCodec } from './avro.ts'
import type { LogProducer, NewRecord } from './event-log.ts'

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

/** Bytes of payload of one send; brokers take 1 MiB. */
const SEND_BYTES_MAX = 512 * 1024

export function createDeadLetters({ producer, clock, origin }: DeadLettersOptions): DeadLetters {
  const codec = openAvroCodec<DeadLetter>('dead-letter-v1')
  return {
    async append(refusals) {
      let records: NewRecord[] = []
      let bytes = 0
      const send = async (): Promise<void> => {
        if (records.length > 0) await producer.append(topics.dead.name, 0, records)
        records = []
        bytes = 0
      }
      for (const { contentType, ...refusal } of refusals) {
        const payload = refusal.payload.subarray(0, deadLetterLimits.payloadBytesMax)
        if (bytes + payload.length > SEND_BYTES_MAX) await send()
        const letter = {
          ...refusal,
          payload: Buffer.from(payload),
          origin,
          content_type: contentType,
          refused_at: BigInt(clock.nowMs()),
        }
        records.push({ key: origin, value: codec.encode(letter) })
        bytes += payload.length
      }
      await send()
    },
  }
}
