// Asks a ClickHouse server as each of its users: who is let in, which version, how far its tables are, and what time it is.
import { z } from 'zod'
import { openClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import { readMigrationState } from '../clickhouse/migrate.ts'
import { clickhouseUsers } from '../clickhouse/users.ts'
import type { ClickhouseServer } from '../clickhouse/users.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConfigError, readSecret } from '../runtime/config.ts'
import { isRetryable } from '../runtime/errors.ts'
import { passwordFile } from '../servers/local-clickhouse.ts'
import { judgeServer, passwordRemedy } from './clickhouse.ts'
import type { Skew } from './clocks.ts'
import { fault } from './finding.ts'
import type { Verdict } from './finding.ts'

const REQUEST_LIMIT_MS = 4000

export interface ClickhouseAnswer {
  readonly verdicts: readonly Verdict[]
  /** Null where the server did not say its time. */
  readonly skew: Skew | null
}

export interface AskClickhouseOptions {
  readonly server: ClickhouseServer
  readonly url: string
  readonly dataDir: string
  /** Whether it is someone else's. */
  readonly isGiven: boolean
  /** What to do about a server that is away. */
  readonly remedy: string
  readonly clock: Clock
}

const versionSchema = z.object({ version: z.string() })
const timeSchema = z.object({ ms: z.coerce.number() })

export async function askClickhouse(options: AskClickhouseOptions): Promise<ClickhouseAnswer> {
  const { server, url, isGiven, clock } = options
  try {
    await using admin = openAs('admin', options)
    const [row] = await admin.rows(versionSchema, 'select version() as version')
    const skew = await measureSkew(admin, clock)
    const [migrations, letIn] = await Promise.all([
      readMigrationState(admin, server),
      Promise.all(usersOf(server).map((user) => isLetIn(user, options))),
    ])
    const look = {
      server,
      url,
      version: row?.version ?? '',
      refused: usersOf(server).filter((_, index) => letIn[index] === false),
      usersTried: letIn.filter((each) => each !== null).length,
      migrations,
      isGiven,
    }
    return { verdicts: judgeServer(look), skew }
  } catch (error) {
    return { verdicts: [sayFailure(error, options)], skew: null }
  }
}

function sayFailure(
  error: unknown,
  { server, url, remedy, isGiven }: AskClickhouseOptions,
): Verdict {
  const file = `secrets/${server}-admin`
  if (error instanceof ConfigError) {
    return fault(
      `${url} cannot be asked: the password of user admin is missing (${file})`,
      'Look at what is said of keys and secrets.',
    )
  }
  if (isRetryable(error)) return fault(`${url} does not answer`, remedy)
  return fault(`${url} refuses user admin with the password in ${file}`, passwordRemedy(isGiven))
}

function usersOf(server: ClickhouseServer): readonly string[] {
  return clickhouseUsers.filter((user) => user.server === server).map(({ name }) => name)
}

/** Null where there is no password to try: that is told of the file. */
async function isLetIn(user: string, options: AskClickhouseOptions): Promise<boolean | null> {
  try {
    await using store = openAs(user, options)
    await store.rows(z.object({ one: z.number() }), 'select 1 as one')
    return true
  } catch (error) {
    return error instanceof ConfigError || isRetryable(error) ? null : false
  }
}

/** The server's time lies within the request. */
async function measureSkew(store: ClickhouseStore, clock: Clock): Promise<Skew> {
  const beforeMs = clock.nowMs()
  const [row] = await store.rows(timeSchema, 'select toUnixTimestamp64Milli(now64(3)) as ms')
  const tookMs = clock.nowMs() - beforeMs
  return { aheadMs: (row?.ms ?? 0) - (beforeMs + tookMs / 2), offMs: tookMs / 2 }
}

function openAs(user: string, { server, url, dataDir }: AskClickhouseOptions): ClickhouseStore {
  return openClickhouseStore({
    url,
    user,
    password: readSecret(`password of ${server} user ${user}`, passwordFile(dataDir, server, user)),
    application: 'doctor',
    timeoutMs: REQUEST_LIMIT_MS,
  })
}
