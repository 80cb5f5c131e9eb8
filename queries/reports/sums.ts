// Lays what was summed out as columns: one number per measure and row of the report.
import { z } from 'zod'
import type { StoredSum } from './cell-state.ts'
import type { RowGrid } from './row-grid.ts'
import type { Bucket } from './time-buckets.ts'

/** Sums of a report, dense: what has no stored row is 0. */
export interface Sums {
  /** By number of the row in the report's grid. */
  readonly sums: ReadonlyMap<StoredSum, Float64Array>
  /** Over all rows, and over what belongs to a video of the report and to none of its rows. */
  readonly totals: ReadonlyMap<StoredSum, number>
}

/** Sums of a video (or of all: empty) in a row in time, in the order of the measures. */
export const cellRowSchema = z.object({
  id: z.string(),
  at_s: z.number(),
  sums: z.array(z.number()),
})

export type CellRow = z.infer<typeof cellRowSchema>

/** Rows of videos that the grid does not have (deleted, passed on, not published) are left out. */
export function layOutSums(
  grid: RowGrid,
  measures: readonly StoredSum[],
  rows: readonly CellRow[],
): Sums {
  const placeOf = placeFinder(grid)
  const columns = measures.map((measure) => ({
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
      if (place !== NO_ROW) column.sums[place] = (column.sums[place] ?? 0) + sum
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
