// Walks one video through the edges at which its leaves may end; knows no server, so that it can be run a thousand times.
import { EDGE_S } from './ladder.ts'
import type { Ladder, LadderVideo, OpenLeaf } from './ladder.ts'

/** A leaf that ends. */
export interface EndedLeaf {
  readonly ordinal: number
  readonly fromS: number
  /** Not included. */
  readonly toS: number
}

/** Published views by the end of the time in which they were, ascending: [toS, views, toS, views, ...]. */
export type ViewSteps = readonly number[]

export interface Walk {
  readonly video: LadderVideo
  readonly leaf: OpenLeaf
  readonly steps: ViewSteps
  /** The last edge to be looked at. */
  readonly throughS: number
  /** Seals a leaf. @returns the saves that are published of it; null: it must stay open, and the walk ends. */
  readonly seal: (leaf: EndedLeaf) => number | null
}

export interface WalkEnd {
  /** The leaf that is open now; where the walk was stopped, as it began. */
  readonly leaf: OpenLeaf
  readonly stopped: boolean
}

const DAY_S = 86_400

/** Ends every leaf whose end lies at or before `throughS`, in order. */
export function walkLeaves(ladder: Ladder, walk: Walk): WalkEnd {
  const { video, steps, throughS, seal } = walk
  let leaf = walk.leaf
  let latestS = ladder.latestEnd(video, leaf.fromS)

  /** @returns whether the leaf is sealed and the next one open. */
  function end(toS: number): boolean {
    const published = seal({ ordinal: leaf.ordinal, fromS: leaf.fromS, toS })
    if (published === null) return false
    leaf = {
      ...leaf,
      ordinal: leaf.ordinal + 1,
      fromS: toS,
      savesBefore: leaf.savesBefore + published,
      viewsBefore: leaf.viewsBefore + leaf.views,
      views: 0,
    }
    latestS = ladder.latestEnd(video, toS)
    return true
  }

  const stop = (): WalkEnd => ({ leaf: { ...leaf, views: 0 }, stopped: true })

  for (let at = 0; at < steps.length; at += 2) {
    const toS = steps[at] ?? 0
    const views = steps[at + 1] ?? 0
    if (toS > throughS) break
    // Nothing was seen up to here: leaves ended in between.
    while (latestS < toS) if (!end(latestS)) return stop()
    leaf = {
      ...leaf,
      views: leaf.views + views,
      firstDayViews: leaf.firstDayViews + (toS <= video.startS + DAY_S ? views : 0),
    }
    const isEdge = toS % EDGE_S === 0 && toS > leaf.fromS
    if (latestS === toS || (isEdge && ladder.isFull(leaf))) if (!end(toS)) return stop()
  }
  while (latestS <= throughS) if (!end(latestS)) return stop()
  return { leaf, stopped: false }
}
