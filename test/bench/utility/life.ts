// The life of one simulated video: its leaves are walked and noised by the code of the sealer, its people are drawn.
import { createHash, createSecretKey } from 'node:crypto'
import { EDGE_S, createLadder } from '#consumers/sealer/leaves/ladder.ts'
import type { Ladder, OpenLeaf } from '#consumers/sealer/leaves/ladder.ts'
import { walkLeaves } from '#consumers/sealer/leaves/leaf-walk.ts'
import type { EndedLeaf } from '#consumers/sealer/leaves/leaf-walk.ts'
import { createLaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import { drawNoise } from '#consumers/sealer/release/noise.ts'
import type { Random } from '#producers/simulator/random.ts'
import { noiseVariance, totalEpsilon } from '#schemas/policy.ts'
import type { Policy } from '#schemas/policy.ts'
import { drawPoisson } from './poisson.ts'
import type { DrawnTraffic } from './traffic.ts'

/** The parts of the sealer that a life needs. */
export interface Sealing {
  readonly ladder: Ladder
  readonly graceS: number
  /** Of the noise of a leaf's saves. */
  readonly variance: number
  /** The noise of a leaf, a function of what it is the noise of. */
  noiseOf(video: bigint, leaf: EndedLeaf, count: number): number
}

/** @param seed makes the key of the noise. */
export function createSealing(policy: Policy, seed: number): Sealing {
  const epsilon = totalEpsilon(policy, 'saves')
  const sampler = createLaplaceSampler(epsilon)
  const key = createSecretKey(createHash('sha256').update(`utility/${seed}`).digest())
  return {
    ladder: createLadder(policy.ladder),
    graceS: policy.ladder.grace_s,
    variance: noiseVariance(epsilon),
    noiseOf(video, { fromS, toS }, count) {
      const span = { fromMs: fromS * 1000, toMs: toS * 1000 }
      return drawNoise(
        key,
        { table: 'totals', subject: video, metric: 'saves', ...span, count },
        sampler,
      )
    },
  }
}

export interface LifeLeaf extends EndedLeaf {
  /** Who saved in it. */
  readonly count: number
  readonly published: number
}

export interface Life {
  readonly traffic: DrawnTraffic
  readonly leaves: readonly LifeLeaf[]
  /** Who saved before an instant, of those that were asked for and lie in sealed leaves. */
  readonly savedBefore: ReadonlyMap<number, number>
  /** The leaf that is open at the end. */
  readonly open: OpenLeaf
}

export interface LivedVideo {
  readonly video: bigint
  readonly traffic: DrawnTraffic
  /** Edges at which the truth is wanted, ascending. */
  readonly instants: readonly number[]
  readonly random: Random
}

export const CREATOR_ZONE = 'UTC'

/** Lives through all of its traffic; people are drawn for whole stretches between instants and ends of leaves. */
export function live(sealing: Sealing, { video, traffic, instants, random }: LivedVideo): Life {
  const { startS, expected, steps } = traffic
  const leaves: LifeLeaf[] = []
  const savedBefore = new Map<number, number>()
  let [drawnTo, saved, next] = [0, 0, 0]

  function drawTo(atS: number): number {
    const edge = (atS - startS) / EDGE_S
    saved += drawPoisson(random, (expected[edge] ?? 0) - (expected[drawnTo] ?? 0))
    drawnTo = edge
    return saved
  }

  function seal(leaf: EndedLeaf): number {
    const before = saved
    for (let at = instants[next]; at !== undefined && at <= leaf.toS; at = instants[next]) {
      savedBefore.set(at, drawTo(at))
      next += 1
    }
    const count = drawTo(leaf.toS) - before
    const published = count + sealing.noiseOf(video, leaf, count)
    leaves.push({ ...leaf, count, published })
    return published
  }

  const throughS = startS + (expected.length - 1) * EDGE_S
  const walk = { video: { startS, timeZone: CREATOR_ZONE }, leaf: firstLeaf(startS), steps }
  const { leaf } = walkLeaves(sealing.ladder, { ...walk, throughS, seal })
  return { traffic, leaves, savedBefore, open: leaf }
}

function firstLeaf(fromS: number): OpenLeaf {
  return { ordinal: 1, fromS, savesBefore: 0, viewsBefore: 0, views: 0, firstDayViews: 0 }
}
