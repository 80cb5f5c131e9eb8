// Pools of creators: buckets that were too small for cells of their own, together. Everything is read from what is published.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { isBrokenDown } from '#schemas/breakdowns.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { addedUp } from './people-curve.ts'
import type { PeopleCurve } from './people-curve.ts'

/** What waits in a pool since its last bucket. */
export interface WaitingPool {
  readonly creatorId: bigint
  readonly metric: BrokenDownMeasure
  /** Of the bucket that it will be. */
  readonly ordinal: number
  readonly people: number
  /** When the first of its members passed into it, Unix seconds. */
  readonly sinceS: number
}

/** A pool with the buckets of videos that are in it. */
export interface PoolContents extends WaitingPool {
  readonly members: readonly PoolMember[]
  readonly curve: PeopleCurve
}

export interface PoolMember {
  readonly videoId: bigint
  readonly bucket: number
  readonly fromS: number
  readonly toS: number
}

export interface Pools {
  waiting(): Promise<readonly WaitingPool[]>
  /** Of all of them at once: what was handed over lies apart, video by video. */
  contentsOf(pools: readonly WaitingPool[]): Promise<readonly PoolContents[]>
}

const waitingSchema = z.object({
  creator: z.string(),
  metric: z.string().refine(isBrokenDown),
  ordinal: z.number(),
  people: z.number(),
  since_s: z.number(),
})

const memberSchema = z.object({
  creator: z.string(),
  metric: z.string(),
  video: z.string(),
  bucket: z.number(),
  from_s: z.number(),
  to_s: z.number(),
  days: z.array(z.number()),
  people: z.array(z.number()),
})

/**
 * A pool's bucket has what passed into it since the one before: decisions are made one after the other,
 * and what was decided later has a higher generation.
 */
const SINCE_LAST = `
      left join (
        select creator_id, metric, toUInt32(max(bucket)) as last_bucket, max(generation) as through
        from rollups.pool_buckets
        group by creator_id, metric
      ) as last on passed.pooled_by = last.creator_id and passed.metric = last.metric`

export function createPools(rollups: ClickhouseStore): Pools {
  return {
    async waiting() {
      const rows = await rollups.rows(
        waitingSchema,
        `select toString(passed.pooled_by) as creator, passed.metric as metric,
           toUInt32(any(last.last_bucket) + 1) as ordinal, toFloat64(sum(arraySum(passed.people))) as people,
           toUnixTimestamp(min(passed.to_at)) as since_s
         from (
           select pooled_by, metric, people, to_at, generation
           from rollups.video_buckets final
           where pooled_by != 0
         ) as passed ${SINCE_LAST}
         where passed.generation > last.through
         group by creator, metric`,
      )
      return rows.map(({ creator, since_s: sinceS, ...rest }) => ({
        creatorId: BigInt(creator),
        sinceS,
        ...rest,
      }))
    },
    async contentsOf(pools) {
      if (pools.length === 0) return []
      const rows = await rollups.rows(
        memberSchema,
        `select toString(passed.pooled_by) as creator, passed.metric as metric,
           toString(passed.video_id) as video, passed.bucket as bucket,
           toUnixTimestamp(passed.from_at) as from_s, toUnixTimestamp(passed.to_at) as to_s,
           arrayMap(day -> toUInt32(toUInt16(day)), passed.days) as days, passed.people as people
         from (
           select * from rollups.video_buckets final
           where pooled_by in {creators:Array(UInt64)}
         ) as passed ${SINCE_LAST}
         where passed.generation > last.through
         order by passed.video_id, passed.bucket`,
        { creators: [...new Set(pools.map(({ creatorId }) => creatorId))] },
      )
      const byPool = Map.groupBy(rows, ({ creator, metric }) => `${creator} ${metric}`)
      return pools.map((pool) => {
        const own = byPool.get(`${pool.creatorId} ${pool.metric}`) ?? []
        const members = own.map(({ video, bucket, from_s: fromS, to_s: toS }) => ({
          videoId: BigInt(video),
          bucket,
          fromS,
          toS,
        }))
        return { ...pool, members, curve: addedUp(own) }
      })
    },
  }
}
