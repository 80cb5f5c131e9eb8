// Decides on a bucket: draws the noise of its cells, or passes it into the pool of its creator.
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import type { Decision, DecisionCells } from '#schemas/decision.ts'
import type { NoiseOfCells } from '../release/noise-source.ts'
import type { SealPolicy } from '../release/seal-policies.ts'
import type { EndedBucket } from './bucket-walk.ts'
import { cellsByDimension } from './cell-grid.ts'
import { isClosedIn, isClosedThroughout } from './closed-periods.ts'
import type { ClosedPeriod } from './closed-periods.ts'
import { publicPart } from './people-curve.ts'
import type { PeopleCurve } from './people-curve.ts'

/** A bucket of a video that ends. */
export interface EndingBucket {
  readonly videoId: bigint
  readonly creatorId: bigint
  readonly metric: BrokenDownMeasure
  readonly bucket: EndedBucket
}

export interface BucketContents {
  /** Exact, by cell. */
  readonly counts: Int32Array
  readonly curve: PeopleCurve
  /** When the video was not public. */
  readonly closed: readonly ClosedPeriod[]
}

/** A bucket of a pool. */
export interface PoolBucket {
  readonly creatorId: bigint
  readonly metric: BrokenDownMeasure
  readonly ordinal: number
  readonly fromS: number
  readonly toS: number
  readonly counts: Int32Array
  readonly curve: PeopleCurve
}

export interface DecidedBy {
  readonly policy: Pick<SealPolicy, 'name' | 'cellEpsilon'>
  readonly noiseOfCells: NoiseOfCells
  readonly generation: bigint
  readonly decidedAtMs: number
}

const DAY_S = 86_400

export function decideBucket(
  { videoId, creatorId, metric, bucket }: EndingBucket,
  { counts, curve, closed }: BucketContents,
  by: DecidedBy,
): Decision {
  const { ordinal, fromS, toS, outcome } = bucket
  const key = { table: outcome, subject: videoId, metric, ordinal }
  if (outcome === 'pooled') {
    return decisionOf({ ...key, creator: creatorId, fromS, toS, cells: curveCells(curve) }, by)
  }
  const cells = noisedCells({ table: outcome, subject: videoId, metric, fromS, toS, counts }, by)
  const shown = isClosedIn(closed, fromS, toS)
    ? publicPart(curve, (day) => isClosedOn(day, bucket, closed), peopleIn(cells))
    : curve
  return decisionOf(
    { ...key, creator: 0n, fromS, toS, cells: [...curveCells(shown), ...cells] },
    by,
  )
}

export function decidePool(pool: PoolBucket, by: DecidedBy): Decision {
  const { creatorId, metric, ordinal, fromS, toS, counts, curve } = pool
  const key = { table: 'pools', subject: creatorId, metric } as const
  const cells = noisedCells({ ...key, fromS, toS, counts }, by)
  const all = [...curveCells(curve), ...cells]
  return decisionOf({ ...key, creator: 0n, ordinal, fromS, toS, cells: all }, by)
}

interface CellsToNoise {
  readonly table: 'buckets' | 'pools'
  readonly subject: bigint
  readonly metric: BrokenDownMeasure
  readonly fromS: number
  readonly toS: number
  readonly counts: Int32Array
}

function noisedCells(
  { fromS, toS, counts, ...key }: CellsToNoise,
  { policy, noiseOfCells, decidedAtMs }: DecidedBy,
): readonly DecisionCells[] {
  const seal = { ...key, fromMs: fromS * 1000, toMs: toS * 1000, counts }
  const noise = noiseOfCells(seal, policy.cellEpsilon, decidedAtMs)
  return cellsByDimension(counts.map((count, cell) => count + (noise[cell] ?? 0)))
}

/** By the dimension with the fewest cells, whose sum has the least noise. */
function peopleIn(cells: readonly DecisionCells[]): number {
  const gender = cells.find(({ name }) => name === 'gender')?.values ?? []
  return gender.reduce((sum, value) => sum + value, 0)
}

function isClosedOn(
  day: number,
  { fromS, toS }: EndedBucket,
  closed: readonly ClosedPeriod[],
): boolean {
  const startS = Math.max(fromS, day * DAY_S)
  return isClosedThroughout(closed, startS, Math.min(toS, (day + 1) * DAY_S))
}

function curveCells({ days, people }: PeopleCurve): readonly DecisionCells[] {
  return [
    { name: 'days', values: days },
    { name: 'people', values: people },
  ]
}

type DecidedSpan = Pick<
  Decision,
  'table' | 'subject' | 'metric' | 'creator' | 'ordinal' | 'cells'
> & { readonly fromS: number; readonly toS: number }

function decisionOf(
  { fromS, toS, ...said }: DecidedSpan,
  { policy, generation, decidedAtMs }: DecidedBy,
): Decision {
  return {
    ...said,
    from_at: BigInt(fromS * 1000),
    to_at: BigInt(toS * 1000),
    policy: policy.name,
    generation,
    decided_at: BigInt(decidedAtMs),
  }
}
