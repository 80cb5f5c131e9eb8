// What a creator's pools tell: all that they have, and for a rate the part of their people of whom both parts are told.
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import type { Bucket, BucketTally } from './bucket-weights.ts'
import type { RateNumerator } from './plan-breakdown.ts'
import { overlapOf } from './time-buckets.ts'
import type { Span } from './time-buckets.ts'
import type { ToldBucket } from './told-runs.ts'

/** One that lies outside of what is asked has no cells. */
export interface PoolBucket extends Bucket {
  readonly generation: bigint
}

/** A bucket of a video that was handed over to the pool. */
export interface PoolMember extends ToldBucket {
  readonly generation: bigint
}

export interface Pools {
  /** Whether a bucket of the pool tells of it; who was handed over later waits for the next. */
  tellOf(member: PoolMember): boolean
  /** @param told where both parts of the rate are told of the member's video. */
  addMember(member: PoolMember, rate: RateNumerator, told: Span): void
  /** Once all members are known. */
  addTo(own: BucketTally, together: ReadonlyMap<RateNumerator, BucketTally>): void
}

/** Published people of a bucket's members: all, and those whose part of a rate is told. */
interface MemberSums {
  all: number
  told: number
}

export function layOutPools(buckets: readonly PoolBucket[]): Pools {
  const byMetric = Map.groupBy(
    buckets.toSorted((a, b) => Number(a.generation - b.generation)),
    ({ metric }) => metric,
  )
  const sums = new Map<RateNumerator, Map<PoolBucket, MemberSums>>()

  function bucketOf({ metric, generation }: PoolMember): PoolBucket | undefined {
    return byMetric.get(metric)?.find((bucket) => generation <= bucket.generation)
  }

  function sumsOf(rate: RateNumerator, bucket: PoolBucket): MemberSums {
    let ofRate = sums.get(rate)
    if (ofRate === undefined) sums.set(rate, (ofRate = new Map()))
    let found = ofRate.get(bucket)
    if (found === undefined) ofRate.set(bucket, (found = { all: 0, told: 0 }))
    return found
  }

  /** Cells are of all members together: each counts by its part of their people. */
  function shareOf(rate: RateNumerator, bucket: PoolBucket): number {
    const { all, told } = sumsOf(rate, bucket)
    return all > 0 ? Math.min(1, Math.max(0, told / all)) : 0
  }

  return {
    tellOf: (member) => bucketOf(member) !== undefined,
    addMember(member, rate, told) {
      const bucket = bucketOf(member)
      if (bucket === undefined) return
      const { fromS, toS } = overlapOf(member, told)
      const found = sumsOf(rate, bucket)
      found.all += member.people
      found.told += (member.people * Math.max(0, toS - fromS)) / (member.toS - member.fromS)
    },
    addTo(own, together) {
      for (const bucket of buckets) {
        if (bucket.cells.length === 0) continue
        own.add(bucket)
        for (const [rate, tally] of together) {
          if (isPartOf(rate, bucket.metric)) tally.add(bucket, bucket, shareOf(rate, bucket))
        }
      }
    },
  }
}

/** Whether a measure is above or below the line of a rate by viewers. */
export function isPartOf(rate: RateNumerator, metric: BrokenDownMeasure): boolean {
  return metric === rate || metric === 'viewers'
}
