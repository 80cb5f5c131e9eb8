// Where a command works: the servers of the running platform of the data folder, or those that the environment names.
import { openClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseServer } from '#infra/clickhouse/users.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import { openKafka } from '#infra/kafka/open-kafka.ts'
import { readSecret } from '#infra/runtime/config.ts'
import type { Config } from '#infra/runtime/config.ts'
import { createLog } from '#infra/runtime/log.ts'
import { kafkaCredentialsOf } from '#infra/servers/kafka-credentials.ts'
import { passwordFile } from '#infra/servers/local-clickhouse.ts'
import { readPlatformState } from '#infra/servers/platform-state.ts'

type CommandUser = 'auditor' | 'replayer' | 'eraser'

export interface RunningPlatform {
  readonly eventLog: EventLog
  /** A server as one of its users. @throws ConfigError when there is no password for it. */
  storeAs(server: ClickhouseServer, user: CommandUser, session?: string): ClickhouseStore
}

/** A day of many facts takes its time. */
const STATEMENT_LIMIT_MS = 120_000

/**
 * @param as the name that servers hear, and as which of Kafka's users.
 * @throws Error that says what to start where nothing runs.
 */
export function openRunningPlatform(
  { common, platform }: Config<'common' | 'platform'>,
  { application, principal }: { readonly application: string; readonly principal: string },
): RunningPlatform {
  const { KEEPSAKE_DATA_DIR: dataDir } = common
  const state = readPlatformState(dataDir)
  const brokers = state?.kafka_brokers.split(',') ?? platform.KAFKA_BROKERS
  const urls = {
    vault: state?.vault_url ?? platform.VAULT_URL,
    rollups: state?.rollups_url ?? platform.ROLLUPS_URL,
  }
  const { vault, rollups } = urls
  if (brokers === undefined || vault === undefined || rollups === undefined) {
    throw new Error(
      `Nothing runs on ${dataDir}. Start it with \`npm start\`, or name servers with KAFKA_BROKERS, VAULT_URL and ROLLUPS_URL.`,
    )
  }
  const log = createLog({ name: application, level: 'silent' })
  const kafka = { ...kafkaCredentialsOf(principal, platform), KAFKA_BROKERS: brokers }
  return {
    eventLog: openKafka(kafka, { log, clientId: application }),
    storeAs: (server, user, session) =>
      openClickhouseStore({
        url: server === 'vault' ? vault : rollups,
        user,
        password: readSecret(
          `password of ${server} user ${user}`,
          passwordFile(dataDir, server, user),
        ),
        application,
        timeoutMs: STATEMENT_LIMIT_MS,
        ...(session === undefined ? {} : { session }),
      }),
  }
}
