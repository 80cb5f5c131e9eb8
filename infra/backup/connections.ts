// Everything a backup or a restore talks to: Kafka, and both ClickHouse servers as admin.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { awaitStore, openClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import { readMigrationState } from '../clickhouse/migrate.ts'
import { isRestoreUnfinished, unfinishedRestore } from '../clickhouse/unfinished-restore.ts'
import type { EventLog } from '../kafka/event-log.ts'
import { openKafka } from '../kafka/open-kafka.ts'
import type { Clock } from '../runtime/clock.ts'
import { readSecret } from '../runtime/config.ts'
import type { Config } from '../runtime/config.ts'
import { isRetryable } from '../runtime/errors.ts'
import { createLog } from '../runtime/log.ts'
import { kafkaCredentialsOf } from '../servers/kafka-credentials.ts'
import { BACKUP } from '../servers/kafka-principals.ts'
import { passwordFile } from '../servers/local-clickhouse.ts'
import type { ServersAlone } from '../servers/servers-alone.ts'
import { databases, parts } from './archives.ts'
import type { Part } from './archives.ts'
import { allTopics, readRanges } from './positions.ts'

export interface Connections extends AsyncDisposable {
  readonly eventLog: EventLog
  readonly stores: Readonly<Record<Part, ClickhouseStore>>
}

export interface Surroundings {
  readonly dataDir: string
  readonly clock: Clock
  readonly servers: ServersAlone
  readonly connections: Connections
  /** Shows that a step runs and how far it is. */
  readonly step: <T>(
    title: string,
    work: (tell: (detail: string) => void) => Promise<T>,
  ) => Promise<T>
}

const ANSWER_LIMIT_MS = 30_000
const RETRY_MS = 200

export interface ConnectOptions {
  readonly dataDir: string
  readonly platform: Config<'platform'>['platform']
  readonly servers: ServersAlone
  readonly clock: Clock
}

/** @throws PipelineError `store_*` when a server does not answer within 30 s or lets nobody in. */
export async function connect(options: ConnectOptions): Promise<Connections> {
  const { dataDir, platform, servers, clock } = options
  await using stack = new AsyncDisposableStack()
  const log = createLog({ name: 'backup', level: 'silent' })
  const kafka = {
    ...kafkaCredentialsOf(BACKUP, platform),
    KAFKA_BROKERS: servers.ground.kafkaBrokers.split(','),
  }
  const eventLog = stack.use(openKafka(kafka, { log, clientId: 'backup' }))
  const open = (part: Part, url: string): ClickhouseStore => {
    const file = passwordFile(dataDir, part, 'admin')
    const password = readSecret(`password of ${part} user admin`, file)
    return stack.use(openClickhouseStore({ url, user: 'admin', password, application: 'backup' }))
  }
  const stores = {
    vault: open('vault', servers.ground.vaultUrl),
    rollups: open('rollups', servers.ground.rollupsUrl),
  }
  await Promise.all(parts.map((part) => awaitStore(stores[part], clock, ANSWER_LIMIT_MS)))
  await awaitLog(eventLog, clock)
  const opened = stack.move()
  return { eventLog, stores, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/**
 * A broker that has just opened its port does not lead its partitions yet.
 * @throws Error where topics are missing, PipelineError `log_*` when it does not answer within 30 s.
 */
async function awaitLog(eventLog: EventLog, clock: Clock): Promise<void> {
  const deadline = clock.nowMs() + ANSWER_LIMIT_MS
  for (;;) {
    try {
      const { topics: there } = await eventLog.describe(allTopics)
      const missing = allTopics.filter((name) => !there.has(name))
      if (missing.length > 0) {
        throw new Error(
          `This Kafka has no ${missing.join(', ')}: keepsake never ran on it. A backup belongs to ` +
            'the Kafka that it was made with; bring that one back first.',
        )
      }
      await readRanges(eventLog)
      return
    } catch (error) {
      if (!isRetryable(error) || clock.nowMs() > deadline) throw error
      await clock.sleep(RETRY_MS)
    }
  }
}

/** Tells the key of pseudonyms from another: of a random key of 256 bits nothing can be learnt. */
export function pseudonymKeyMark(dataDir: string): string | null {
  const path = join(dataDir, 'keys', 'pseudonyms')
  if (!existsSync(path)) return null
  const text = `keepsake backup ${readFileSync(path, 'utf8').trim()}`
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

const textSchema = z.object({ text: z.string() })

export async function versionOf(store: ClickhouseStore): Promise<string> {
  const [row] = await store.rows(textSchema, 'select version() as text')
  return row?.text ?? ''
}

/** The databases of a server that a backup would not hold. */
export async function databasesLeftOut(
  store: ClickhouseStore,
  part: Part,
): Promise<readonly string[]> {
  const known = new Set([...databases[part], unfinishedRestore, 'default', 'system'])
  const rows = await store.rows(
    textSchema,
    `select name as text from system.databases where lower(name) <> 'information_schema'`,
  )
  return rows.map(({ text }) => text).filter((name) => !known.has(name))
}

const countSchema = z.object({ amount: z.coerce.number() })

/** Rows of all tables of a server that a restore would replace; some count more than once. */
export async function rowsHeld(store: ClickhouseStore, part: Part): Promise<number> {
  const [row] = await store.rows(
    countSchema,
    `select toString(sum(rows)) as amount from system.parts
     where active and database <> 'migrations' and database in {names:Array(String)}`,
    { names: databases[part] },
  )
  return row?.amount ?? 0
}

/** Bytes that a server has on its disk. */
export async function bytesHeld(store: ClickhouseStore, part: Part): Promise<number> {
  const [row] = await store.rows(
    countSchema,
    `select toString(sum(bytes_on_disk)) as amount from system.parts
     where active and database in {names:Array(String)}`,
    { names: databases[part] },
  )
  return row?.amount ?? 0
}

/** Names of the migrations that were applied to a server. */
export async function migrationsOf(store: ClickhouseStore): Promise<readonly string[]> {
  const rows = await store.rows(
    textSchema,
    'select name as text from migrations.applied final order by name',
  )
  return rows.map(({ text }) => text)
}

/** Whether a server has all of its tables, and no half of a restore. */
export async function isWhole(store: ClickhouseStore, part: Part): Promise<boolean> {
  const { missing } = await readMigrationState(store, part)
  return missing.length === 0 && !(await isRestoreUnfinished(store))
}

/** @throws Error where the tables of a running server do not fit this checkout. */
export async function mustBeMigrated(store: ClickhouseStore, part: Part): Promise<void> {
  const { missing, changed } = await readMigrationState(store, part)
  if (missing.length + changed.length === 0) return
  throw new Error(
    `The tables of ${part} are not those of this checkout (${[...missing, ...changed].join(', ')}). ` +
      'Bring them up to date first, by npm start.',
  )
}
