// How fresh the published numbers are.
import { z } from 'zod'
import type { ClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import type { Numbers } from './snapshot.ts'

const rowSchema = z.object({ watermark_ms: z.number(), complete_s: z.number() })

/** @throws PipelineError while the rollups do not answer. */
export async function readNumbers(rollups: ClickhouseStore, nowMs: number): Promise<Numbers> {
  const [row] = await rollups.rows(
    rowSchema,
    `select toFloat64(toUnixTimestamp64Milli(watermark)) as watermark_ms,
       toUnixTimestamp(complete_through) as complete_s
     from rollups.generations order by generation desc, finished_at desc limit 1`,
  )
  if (row === undefined) return { is: 'none' }
  return {
    is: 'published',
    ageMs: Math.max(0, nowMs - row.watermark_ms),
    completeThroughMs: row.complete_s * 1000,
  }
}
