// Opens the event log with what a process's configuration says of Kafka.
import { readSecret } from '../runtime/config.ts'
import type { Config } from '../runtime/config.ts'
import type { Logger } from '../runtime/log.ts'
import { openKafkaEventLog } from './adapter/kafka-event-log.ts'
import type { KafkaEventLog } from './adapter/kafka-event-log.ts'

/** @throws ConfigError when the file of a password cannot be read. */
export function openKafka(
  config: Config<'kafka'>['kafka'],
  options: { readonly log: Logger; readonly clientId: string; readonly isBrief?: boolean },
): KafkaEventLog {
  const { KAFKA_PASSWORD_FILE: passwordFile } = config
  return openKafkaEventLog({
    ...options,
    brokers: config.KAFKA_BROKERS,
    caFile: config.KAFKA_CA_FILE,
    user: config.KAFKA_USER,
    password:
      passwordFile === undefined ? undefined : readSecret('KAFKA_PASSWORD_FILE', passwordFile),
  })
}
