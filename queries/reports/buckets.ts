// Reads cells of breakdowns and lays them out: of every row in time what its buckets hold, and how far off that is.
import { z } from 'zod'
import { isBrokenDown } from '#schemas/breakdowns.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import type { ReportSources } from './cells.ts'
import type { NoisePolicy } from './noise-policies.ts'
import type { BucketsPlan, RateNumerator } from './plan-breakdown.ts'
import { renderBuckets, renderGaps, SQUARE_ONE, WEIGHT_ONE } from './render-buckets.ts'
import type { BucketsOf } from './render-buckets.ts'

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
  /** The newest policy that cells were published under; null: there are none. */
  readonly policy: NoisePolicy | null
}

const sumsSchema = z.object({
  metric: z.string(),
  start_s: z.number(),
  policy: z.string(),
  squares: z.number(),
  people_sum: z.number(),
  is_cut: z.coerce.boolean(),
  cell_sums: z.array(z.number()),
  spread_sums: z.array(z.number()),
})

const gapSchema = z.object({ metric: z.string(), gap_s: z.number() })

export type SumsRow = z.infer<typeof sumsSchema>

export interface BucketRows {
  readonly own: readonly SumsRow[]
  /** By numerator: its sums and those of viewers, over the time in which both are told. */
  readonly together: ReadonlyMap<RateNumerator, readonly SumsRow[]>
  readonly gaps: readonly z.infer<typeof gapSchema>[]
}

const nothing: BucketRows = { own: [], together: new Map(), gaps: [] }

export async function readBuckets(
  { store, policies }: ReportSources,
  plan: BucketsPlan | null,
): Promise<Buckets> {
  if (plan === null) return layOutBuckets([], nothing, new Map())
  const ask = (of: BucketsOf): Promise<SumsRow[]> => {
    const { sql, params } = renderBuckets(plan, of)
    return store.rows(sumsSchema, sql, params)
  }
  const gaps = renderGaps(plan)
  const [own, rates, gapRows] = await Promise.all([
    ask({ metrics: plan.measures, together: false }),
    Promise.all(
      plan.rates.map(
        async (rate) => [rate, await ask({ metrics: [rate, 'viewers'], together: true })] as const,
      ),
    ),
    store.rows(gapSchema, gaps.sql, gaps.params),
  ])
  const rows = { own, together: new Map(rates), gaps: gapRows }
  const all = [...own, ...rates.flatMap(([, each]) => each)]
  const noise = await policies.read(new Set(all.map(({ policy }) => policy)))
  const starts = plan.rows.map(({ fromS }) => fromS)
  return layOutBuckets(starts, rows, noise)
}

/** @param starts of the rows in time, in their order. */
export function layOutBuckets(
  starts: readonly number[],
  { own, together, gaps }: BucketRows,
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
    policy: newest,
  }
}

function keyOf(metric: string, row: number): string {
  if (!isBrokenDown(metric)) throw new Error(`there are no buckets of ${metric}`)
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
