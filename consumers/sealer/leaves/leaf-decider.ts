// Decides on the leaves of one video that end: counts who acted in each, draws the noise, and goes on from what will be published.
import { guardedNames } from '#schemas/guarded.ts'
import type { Decision } from '#schemas/decision.ts'
import type { GuardedMeasure } from '#schemas/guarded.ts'
import type { SealPolicy } from '../release/seal-policies.ts'
import type { LadderVideo, OpenLeaf } from './ladder.ts'
import { walkLeaves } from './leaf-walk.ts'
import type { EndedLeaf, ViewSteps } from './leaf-walk.ts'
import type { ActSteps } from './seal-snapshot.ts'

/** A number that is drawn once: what its noise is made from. */
export interface GuardedCell {
  readonly table: 'totals'
  /** The video. */
  readonly subject: bigint
  readonly metric: GuardedMeasure
  readonly fromMs: number
  readonly toMs: number
  /** People, exactly. */
  readonly count: number
  readonly epsilon: number
}

/** The noise of a cell, to be added to its count. */
export type NoiseOf = (cell: GuardedCell, decidedAtMs: number) => number

/** How a leaf is cut and how much noise it bears. */
export interface LeafPolicies {
  at(fromS: number): Pick<SealPolicy, 'name' | 'ladder' | 'epsilons'>
}

export interface DecidedVideo {
  readonly videoId: bigint
  readonly video: LadderVideo
  readonly leaf: OpenLeaf
  readonly steps: ViewSteps
  readonly acts: ActSteps
}

export interface DecidedAt {
  readonly edgeS: number
  readonly generation: bigint
  readonly decidedAtMs: number
}

export interface VideoDecisions {
  readonly decisions: readonly Decision[]
  /** The leaf that is open then. */
  readonly leaf: OpenLeaf
}

/** Numbers of an entry of `ActSteps`: its end, and a count for each measure. */
const STRIDE = 1 + guardedNames.length

/** Decides on every leaf of a video that ends up to the edge, in order. */
export function decideLeaves(
  { policies, noiseOf }: { readonly policies: LeafPolicies; readonly noiseOf: NoiseOf },
  { videoId, video, leaf: open, steps, acts }: DecidedVideo,
  { edgeS, generation, decidedAtMs }: DecidedAt,
): VideoDecisions {
  const decisions: Decision[] = []
  let at = 0

  /** People up to the end of a leaf who were not counted in the one before. */
  function countTo(toS: number): readonly number[] {
    const counts = guardedNames.map(() => 0)
    for (; at < acts.length && (acts[at] ?? 0) <= toS; at += STRIDE) {
      for (let each = 0; each < counts.length; each++) {
        counts[each] = (counts[each] ?? 0) + (acts[at + 1 + each] ?? 0)
      }
    }
    return counts
  }

  function seal({ ordinal, fromS, toS }: EndedLeaf): number {
    const policy = policies.at(fromS)
    const counts = countTo(toS)
    const span = { fromMs: fromS * 1000, toMs: toS * 1000 }
    const published = guardedNames.map((metric, each) => {
      const count = counts[each] ?? 0
      const epsilon = policy.epsilons[metric]
      const cell = { table: 'totals', subject: videoId, metric, ...span, count, epsilon } as const
      return count + noiseOf(cell, decidedAtMs)
    })
    decisions.push({
      table: 'totals',
      subject: videoId,
      metric: '',
      creator: 0n,
      ordinal,
      from_at: BigInt(span.fromMs),
      to_at: BigInt(span.toMs),
      cells: guardedNames.map((name, each) => ({ name, values: [published[each] ?? 0] })),
      policy: policy.name,
      generation,
      decided_at: BigInt(decidedAtMs),
    })
    return published[0] ?? 0
  }

  const { ladder } = policies.at(open.fromS)
  const { leaf } = walkLeaves(ladder, { video, leaf: open, steps, throughS: edgeS, seal })
  return { decisions, leaf }
}
