// Adds cells of buckets up by row in time, each bucket by the part of its people that lies inside.
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { spans } from '#schemas/spans.ts'
import { overlapOf } from './time-buckets.ts'
import type { Span } from './time-buckets.ts'

/**
 * Weights are whole numbers of this part of 1, and squared errors of the part below: sums of whole
 * numbers do not depend on the order in which rows come, so that the same rows give the same answer to
 * the last digit.
 */
export const WEIGHT_ONE = 2 ** 20
export const SQUARE_ONE = 64

/** A bucket as it was published, with the cells of one dimension. */
export interface Bucket extends Span {
  readonly metric: BrokenDownMeasure
  readonly policy: string
  /** Its people curve: UTC days since 1970, and people of each. */
  readonly days: Uint16Array
  readonly people: Int32Array
  readonly cells: Int32Array
}

/** What the buckets of one metric and policy hold in one row in time. */
export interface SumsRow {
  readonly metric: BrokenDownMeasure
  /** The first instant of the row. */
  readonly start_s: number
  readonly policy: string
  /** Sums of squared weights, in units of `WEIGHT_ONE` squared. */
  readonly squares: number
  /** People by their curves, in units of `WEIGHT_ONE`. */
  readonly people_sum: number
  /** Whether a bucket lies in the row by a part. */
  readonly is_cut: boolean
  /** Cells by their weights, in units of `WEIGHT_ONE`, in the order of the dimension's values. */
  readonly cell_sums: readonly number[]
  /** What their errors grow by where buckets are cut, in units of `SQUARE_ONE`. */
  readonly spread_sums: readonly number[]
}

/**
 * How much of a bucket's people lies in a span, in whole parts of `WEIGHT_ONE`: people by day, spread evenly
 * over the part of the day that is the bucket's.
 */
export function weightOf(bucket: Omit<Bucket, 'cells'>, { fromS, toS }: Span): number {
  const { days, people } = bucket
  let [whole, inside] = [0, 0]
  for (let index = 0; index < days.length; index++) {
    const some = people[index] ?? 0
    const dayS = (days[index] ?? 0) * spans.day.seconds
    const partFromS = Math.max(dayS, bucket.fromS)
    const partToS = Math.min(dayS + spans.day.seconds, bucket.toS)
    const insideS = Math.max(0, Math.min(partToS, toS) - Math.max(partFromS, fromS))
    whole += some
    inside += (some * insideS) / Math.max(1, partToS - partFromS)
  }
  // Where noise leaves nobody, it has no part anywhere.
  if (whole <= 0) return 0
  return Math.round(WEIGHT_ONE * Math.max(0, Math.min(1, inside / whole)))
}

/** Buckets that lie in one row as a whole, added up: exact, in any order. */
export interface WholeSums {
  readonly metric: BrokenDownMeasure
  readonly policy: string
  /** The first instant of the row. */
  readonly startS: number
  readonly buckets: number
  readonly people: number
  readonly cells: readonly number[]
}

export interface BucketTally {
  addWhole(sums: WholeSums): void
  /** @param told only people of this time count. @param share of these, from 0 to 1. */
  add(bucket: Bucket, told?: Span, share?: number): void
  /** In the order of metrics, rows and policies. */
  rows(): readonly SumsRow[]
}

/** @param rows in time, ascending; they do not overlap. */
export function createBucketTally(rows: readonly Span[], valuesCount: number): BucketTally {
  const groups = new Map<string, Sums>()

  function groupOf(metric: BrokenDownMeasure, policy: string, startS: number): Sums {
    const key = `${metric} ${startS} ${policy}`
    let sums = groups.get(key)
    if (sums === undefined) {
      sums = createSums({ metric, policy, startS }, valuesCount)
      groups.set(key, sums)
    }
    return sums
  }

  return {
    addWhole({ metric, policy, startS, buckets, people, cells }) {
      const sums = groupOf(metric, policy, startS)
      sums.wholeBuckets += buckets
      sums.people += BigInt(people) * BigInt(WEIGHT_ONE)
      addCells(sums, cells)
    },
    add(bucket, told = bucket, share = 1) {
      for (let index = firstRow(rows, bucket.fromS); index < rows.length; index++) {
        const row = rows[index]
        if (row === undefined || row.fromS >= bucket.toS) return
        const weight = Math.round(weightOf(bucket, overlapOf(row, told)) * share)
        if (weight > 0) addTo(groupOf(bucket.metric, bucket.policy, row.fromS), bucket, weight)
      }
    },
    rows: () =>
      [...groups.values()]
        .map(rowOf)
        .toSorted(
          (a, b) =>
            compare(a.metric, b.metric) || a.start_s - b.start_s || compare(a.policy, b.policy),
        ),
  }
}

/** The first row that ends after an instant. */
function firstRow(rows: readonly Span[], atS: number): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((rows[middle]?.toS ?? Infinity) > atS) high = middle
    else low = middle + 1
  }
  return low
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

interface SumsOf {
  readonly metric: BrokenDownMeasure
  readonly policy: string
  readonly startS: number
}

/**
 * All of these are sums of whole numbers, which doubles add without an error below 2^53. Whole buckets
 * are added by themselves and not by weight, so that this is 9e15 people; cells of cut ones get there with
 * 2^33 people of one value, more than there are on Earth. Squares of weights get there with 8,192
 * buckets, so they are BigInts, as is what is added once a bucket. Spreads are below it while the squares of
 * a value's cells in cut buckets are below 5e16: one cell of 200 million people, five of 100.
 */
interface Sums extends SumsOf {
  wholeBuckets: number
  cutSquares: bigint
  people: bigint
  /** The most cells that a bucket has: a domain may have grown since. */
  length: number
  isCut: boolean
  readonly whole: Float64Array
  readonly cut: Float64Array
  readonly spreads: Float64Array
}

function createSums(of: SumsOf, valuesCount: number): Sums {
  return {
    ...of,
    wholeBuckets: 0,
    cutSquares: 0n,
    people: 0n,
    length: 0,
    isCut: false,
    whole: new Float64Array(valuesCount),
    cut: new Float64Array(valuesCount),
    spreads: new Float64Array(valuesCount),
  }
}

function addTo(sums: Sums, { people, cells }: Bucket, weight: number): void {
  let all = 0
  for (let index = 0; index < people.length; index++) all += people[index] ?? 0
  sums.people += BigInt(weight * all)
  if (weight === WEIGHT_ONE) {
    sums.wholeBuckets++
    addCells(sums, cells)
    return
  }
  const length = lengthen(sums, cells)
  const { cut, spreads } = sums
  sums.isCut = true
  sums.cutSquares += BigInt(weight) ** 2n
  const between = (weight / WEIGHT_ONE) * (1 - weight / WEIGHT_ONE)
  for (let place = 0; place < length; place++) {
    const cell = cells[place] ?? 0
    cut[place] = (cut[place] ?? 0) + cell * weight
    const spread = between * Math.max(cell, 0) + 0.04 * between * between * cell * cell
    spreads[place] = (spreads[place] ?? 0) + Math.round(SQUARE_ONE * spread)
  }
}

function addCells(sums: Sums, cells: ArrayLike<number>): void {
  const { whole } = sums
  const length = lengthen(sums, cells)
  for (let place = 0; place < length; place++) {
    whole[place] = (whole[place] ?? 0) + (cells[place] ?? 0)
  }
}

function lengthen(sums: Sums, { length }: ArrayLike<number>): number {
  const known = Math.min(length, sums.whole.length)
  sums.length = Math.max(sums.length, known)
  return known
}

/** Whether an edge of a row lies inside of a span that touches them. */
export function isCutBy(rows: readonly Span[], { fromS, toS }: Span): boolean {
  const row = rows[firstRow(rows, fromS)]
  return row !== undefined && row.fromS < toS && (fromS < row.fromS || toS > row.toS)
}

function rowOf(sums: Sums): SumsRow {
  const { metric, policy, startS, length, whole, cut, spreads } = sums
  const squares = BigInt(sums.wholeBuckets) * BigInt(WEIGHT_ONE) ** 2n + sums.cutSquares
  return {
    metric,
    start_s: startS,
    policy,
    squares: Number(squares),
    people_sum: Number(sums.people),
    is_cut: sums.isCut,
    cell_sums: Array.from(
      { length },
      (_, place) => (whole[place] ?? 0) * WEIGHT_ONE + (cut[place] ?? 0),
    ),
    spread_sums: Array.from(spreads.subarray(0, length)),
  }
}
