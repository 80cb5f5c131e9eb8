// The published leaves of videos, as they stand in the rollups.
import { z } from 'zod'
import { store } from './outside.ts'

const leafSchema = z.object({
  video_id: z.string(),
  leaf: z.number(),
  from_s: z.number(),
  to_s: z.number(),
  saves: z.number(),
  unsaves: z.number(),
  shares: z.number(),
  policy: z.string(),
  decided_s: z.number(),
  generation: z.string(),
})

export type PublishedLeaf = z.infer<typeof leafSchema>

/** In the order of videos and leaves. */
export async function publishedLeaves(
  videoIds: readonly string[],
): Promise<readonly PublishedLeaf[]> {
  await using rollups = store('rollups', 'admin')
  return rollups.rows(
    leafSchema,
    `select toString(video_id) as video_id, leaf, toUnixTimestamp(from_at) as from_s,
       toUnixTimestamp(to_at) as to_s, saves, unsaves, shares, policy,
       toUnixTimestamp(decided_at) as decided_s, toString(generation) as generation
     from rollups.video_leaves as leaves final
     where leaves.video_id in {ids:Array(UInt64)}
     order by leaves.video_id, leaf`,
    { ids: videoIds.map(BigInt) },
  )
}
