// One ClickHouse server as one of its users: the only file that speaks @clickhouse/client.
import { Readable } from 'node:stream'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { ClickHouseClient } from '@clickhouse/client'
import type { z } from 'zod'
import type { Clock } from '../runtime/clock.ts'
import { reachStore } from './clickhouse-errors.ts'

/**
 * Values of `{name:Type}` parameters. 64-bit ids go as decimal strings, lists of them by `idArray` or as BigInt:
 * strings within a list are quoted, and a list of numbers cannot be read from quoted text.
 */
export type QueryParams = Readonly<
  Record<
    string,
    string | number | bigint | boolean | readonly string[] | readonly number[] | readonly bigint[]
  >
>

/** Decimal ids as the text of an `Array(UInt64)` parameter: numbers without quotes. */
export function idArray(ids: readonly string[]): string {
  return `[${ids.join(',')}]`
}

/** The text of a `DateTime64(3)` in UTC. */
export function dateTime64(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '')
}

export interface ClickhouseStoreOptions {
  readonly url: string
  readonly user: string
  readonly password: string
  /** Name of the process, seen in the server's query log. */
  readonly application: string
  /** Longest time of one request in ms. */
  readonly timeoutMs?: number
  /**
   * Name of a session, whose temporary tables go with it a minute after its last request. Requests of a
   * session must come one after the other.
   */
  readonly session?: string
}

/** All methods throw PipelineError `store_*`; `retryable` says whether to try again. */
export interface ClickhouseStore extends AsyncDisposable {
  /** Runs a statement that answers nothing. */
  command(sql: string, params?: QueryParams): Promise<void>
  /** Rows of a select, each parsed by `row`. Select 64-bit ids as `toString(id)`. */
  rows<T>(row: z.ZodType<T>, sql: string, params?: QueryParams): Promise<T[]>
  /** A select's raw bytes in the format that it names, to be piped elsewhere. */
  read(sql: string, params?: QueryParams): Promise<Readable>
  /** Sends bytes with an `insert ... format X` statement; resolves once the server has stored them. */
  insert(sql: string, body: Readable | readonly Uint8Array[], params?: QueryParams): Promise<void>
  /** Runs an `insert ... select` statement; resolves once the server has stored its rows. */
  insertSelect(sql: string, params?: QueryParams): Promise<void>
}

/**
 * Stated with every insert, since servers changed their defaults: one body is one block, stored when
 * acknowledged, in any number of partitions, and nothing is merged away before it is stored.
 */
const insertSettings = {
  async_insert: 0,
  optimize_on_insert: 0,
  max_partitions_per_insert_block: '0',
  max_execution_time: 30,
  wait_end_of_query: 1,
} as const

const REQUEST_TIMEOUT_MS = 60_000
const CONNECTIONS_MAX = 16

export function openClickhouseStore(options: ClickhouseStoreOptions): ClickhouseStore {
  const { url, user, password, application, timeoutMs = REQUEST_TIMEOUT_MS, session } = options
  const client = createClient({
    url,
    username: user,
    password,
    application,
    request_timeout: timeoutMs,
    max_open_connections: CONNECTIONS_MAX,
    ...(session === undefined ? {} : { session_id: session }),
    // Same host or LAN: compressing costs more than it saves.
    compression: { request: false, response: false },
    // The client's own log repeats statements, which hold ids; failures reach us as rejections.
    log: { level: ClickHouseLogLevel.OFF },
  })
  return {
    command: (sql, params) =>
      reachStore(async () => {
        await client.command({ query: sql, ...withParams(params) })
      }),
    rows: (row, sql, params) =>
      reachStore(async () => {
        const result = await client.query({
          query: sql,
          format: 'JSONEachRow',
          ...withParams(params),
        })
        const rows = await result.json<unknown>()
        return rows.map((each) => row.parse(each))
      }),
    read: (sql, params) =>
      reachStore(async () => (await client.exec({ query: sql, ...withParams(params) })).stream),
    insert: (sql, body, params) => reachStore(() => insert(client, sql, body, params)),
    insertSelect: (sql, params) =>
      reachStore(async () => {
        await client.command({
          query: sql,
          clickhouse_settings: insertSettings,
          ...withParams(params),
        })
      }),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

async function insert(
  client: ClickHouseClient,
  sql: string,
  body: Readable | readonly Uint8Array[],
  params?: QueryParams,
): Promise<void> {
  const values = body instanceof Readable ? body : Readable.from(body, { objectMode: false })
  const { stream } = await client.exec({
    query: sql,
    values,
    clickhouse_settings: insertSettings,
    ...withParams(params),
  })
  // The answer is empty; reading it to its end frees the connection and shows a late failure.
  for await (const _chunk of stream) continue
}

function withParams(params: QueryParams | undefined): { query_params?: Record<string, unknown> } {
  return params === undefined ? {} : { query_params: { ...params } }
}

/** Waits until the server answers. @throws PipelineError when it does not within `limitMs`. */
export async function awaitStore(
  store: ClickhouseStore,
  clock: Clock,
  limitMs: number,
): Promise<void> {
  const deadline = clock.nowMs() + limitMs
  for (;;) {
    try {
      return await store.command('select 1 format Null')
    } catch (error) {
      if (clock.nowMs() > deadline) throw error
      await clock.sleep(100)
    }
  }
}
