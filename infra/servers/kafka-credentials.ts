// As whom a process comes to Kafka: under its own name where it has a password of its own, else as the one user of all.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../runtime/config.ts'
import type { Config } from '../runtime/config.ts'

/** KAFKA_* as `npm start` and the command line are given them. */
export type KafkaAccess = Readonly<
  Partial<
    Pick<
      Config<'platform'>['platform'],
      'KAFKA_CA_FILE' | 'KAFKA_USER' | 'KAFKA_PASSWORD_FILE' | 'KAFKA_PASSWORDS_DIR'
    >
  >
>

export interface KafkaCredentials {
  readonly KAFKA_CA_FILE?: string
  readonly KAFKA_USER?: string
  readonly KAFKA_PASSWORD_FILE?: string
}

/**
 * What the process `principal` is given. In KAFKA_PASSWORDS_DIR a file named like it holds its
 * password; without that file it is KAFKA_USER.
 * @throws ConfigError where the folder is set and leaves it without any.
 */
export function kafkaCredentialsOf(principal: string, access: KafkaAccess): KafkaCredentials {
  const { KAFKA_CA_FILE, KAFKA_USER, KAFKA_PASSWORD_FILE, KAFKA_PASSWORDS_DIR } = access
  const trust = KAFKA_CA_FILE === undefined ? {} : { KAFKA_CA_FILE }
  if (KAFKA_PASSWORDS_DIR !== undefined) {
    const own = join(KAFKA_PASSWORDS_DIR, principal)
    if (existsSync(own)) return { ...trust, KAFKA_USER: principal, KAFKA_PASSWORD_FILE: own }
    if (KAFKA_USER === undefined) {
      throw new ConfigError([
        `  KAFKA_PASSWORDS_DIR: ${own} is missing. Put the password of the Kafka user ` +
          `${principal} there, or set KAFKA_USER and KAFKA_PASSWORD_FILE for all that have none`,
      ])
    }
  }
  return {
    ...trust,
    ...(KAFKA_USER === undefined ? {} : { KAFKA_USER }),
    ...(KAFKA_PASSWORD_FILE === undefined ? {} : { KAFKA_PASSWORD_FILE }),
  }
}
