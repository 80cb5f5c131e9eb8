// As whom a process comes to Kafka: under its own name where it has a password of its own, else as the one user of all.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../runtime/config.ts'
import type { Config } from '../runtime/config.ts'
import { kafkaPrincipals, OPERATOR } from './kafka-principals.ts'

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
  return credentialsOfAll([principal], access).get(principal) ?? {}
}

/**
 * The same of every one of `processes` that knows the log, and of the operator.
 * @throws ConfigError that names every missing file.
 */
export function platformCredentials(
  processes: readonly string[],
  access: KafkaAccess,
): (principal: string) => KafkaCredentials {
  const names = kafkaPrincipals.map(({ name }) => name)
  const users = names.filter((name) => name === OPERATOR || processes.includes(name))
  const credentials = credentialsOfAll(users, access)
  return (principal) => credentials.get(principal) ?? {}
}

function credentialsOfAll(
  principals: readonly string[],
  access: KafkaAccess,
): ReadonlyMap<string, KafkaCredentials> {
  const { KAFKA_CA_FILE, KAFKA_USER, KAFKA_PASSWORD_FILE, KAFKA_PASSWORDS_DIR: folder } = access
  const trust = KAFKA_CA_FILE === undefined ? {} : { KAFKA_CA_FILE }
  const ofAll = {
    ...trust,
    ...(KAFKA_USER === undefined ? {} : { KAFKA_USER }),
    ...(KAFKA_PASSWORD_FILE === undefined ? {} : { KAFKA_PASSWORD_FILE }),
  }
  const missing: string[] = []
  const found = principals.map((principal): readonly [string, KafkaCredentials] => {
    if (folder === undefined) return [principal, ofAll]
    const own = join(folder, principal)
    if (existsSync(own)) {
      return [principal, { ...trust, KAFKA_USER: principal, KAFKA_PASSWORD_FILE: own }]
    }
    if (KAFKA_USER === undefined) missing.push(principal)
    return [principal, ofAll]
  })
  if (missing.length === 0) return new Map(found)
  throw new ConfigError([
    `  KAFKA_PASSWORDS_DIR: ${folder} has no file ${missing.join(', ')}. Put the password of the ` +
      'Kafka user of that name into each, or set KAFKA_USER and KAFKA_PASSWORD_FILE for those without',
  ])
}
