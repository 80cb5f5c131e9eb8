// Runs a planned read and lays its sums out as columns: one number per measure and row of the report.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { StoredSum } from './cell-state.ts'
import { readLeftOut } from './left-out.ts'
import type { LeftOut } from './left-out.ts'
import { readPeople } from './people.ts'
import type { People } from './people.ts'
import type { ReportPlan } from './plan.ts'
import { renderRead } from './render-read.ts'
import { rowGridOf } from './row-grid.ts'
import type { RowGrid } from './row-grid.ts'
import type { Bucket } from './time-buckets.ts'

/** Sums of a report, dense: what has no stored row is 0. */
export interface Sums {
  /** By number of the row in the report's grid. */
  readonly sums: ReadonlyMap<StoredSum, Float64Array>
  /** Over all rows, and over what belongs to a video of the report and to none of its rows. */
  readonly totals: ReadonlyMap<StoredSum, number>
}

/** All that the rows of a report are made of. */
export interface Cells extends Sums {
  readonly people: People
  readonly leftOut: LeftOut
}

const rowSchema = z.object({ id: z.string(), at_s: z.number(), sums: z.array(z.number()) })

export type CellRow = z.infer<typeof rowSchema>

export async function readCells(store: ClickhouseStore, plan: ReportPlan): Promise<Cells> {
  const [sums, people, leftOut] = await Promise.all([
    readSums(store, plan),
    readPeople(store, plan),
    readLeftOut(store, plan),
  ])
  return { ...sums, people, leftOut }
}

async function readSums(store: ClickhouseStore, plan: ReportPlan): Promise<Sums> {
  if (plan.read === null) return layOut(plan, [])
  const { sql, params } = renderRead(plan.read)
  return layOut(plan, await store.rows(rowSchema, sql, params))
}

/** Rows of videos that the plan does not list (deleted, passed on, not published) are left out. */
export function layOut(plan: ReportPlan, rows: readonly CellRow[]): Sums {
  const grid = rowGridOf(plan)
  const placeOf = placeFinder(grid)
  const columns = (plan.read?.measures ?? []).map((measure) => ({
    measure,
    sums: new Float64Array(grid.count),
    total: 0,
  }))
  for (const row of rows) {
    const place = placeOf(row)
    if (place === null) continue
    for (const [index, column] of columns.entries()) {
      const sum = row.sums[index] ?? 0
      column.total += sum
      if (place !== NO_ROW) column.sums[place] = sum
    }
  }
  return {
    sums: new Map(columns.map(({ measure, sums }) => [measure, sums])),
    totals: new Map(columns.map(({ measure, total }) => [measure, total])),
  }
}

/** Of the report, and in none of its rows: as what a video counted before it was published. */
const NO_ROW = -1

/** The row of what was read, `NO_ROW`, or null where the report has no such video. */
function placeFinder({ lines }: RowGrid): (row: CellRow) => number | null {
  const lineOf = new Map(lines.map((line) => [line.videoId ?? '', line]))
  const indexes = new Map<readonly Bucket[], ReadonlyMap<number, number>>()
  const indexOf = (buckets: readonly Bucket[]): ReadonlyMap<number, number> => {
    const known = indexes.get(buckets)
    if (known !== undefined) return known
    const index = new Map(buckets.map((bucket, at) => [readKeyOf(bucket), at]))
    indexes.set(buckets, index)
    return index
  }
  return ({ id, at_s: atS }) => {
    const line = lineOf.get(id)
    if (line === undefined) return null
    if (line.buckets === null) return line.firstRow
    const at = indexOf(line.buckets).get(atS)
    return at === undefined ? NO_ROW : line.firstRow + at
  }
}

/** What the statement calls a row in time: its number, or its first instant. */
function readKeyOf({ key, fromS }: Bucket): number {
  return typeof key === 'number' ? key : fromS
}
