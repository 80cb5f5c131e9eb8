// Lays cells of breakdowns out: of every row in time what its buckets hold, and how far off that is.
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { SQUARE_ONE, WEIGHT_ONE } from './bucket-weights.ts'
import type { SumsRow } from './bucket-weights.ts'
import type { NoisePolicy } from './noise-policies.ts'
import type { RateNumerator } from './plan-breakdown.ts'

/** What the buckets of one row in time and measure hold. */
export interface CellSums {
  /** People of the buckets, by their frozen curves. */
  readonly people: number
  /** By value of the dimension: sums of cells, each by its weight. */
  readonly cells: readonly number[]
  /** Variance of the noise in each of them. */
  readonly noise: number
  /** What is added to it where buckets are cut, by value. */
  readonly spreads: readonly number[]
  /** Whether an edge of the row, or of what is told, lies inside of a bucket. */
  readonly isCut: boolean
}

/** All that the rows of a breakdown are made of, beside its totals. */
export interface Buckets {
  /** Null: no bucket lies in the row. */
  sumsOf(measure: BrokenDownMeasure, row: number): CellSums | null
  /** Of a rate over the time in which both of its parts are told. */
  partsOf(numerator: RateNumerator, row: number): { of: CellSums; viewers: CellSums } | null
  /** From when on a video has people whom no bucket tells; Infinity: never in what was asked. */
  gapFromS(measure: BrokenDownMeasure): number
  /** Up to when both parts of a rate are told of at least one video; -Infinity: never in what was asked. */
  toldToS(numerator: RateNumerator): number
  /** The newest policy that cells were published under; null: there are none. */
  readonly policy: NoisePolicy | null
}

export interface BucketRows {
  readonly own: readonly SumsRow[]
  /** By numerator: its sums and those of viewers, over the time in which both are told. */
  readonly together: ReadonlyMap<RateNumerator, readonly SumsRow[]>
  /** The first instant of the rows at which a video has people whom no bucket tells yet, of metrics that have such. */
  readonly gaps: readonly { readonly metric: BrokenDownMeasure; readonly gap_s: number }[]
  /** By numerator: the last instant at which both parts are told of a video; of those that ever are. */
  readonly told: ReadonlyMap<RateNumerator, number>
}

/** @param starts of the rows in time, in their order. */
export function layOutBuckets(
  starts: readonly number[],
  { own, together, gaps, told }: BucketRows,
  noise: ReadonlyMap<string, NoisePolicy>,
): Buckets {
  const rowOf = new Map(starts.map((startS, row) => [startS, row]))
  const tableOf = (rows: readonly SumsRow[]): ReadonlyMap<string, CellSums> => {
    const table = new Map<string, CellSums>()
    for (const row of rows) {
      const key = keyOf(row.metric, rowOf.get(row.start_s) ?? -1)
      const variance = noise.get(row.policy)?.cellVariance ?? Infinity
      table.set(key, added(table.get(key), sumsOf(row, variance)))
    }
    return table
  }
  const ownTable = tableOf(own)
  const tables = new Map([...together].map(([rate, rows]) => [rate, tableOf(rows)]))
  const gapOf = new Map(gaps.map(({ metric, gap_s: gapS }) => [metric, gapS]))
  const [newest = null] = [...noise.values()].toSorted((a, b) => b.sinceMs - a.sinceMs)
  return {
    sumsOf: (measure, row) => ownTable.get(keyOf(measure, row)) ?? null,
    partsOf(numerator, row) {
      const table = tables.get(numerator)
      const [of, viewers] = [table?.get(keyOf(numerator, row)), table?.get(keyOf('viewers', row))]
      return of === undefined || viewers === undefined ? null : { of, viewers }
    },
    gapFromS: (measure) => gapOf.get(measure) ?? Infinity,
    toldToS: (numerator) => told.get(numerator) ?? -Infinity,
    policy: newest,
  }
}

function keyOf(metric: BrokenDownMeasure, row: number): string {
  return `${metric} ${row}`
}

function sumsOf(row: SumsRow, variance: number): CellSums {
  return {
    people: row.people_sum / WEIGHT_ONE,
    cells: row.cell_sums.map((cell) => cell / WEIGHT_ONE),
    noise: (row.squares / WEIGHT_ONE ** 2) * variance,
    spreads: row.spread_sums.map((spread) => spread / SQUARE_ONE),
    isCut: row.is_cut,
  }
}

/** Buckets of two policies; a domain that has grown since has no cells of its new values in older ones. */
function added(a: CellSums | undefined, b: CellSums): CellSums {
  if (a === undefined) return b
  const sum = (x: readonly number[], y: readonly number[]): readonly number[] =>
    Array.from({ length: Math.max(x.length, y.length) }, (_, at) => (x[at] ?? 0) + (y[at] ?? 0))
  return {
    people: a.people + b.people,
    cells: sum(a.cells, b.cells),
    noise: a.noise + b.noise,
    spreads: sum(a.spreads, b.spreads),
    isCut: a.isCut || b.isCut,
  }
}
