// Runs a planned read and lays its sums out as columns: one number per measure and row of the report.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { OpenMeasure } from '#schemas/metrics.ts'
import type { ReportPlan } from './plan.ts'
import { renderRead } from './render-read.ts'

/** Sums of a report, dense: what has no stored row is 0. */
export interface Cells {
  readonly videos: number
  readonly buckets: number
  /** At `video * buckets + bucket`; 1 stands for a dimension that the report has not. */
  readonly sums: ReadonlyMap<OpenMeasure, Float64Array>
}

const rowSchema = z.object({ id: z.string(), at_s: z.number(), sums: z.array(z.number()) })

export type CellRow = z.infer<typeof rowSchema>

export async function readCells(store: ClickhouseStore, plan: ReportPlan): Promise<Cells> {
  if (plan.read === null) return layOut(plan, [])
  const { sql, params } = renderRead(plan.read)
  return layOut(plan, await store.rows(rowSchema, sql, params))
}

/** Rows of videos that the plan does not list (deleted, passed on, not published) are left out. */
export function layOut(plan: ReportPlan, rows: readonly CellRow[]): Cells {
  const videoIndex = new Map((plan.videoIds ?? ['']).map((id, index) => [id, index]))
  const bucketIndex = new Map((plan.buckets ?? [{ fromS: 0 }]).map((each, i) => [each.fromS, i]))
  const cells = videoIndex.size * bucketIndex.size
  const sums = new Map(
    (plan.read?.measures ?? []).map((measure) => [measure, new Float64Array(cells)]),
  )
  const columns = [...sums.values()]
  for (const row of rows) {
    const video = videoIndex.get(row.id)
    const bucket = bucketIndex.get(row.at_s)
    if (video === undefined || bucket === undefined) continue
    for (const [index, column] of columns.entries()) {
      column[video * bucketIndex.size + bucket] = row.sums[index] ?? 0
    }
  }
  return { videos: videoIndex.size, buckets: bucketIndex.size, sums }
}
