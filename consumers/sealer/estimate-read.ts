// How many rows a select would read: told by the indexes, without reading any.
import { z } from 'zod'
import type { ClickhouseStore, QueryParams } from '#infra/clickhouse/clickhouse-store.ts'

const partSchema = z.object({ rows: z.coerce.number() })

export async function estimateRead(
  store: ClickhouseStore,
  select: string,
  params: QueryParams,
): Promise<number> {
  const tables = await store.rows(partSchema, `explain estimate ${select}`, params)
  return tables.reduce((sum, { rows }) => sum + rows, 0)
}
