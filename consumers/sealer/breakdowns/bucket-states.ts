// What the sealer knows of the buckets of every video: the open one of each measure. Bounded by the catalogue, some 400 bytes a video.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { brokenDownNames, isBrokenDown } from '#schemas/breakdowns.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { spans } from '#schemas/spans.ts'
import type { VideoState, VideoStates } from '../leaves/video-states.ts'
import { firstBucket } from './bucket-walk.ts'
import type { OpenBucket } from './bucket-walk.ts'
import { guardedBrokenDown, openNames } from './published-people.ts'

export interface BucketState {
  readonly video: VideoState
  readonly open: Record<BrokenDownMeasure, OpenBucket>
  /** UTC midnight up to which published people are in the open buckets; null: only since they began. */
  daysToS: number | null
  /** The same of leaves: the end of the last one. */
  leavesToS: number | null
}

export interface BucketStates {
  of(video: VideoState): BucketState
  /** Forgets what open buckets have of days, where they have one of these: they are read again. */
  rewind(daysS: readonly number[]): void
}

const lastSchema = z.object({
  video: z.string(),
  metric: z.string().refine(isBrokenDown),
  bucket: z.number(),
  to_s: z.number(),
})

/** Reads which buckets are published. */
export async function openBucketStates(
  rollups: ClickhouseStore,
  videos: VideoStates,
): Promise<BucketStates> {
  const states = new Map<bigint, BucketState>()

  function of(video: VideoState): BucketState {
    const known = states.get(video.videoId)
    if (known !== undefined) return known
    const first = firstBucket(video.startS)
    const open = {
      viewers: first,
      likers: first,
      commenters: first,
      remixers: first,
      saves: first,
      shares: first,
    }
    const state = { video, open, daysToS: null, leavesToS: null }
    states.set(video.videoId, state)
    return state
  }

  const byId = new Map([...videos.all].map((video) => [video.videoId, video]))
  const last = await rollups.rows(
    lastSchema,
    `select toString(video_id) as video, metric, max(bucket) as bucket,
       toUnixTimestamp(max(to_at)) as to_s
     from rollups.video_buckets
     group by video_id, metric`,
  )
  for (const { video, metric, bucket, to_s: toS } of last) {
    const state = byId.get(BigInt(video))
    if (state === undefined) continue
    of(state).open[metric] = { ...firstBucket(toS), ordinal: bucket + 1 }
  }
  return {
    of,
    rewind(daysS) {
      for (const state of states.values()) {
        const { daysToS, open } = state
        if (daysToS === null) continue
        const fromS = Math.min(...openNames.map((name) => open[name].fromS))
        if (!daysS.some((dayS) => dayS < daysToS && dayS + spans.day.seconds > fromS)) continue
        state.daysToS = null
        for (const name of openNames) {
          open[name] = { ...firstBucket(open[name].fromS), ordinal: open[name].ordinal }
        }
      }
    },
  }
}

/** From where on published people are wanted: nothing of open buckets is known yet, or all but what is new. */
export function daysFromS({ open, daysToS }: BucketState): number {
  return daysToS ?? Math.min(...openNames.map((name) => open[name].fromS))
}

export function leavesFromS({ open, leavesToS }: BucketState): number {
  return leavesToS ?? Math.min(...guardedBrokenDown.map((name) => open[name].fromS))
}

/** Takes what was read over: walked buckets, and how far they were walked. */
export function advance(
  state: BucketState,
  walked: ReadonlyMap<BrokenDownMeasure, OpenBucket>,
  to: { readonly daysToS: number; readonly leavesToS: number },
): void {
  for (const name of brokenDownNames) {
    const open = walked.get(name)
    if (open !== undefined) state.open[name] = open
  }
  state.daysToS = to.daysToS
  state.leavesToS = to.leavesToS
}
