// Kafka and ClickHouse in containers, for machines with Docker and without Java: the same versions, bounds and users.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClickhouseServer } from '../clickhouse/users.ts'
import { messageOf, PipelineError } from '../runtime/errors.ts'
import { readOrCreateSecret } from '../runtime/secret-files.ts'
import { writeClickhouseFiles } from './local-clickhouse.ts'

/** As in `infra/compose.yaml`; a test holds the two together. */
export const images = {
  kafka: 'apache/kafka:4.3.1',
  clickhouse: 'clickhouse/clickhouse-server:26.7',
} as const

const KAFKA_PORT = 9092
/** Where ClickHouse listens inside its container. */
export const CONTAINER_HTTP_PORT = 8123
const STARTUP_LIMIT_MS = 300_000

/**
 * Else the image's start script has its own say about users. It also ends the container when the
 * image's users.xml has no user `default`, so that our file lies over it and takes that user away.
 */
export const clickhouseContainerEnvironment = { CLICKHOUSE_SKIP_USER_SETUP: '1' } as const

/** Where our files lie inside the container, over those of the image. */
export const clickhouseContainerFiles = {
  users: '/etc/clickhouse-server/users.d/keepsake.xml',
  config: '/etc/clickhouse-server/config.d/keepsake.xml',
} as const

/** Settings of the broker, as the image takes them. */
export function kafkaContainerSettings(port: number): Readonly<Record<string, string>> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_LISTENERS: `PLAINTEXT://:${KAFKA_PORT},CONTROLLER://:9093`,
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
    KAFKA_LOG_DIRS: '/var/lib/kafka/data',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_MESSAGE_MAX_BYTES: String(2 * 1024 * 1024),
  }
}

/** Whether a container runtime answers. Loads testcontainers, so it is asked last. */
export async function hasContainerRuntime(): Promise<boolean> {
  try {
    const { getContainerRuntimeClient } = await import('testcontainers')
    await getContainerRuntimeClient()
    return true
  } catch {
    return false
  }
}

/** Starts Kafka; its data is a volume named after the data folder and survives the container. */
export async function openKafkaContainer(dataDir: string, port: number): Promise<AsyncDisposable> {
  const { GenericContainer, Wait } = await import('testcontainers')
  return start('Kafka', () =>
    new GenericContainer(images.kafka)
      .withEnvironment(kafkaContainerSettings(port))
      .withExposedPorts({ container: KAFKA_PORT, host: port })
      .withBindMounts([{ source: volumeOf(dataDir, 'kafka'), target: '/var/lib/kafka/data' }])
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .withStartupTimeout(STARTUP_LIMIT_MS)
      .start(),
  )
}

export async function openClickhouseContainer(
  dataDir: string,
  server: ClickhouseServer,
  port: number,
): Promise<AsyncDisposable> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const files = writeClickhouseFiles(dataDir, server, {
    httpPort: CONTAINER_HTTP_PORT,
    inContainer: true,
  })
  const copy = (from: string, target: string): { content: string; target: string } => ({
    content: readFileSync(from, 'utf8'),
    target,
  })
  return start(`ClickHouse (${server})`, () =>
    new GenericContainer(images.clickhouse)
      .withEnvironment(clickhouseContainerEnvironment)
      .withExposedPorts({ container: CONTAINER_HTTP_PORT, host: port })
      .withCopyContentToContainer([
        copy(files.usersFile, clickhouseContainerFiles.users),
        copy(files.configFile, clickhouseContainerFiles.config),
      ])
      .withBindMounts([{ source: volumeOf(dataDir, server), target: '/var/lib/clickhouse' }])
      .withWaitStrategy(Wait.forHttp('/ping', CONTAINER_HTTP_PORT))
      .withStartupTimeout(STARTUP_LIMIT_MS)
      .start(),
  )
}

async function start(
  what: string,
  begin: () => Promise<{ stop(): Promise<unknown> }>,
): Promise<AsyncDisposable> {
  try {
    const container = await begin()
    return {
      async [Symbol.asyncDispose]() {
        await container.stop()
      },
    }
  } catch (error) {
    const why = `The container of ${what} did not start: ${messageOf(error)}`
    throw new PipelineError('setup_failed', why, error)
  }
}

/** A new data folder has new volumes, also one that was begun anew in the same place. */
function volumeOf(dataDir: string, server: string): string {
  const id = readOrCreateSecret(join(dataDir, 'containers', 'id'), () =>
    randomBytes(6).toString('hex'),
  )
  return `keepsake-${id}-${server}`
}
