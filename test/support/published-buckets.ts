// The published buckets of videos and pools, as they stand in the rollups.
import { z } from 'zod'
import { breakdownDimensions, breakdownValues } from '#schemas/breakdowns.ts'
import type { BreakdownDimension } from '#schemas/breakdowns.ts'
import { store } from './outside.ts'

const numbers = z.array(z.number())
const bucketSchema = z.object({
  id: z.string(),
  metric: z.string(),
  bucket: z.number(),
  from_s: z.number(),
  to_s: z.number(),
  pooled_by: z.string(),
  days: z.array(z.string()),
  people: numbers,
  region: numbers,
  age_band: numbers,
  gender: numbers,
  traffic_source: numbers,
  device: numbers,
  policy: z.string(),
  decided_s: z.number(),
  generation: z.string(),
})

export type PublishedBucket = z.infer<typeof bucketSchema>

/** In the order of ids, metrics and buckets. @param table whose `id` is the video, or the creator. */
export async function publishedBuckets(
  table: 'video_buckets' | 'pool_buckets',
  ids: readonly string[],
): Promise<readonly PublishedBucket[]> {
  await using rollups = store('rollups', 'admin')
  const [id, pooledBy] =
    table === 'video_buckets' ? ['video_id', 'toString(pooled_by)'] : ['creator_id', `'0'`]
  return rollups.rows(
    bucketSchema,
    `select toString(${id}) as id, metric, bucket, toUnixTimestamp(from_at) as from_s,
       toUnixTimestamp(to_at) as to_s, ${pooledBy} as pooled_by,
       arrayMap(day -> toString(day), days) as days, people, ${breakdownDimensions.join(', ')}, policy,
       toUnixTimestamp(decided_at) as decided_s, toString(generation) as generation
     from rollups.${table} as buckets final
     where buckets.${id} in {ids:Array(UInt64)}
     order by buckets.${id}, metric, bucket`,
    { ids: ids.map(BigInt) },
  )
}

/** People by value of a dimension, from any list of values: what a cell counts. */
export function countedByValue(
  dimension: BreakdownDimension,
  values: Iterable<string>,
): readonly number[] {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return breakdownValues[dimension].map((value) => counts.get(value) ?? 0)
}
