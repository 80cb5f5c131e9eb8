// Makes servers that answer into a ground that is ready: tables by migrations, topics as they are written down.
import { awaitStore, openClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import { migrate } from '../clickhouse/migrate.ts'
import type { ClickhouseServer } from '../clickhouse/users.ts'
import { createAllTopics } from '../kafka/create-topics.ts'
import { openKafka } from '../kafka/open-kafka.ts'
import type { Clock } from '../runtime/clock.ts'
import { readConfig, readSecret } from '../runtime/config.ts'
import { isRetryable } from '../runtime/errors.ts'
import { createLog } from '../runtime/log.ts'
import type { GroundAddresses } from './ground.ts'
import type { KafkaCredentials } from './kafka-credentials.ts'

export interface PrepareOptions {
  readonly ground: GroundAddresses
  readonly kafkaCredentials: KafkaCredentials
  readonly passwordFile: (server: ClickhouseServer, user: string) => string
  readonly clock: Clock
}

const ANSWER_LIMIT_MS = 30_000
const RETRY_MS = 200

/** @throws PipelineError when a server does not answer in time, or does not let us in. */
export async function prepareGround(options: PrepareOptions): Promise<void> {
  const { ground } = options
  await Promise.all([
    migrateServer('vault', ground.vaultUrl, options),
    migrateServer('rollups', ground.rollupsUrl, options),
    createTopics(options),
  ])
}

async function migrateServer(
  server: ClickhouseServer,
  url: string,
  { passwordFile, clock }: PrepareOptions,
): Promise<void> {
  const file = passwordFile(server, 'admin')
  await using store = openClickhouseStore({
    url,
    user: 'admin',
    password: readSecret(`password of ${server} user admin`, file),
    application: 'start',
  })
  await awaitStore(store, clock, ANSWER_LIMIT_MS)
  await migrate(store, server)
}

/** A broker that has just opened its port can still refuse for a moment. */
async function createTopics({ ground, kafkaCredentials, clock }: PrepareOptions): Promise<void> {
  const log = createLog({ name: 'start', level: 'silent' })
  const { kafka } = readConfig(['kafka'], {
    KAFKA_BROKERS: ground.kafkaBrokers,
    ...kafkaCredentials,
  })
  const deadline = clock.nowMs() + ANSWER_LIMIT_MS
  for (;;) {
    await using eventLog = openKafka(kafka, { log, clientId: 'start' })
    try {
      await createAllTopics(eventLog)
      return
    } catch (error) {
      if (!isRetryable(error) || clock.nowMs() > deadline) throw error
      await clock.sleep(RETRY_MS)
    }
  }
}
