// Follows `dead.v1` as an operator would: what was refused, and where it came from.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { LogRecord } from '#infra/kafka/event-log.ts'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { openTableReader } from '#infra/kafka/table-reader.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { createLog } from '#infra/runtime/log.ts'
import type { DeadLetter } from '#schemas/dead-letter.ts'
import { platform } from './outside.ts'

export interface ReadDeadLetter {
  readonly letter: DeadLetter
  readonly record: LogRecord
}

export interface DeadLetterReader extends AsyncDisposable {
  /** Grows as letters come in. */
  readonly letters: readonly ReadDeadLetter[]
}

/** Reads every dead letter of an origin, from the first on. */
export async function openDeadLetterReader(origin: string): Promise<DeadLetterReader> {
  const log = createLog({ name: 'test', level: 'silent' })
  const brokers = [platform.kafkaBrokers]
  const codec = openAvroCodec<DeadLetter>('dead-letter-v1')
  const letters: ReadDeadLetter[] = []
  const stack = new AsyncDisposableStack()
  const eventLog = stack.use(openKafkaEventLog({ log, clientId: 'test', brokers }))
  stack.use(
    await openTableReader({
      eventLog,
      clock: systemClock,
      topic: 'dead.v1',
      apply(record) {
        const letter = record.value === null ? null : codec.decode(record.value)
        if (letter?.origin === origin) letters.push({ letter, record })
      },
      onCrash(error) {
        throw error
      },
    }),
  )
  return { letters, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
