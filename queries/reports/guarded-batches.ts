// Takes so many videos together that neither this process nor the server holds too much at once.
import { spans, startOf } from '#schemas/spans.ts'
import type { LeavesOf, LeavesRow, VideoSeals } from './guarded-rows.ts'
import type { GuardedPlan } from './plan-guarded.ts'
import type { CutBatch, VideoBatch } from './render-guarded.ts'

export const guardedLimits = {
  /** Ids of one statement: they go in its URL, of which a field may have 128 KB. */
  videosMax: 2000,
  /**
   * Stored quarters that leaves which rows cut may have in one statement: some 100 MB of the server, and
   * not more than so many pieces to be laid out here.
   */
  quartersMax: 1_000_000,
} as const

const QUARTERS_A_DAY = spans.day.seconds / spans.quarter.seconds

export function batchOf(videos: readonly VideoSeals[]): VideoBatch {
  return {
    videoIds: videos.map(({ videoId }) => videoId),
    publishedS: videos.map(({ publishedS }) => publishedS),
  }
}

/** Videos in order, as many together as have so many stored views in leaves that rows cut. */
export function* batchesOf(
  plan: GuardedPlan,
  videos: readonly VideoSeals[],
  leavesOf: LeavesOf,
): Generator<readonly VideoSeals[]> {
  let batch: VideoSeals[] = []
  let stored = 0
  for (const video of videos) {
    const { whole, cut } = daysOf(plan, leavesOf.get(video.videoId) ?? [])
    const own = whole.size + cut.size * QUARTERS_A_DAY
    if (batch.length > 0 && stored + own > guardedLimits.quartersMax) {
      yield batch
      batch = []
      stored = 0
    }
    batch.push(video)
    stored += own
  }
  if (batch.length > 0) yield batch
}

/** Null: no leaf is cut. */
export function cutOf(
  plan: GuardedPlan,
  videos: readonly VideoSeals[],
  leavesOf: LeavesOf,
): CutBatch | null {
  const rowsOf = ({ videoId }: VideoSeals): readonly LeavesRow[] =>
    (leavesOf.get(videoId) ?? []).filter(({ leaf }) => leaf !== 0)
  const touched = videos.filter((video) => rowsOf(video).length > 0)
  if (touched.length === 0) return null
  const rows = touched.flatMap(rowsOf)
  const { whole, cut } = daysOf(plan, rows)
  const leafEdges = rows.flatMap(({ from_s: fromS, to_s: toS }) => [fromS, toS])
  const edges = [...plan.edgesS, ...leafEdges]
  return {
    ...batchOf(touched),
    wholeDaysS: [...whole].toSorted((a, b) => a - b),
    cutDaysS: [...cut].toSorted((a, b) => a - b),
    cutsQuarters: edges.some((edge) => edge !== startOf('quarter', edge)),
  }
}

interface TouchedDays {
  /** Days that lie in a leaf, and whose views are read at once. */
  readonly whole: ReadonlySet<number>
  /** Days whose quarters are read; of several leaves a day may be both. */
  readonly cut: ReadonlySet<number>
}

/** UTC days that leaves touch which rows cut. */
function daysOf({ daysToS }: GuardedPlan, leaves: readonly LeavesRow[]): TouchedDays {
  const whole = new Set<number>()
  const cut = new Set<number>()
  for (const { leaf, from_s: fromS, to_s: toS } of leaves) {
    if (leaf === 0) continue
    for (let day = startOf('day', fromS); day < toS; day += spans.day.seconds) {
      const endS = day + spans.day.seconds
      const isWhole = day >= fromS && endS <= toS && endS <= daysToS
      ;(isWhole ? whole : cut).add(day)
    }
  }
  return { whole, cut }
}
