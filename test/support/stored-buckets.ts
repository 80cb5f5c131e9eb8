// Puts buckets of breakdowns into the rollups by hand, so that a test knows every cell of them.
import { z } from 'zod'
import type { BreakdownDimension, BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { breakdownValues } from '#schemas/breakdowns.ts'
import { store } from './outside.ts'
import { lastFinished } from './published.ts'

const rowSchema = z.object({ version: z.string() })

export interface BucketByHand {
  readonly metric: BrokenDownMeasure
  /** From 1. */
  readonly bucket: number
  readonly fromS: number
  readonly toS: number
  /** People by UTC day, `YYYY-MM-DD`. */
  readonly people: Readonly<Record<string, number>>
  /** Cells that are not 0, by dimension and value. */
  readonly cells: Partial<Readonly<Record<BreakdownDimension, Readonly<Record<string, number>>>>>
}

export interface VideoBucketByHand extends BucketByHand {
  readonly videoId: string
  /** Whose pool has its people; left out: it has cells of its own. */
  readonly pooledBy?: string
}

export interface PoolBucketByHand extends BucketByHand {
  readonly creatorId: string
}

/** Stored as the newest finished pass would have. */
export async function publishBuckets(
  videos: readonly VideoBucketByHand[],
  pools: readonly PoolBucketByHand[],
): Promise<void> {
  const last = await lastFinished()
  if (last === null) throw new Error('nothing was ever published')
  await using admin = store('rollups', 'admin')
  const [policy] = await admin.rows(
    rowSchema,
    'select version from rollups.policy final where since <= now() order by since desc limit 1',
  )
  const common = { policy: policy?.version ?? '', generation: last.generation }
  const ofVideos = videos.map(({ videoId, pooledBy = '0', ...bucket }) => ({
    video_id: videoId,
    pooled_by: pooledBy,
    ...columnsOf(bucket, pooledBy !== '0'),
    ...common,
  }))
  const ofPools = pools.map(({ creatorId, ...bucket }) => ({
    creator_id: creatorId,
    ...columnsOf(bucket, false),
    ...common,
  }))
  for (const [table, rows] of [
    ['video_buckets', ofVideos],
    ['pool_buckets', ofPools],
  ] as const) {
    const body = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    if (body === '') continue
    await admin.insert(`insert into rollups.${table} format JSONEachRow`, [Buffer.from(body)])
  }
}

function columnsOf(
  { metric, bucket, fromS, toS, people, cells }: BucketByHand,
  isPooled: boolean,
): Readonly<Record<string, unknown>> {
  const arrays = Object.entries(breakdownValues).map(([dimension, values]) => {
    const named = new Map(
      Object.entries(Object.entries(cells).find(([name]) => name === dimension)?.[1] ?? {}),
    )
    return [dimension, isPooled ? [] : values.map((value) => named.get(value) ?? 0)]
  })
  return {
    metric,
    bucket,
    from_at: fromS,
    to_at: toS,
    days: Object.keys(people),
    people: Object.values(people),
    decided_at: toS,
    ...Object.fromEntries(arrays),
  }
}
