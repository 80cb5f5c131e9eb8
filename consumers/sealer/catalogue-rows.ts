// Records of the catalogue on their way into tables: in chunks that a statement can name, as rows of JSON.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'

/** A record of the catalogue with its offset, which is its version. */
export interface Versioned<T> {
  readonly record: T
  readonly version: bigint
}

export interface ProjectionStores {
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
}

/** Videos of one statement: their ids go in its URL, which may have a megabyte. */
const STATEMENT_VIDEOS_MAX = 5000

export function* chunksOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += STATEMENT_VIDEOS_MAX) {
    yield all.slice(from, from + STATEMENT_VIDEOS_MAX)
  }
}

type Value = string | number | readonly Readonly<Record<string, string>>[]

export type Row = Readonly<Record<string, Value>>

export async function insertRows(
  store: ClickhouseStore,
  table: string,
  rows: readonly Row[],
): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const body = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const columns = Object.keys(first).join(', ')
  await store.insert(`insert into ${table} (${columns}) format JSONEachRow`, [Buffer.from(body)])
}
