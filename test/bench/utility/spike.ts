// How long it takes until a spike shows in the guarded total of an old video.
import { EDGE_S } from '#consumers/sealer/leaves/ladder.ts'
import { walkLeaves } from '#consumers/sealer/leaves/leaf-walk.ts'
import type { EndedLeaf } from '#consumers/sealer/leaves/leaf-walk.ts'
import type { Random } from '#producers/simulator/random.ts'
import { halfWidth } from '#queries/reports/guarded-curve.ts'
import { CREATOR_ZONE } from './life.ts'
import type { Life, Sealing } from './life.ts'
import { drawPoisson } from './poisson.ts'
import { EDGES_A_DAY, VIEWS_PER_SAVE, rhythm } from './traffic.ts'

export interface Spike {
  readonly video: bigint
  /** The video until then. */
  readonly life: Life
  /** Saves a day that it goes on to have without the spike. */
  readonly calmSaves: number
  /** Saves a day that the spike adds, at any hour. */
  readonly spikeSaves: number
  readonly random: Random
}

/**
 * Minutes from the begin of the spike, somewhere in the edge after the end of the life, until a leaf can
 * be published whose number is above what the calm would give, by more than the 95 % half-width of noise
 * and chance. Infinity: not within a day.
 */
export function minutesUntilShown(sealing: Sealing, spike: Spike): number {
  const { video, life, calmSaves, spikeSaves, random } = spike
  const { startS, expected } = life.traffic
  const lived = expected.length - 1
  const throughS = startS + lived * EDGE_S
  const startSlot = (startS / EDGE_S) % EDGES_A_DAY
  const beginS = throughS + random.next() * EDGE_S
  const calmBefore = [expected[lived] ?? 0]
  const spikeBefore = [0]
  const steps: number[] = []
  for (let edge = 0; edge < EDGES_A_DAY; edge++) {
    const toS = throughS + (edge + 1) * EDGE_S
    const slot = (startSlot + lived + edge) % EDGES_A_DAY
    const calm = (calmSaves / EDGES_A_DAY) * (rhythm[slot] ?? 0)
    const added = (spikeSaves / EDGES_A_DAY) * Math.min(1, (toS - beginS) / EDGE_S)
    calmBefore.push((calmBefore[edge] ?? 0) + calm)
    spikeBefore.push((spikeBefore[edge] ?? 0) + added)
    steps.push(toS, drawPoisson(random, (calm + added) * VIEWS_PER_SAVE))
  }

  function calmTo(atS: number): number {
    const edge = (atS - startS) / EDGE_S
    return edge <= lived ? (expected[edge] ?? 0) : (calmBefore[edge - lived] ?? 0)
  }
  const spikeTo = (atS: number): number => spikeBefore[Math.max(0, (atS - throughS) / EDGE_S)] ?? 0

  let shownS = Infinity
  function seal(leaf: EndedLeaf): number | null {
    const calm = calmTo(leaf.toS) - calmTo(leaf.fromS)
    const added = spikeTo(leaf.toS) - spikeTo(leaf.fromS)
    const count = drawPoisson(random, calm + added)
    const published = count + sealing.noiseOf(video, leaf, count)
    if (published - calm <= halfWidth(sealing.variance + calm)) return published
    shownS = leaf.toS + sealing.graceS
    return null
  }
  const walk = { video: { startS, timeZone: CREATOR_ZONE }, leaf: life.open, steps }
  walkLeaves(sealing.ladder, { ...walk, throughS: throughS + EDGES_A_DAY * EDGE_S, seal })
  return (shownS - beginS) / 60
}
