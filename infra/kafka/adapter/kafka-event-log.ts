// The event log on Apache Kafka: opens what speaks kafkajs, with the guards that it needs.
import { readFileSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'
import type { Admin, KafkaConfig } from 'kafkajs'
import type { Logger } from '../../runtime/log.ts'
import type { EventLog } from '../event-log.ts'
import { createAccessControl } from './access-control.ts'
import type { AccessControl } from './access-control.ts'
import { describeCluster } from './cluster-description.ts'
import { openConsumer } from './consumer.ts'
import { reach } from './kafka-errors.ts'
import { briefTimings, timings } from './limits.ts'
import {
  committedOf,
  hasMembers,
  hasRecordsSince,
  offsetsOf,
  offsetsSince,
  setCommitted,
} from './offsets.ts'
import { openFencedProducer, openProducer } from './producers.ts'
import { readRanges } from './range-reader.ts'
import { guardRequestQueues } from './request-queue-guard.ts'
import { createTopics } from './topics.ts'

export interface KafkaEventLogOptions {
  readonly log: Logger
  /** Name of this process at the broker. */
  readonly clientId: string
  readonly brokers: readonly string[]
  readonly caFile?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** For who looks at the log and goes: a log that is away is told within seconds. */
  readonly isBrief?: boolean
}

/** A log whose cluster can also be told who may do what; processes get to see an EventLog alone. */
export interface KafkaEventLog extends EventLog {
  readonly access: AccessControl
}

/** Opens the log. Connections are made when they are first needed. */
export function openKafkaEventLog(options: KafkaEventLogOptions): KafkaEventLog {
  guardRequestQueues()
  const kafka = new Kafka(clientConfig(options))
  let admin: Promise<Admin> | undefined
  const adminOf = (): Promise<Admin> => {
    admin ??= connectAdmin(kafka).catch((error: unknown) => {
      admin = undefined
      throw error
    })
    return admin
  }
  return {
    access: createAccessControl(adminOf),
    openProducer: () => openProducer(kafka, adminOf),
    openFencedProducer: (transactionalId) => openFencedProducer(kafka, transactionalId),
    openConsumer: (consumerOptions) => openConsumer(kafka, options.log, consumerOptions),
    readRanges: async (rangeOptions) => readRanges(kafka, await adminOf(), rangeOptions),
    offsetsOf: async (topic) => offsetsOf(await adminOf(), topic),
    offsetsSince: async (topic, ms) => offsetsSince(await adminOf(), topic, ms),
    committedOf: async (group, topic) => committedOf(await adminOf(), group, topic),
    hasMembers: async (group) => hasMembers(await adminOf(), group),
    setCommitted: async (group, positions) =>
      setCommitted(kafka, await adminOf(), { group, positions }),
    describe: async (topics) => describeCluster(await adminOf(), topics),
    hasRecordsSince: async (topic, ms) => hasRecordsSince(await adminOf(), topic, ms),
    createTopics: async (wanted) => createTopics(await adminOf(), wanted),
    async [Symbol.asyncDispose]() {
      if (admin !== undefined) await (await admin).disconnect()
    },
  }
}

function clientConfig(options: KafkaEventLogOptions): KafkaConfig {
  const { log, clientId, brokers, caFile, user, password, isBrief = false } = options
  const { connectionTimeoutMs, requestTimeoutMs, retries } = isBrief ? briefTimings : timings
  return {
    clientId,
    brokers: [...brokers],
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: {
      initialRetryTime: timings.retryFirstMs,
      maxRetryTime: timings.retryLongestMs,
      retries,
    },
    logLevel: logLevel.INFO,
    // kafkajs calls every retry an error; what matters reaches us as a rejection, so it all goes to
    // debug and only a crash of a consumer is told, by outcome.
    logCreator: () => (entry) => {
      log.debug({ kafka: { namespace: entry.namespace, level: entry.level } }, entry.log.message)
    },
    ...(caFile === undefined ? {} : { ssl: { ca: [readFileSync(caFile, 'utf8')] } }),
    ...(user === undefined || password === undefined
      ? {}
      : { sasl: { mechanism: 'scram-sha-512' as const, username: user, password } }),
  }
}

async function connectAdmin(kafka: Kafka): Promise<Admin> {
  const admin = kafka.admin()
  await reach(() => admin.connect())
  return admin
}
