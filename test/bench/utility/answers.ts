// What a report answers of a simulated life, by the curve and the margins of the reports, beside what was true.
import { EDGE_S } from '#consumers/sealer/leaves/ladder.ts'
import { halfWidth, shareLeaf, shareVariance } from '#queries/reports/guarded-curve.ts'
import type { Life, LifeLeaf } from './life.ts'
import { DAY_S } from './traffic.ts'

/** A number that a report shows. */
export interface Answer {
  readonly shown: number
  readonly truth: number
  /** 95 % half-width. */
  readonly margin: number
}

export interface LifetimeAnswer extends Answer {
  /** How long ago the last leaf ended that it is made of, in days. */
  readonly behindDays: number
  readonly leaves: number
}

/** The noise of the leaves that a policy has. */
export interface Noise {
  readonly variance: number
  readonly graceS: number
}

/** All that is published at an age, against what is true of the same time. Null: nothing is. */
export function lifetimeAt(
  { traffic, leaves }: Life,
  noise: Noise,
  ageDays: number,
): LifetimeAnswer | null {
  const nowS = traffic.startS + ageDays * DAY_S
  const sealed = leaves.filter(({ toS }) => toS + noise.graceS <= nowS)
  const last = sealed.at(-1)
  if (last === undefined) return null
  const behindDays = (nowS - last.toS) / DAY_S
  return { ...wholeAnswer(sealed, noise), behindDays, leaves: sealed.length }
}

/** A range of whole leaves. */
export function wholeAnswer(leaves: readonly LifeLeaf[], { variance }: Noise): Answer {
  return {
    shown: sumOf(leaves.map(({ published }) => published)),
    truth: sumOf(leaves.map(({ count }) => count)),
    margin: halfWidth(leaves.length * variance),
  }
}

/** Age in days at which a lifetime total first lies above zero by more than its half-width. */
export function firstClearDays({ traffic, leaves }: Life, noise: Noise): number {
  let [shown, count] = [0, 0]
  for (const { published, toS } of leaves) {
    shown += published
    count += 1
    const atS = toS + noise.graceS - traffic.startS
    if (shown > halfWidth(count * noise.variance)) return atS / DAY_S
  }
  return Infinity
}

export interface Range {
  readonly fromS: number
  readonly toS: number
}

/** A range whose edges may lie inside leaves, which are then cut by views. Null: not all of it is sealed. */
export function rangeAnswer(life: Life, range: Range, noise: Noise): Answer | null {
  const { leaves, savedBefore } = life
  const [from, to] = [savedBefore.get(range.fromS), savedBefore.get(range.toS)]
  if (from === undefined || to === undefined) return null
  let [shown, variance] = [0, 0]
  for (let at = firstEndingAfter(leaves, range.fromS); at < leaves.length; at++) {
    const leaf = leaves[at]
    if (leaf === undefined || leaf.fromS >= range.toS) break
    const weights = weightsOf(life, leaf, range)
    shown += shareLeaf(leaf.published, weights)[1] ?? 0
    const share = (weights[1] ?? 0) / sumOf(weights)
    variance += shareVariance(share, leaf.published, noise.variance)
  }
  return { shown, truth: to - from, margin: halfWidth(variance) }
}

/** Views of a leaf before, in and after a range; seconds, where it has no views. */
function weightsOf({ traffic }: Life, leaf: LifeLeaf, range: Range): readonly number[] {
  const cuts = [
    leaf.fromS,
    Math.max(range.fromS, leaf.fromS),
    Math.min(range.toS, leaf.toS),
    leaf.toS,
  ]
  const views = cuts.map((cut) => traffic.views[(cut - traffic.startS) / EDGE_S] ?? 0)
  const steps = views[0] === views[3] ? cuts : views
  return steps.slice(1).map((step, index) => step - (steps[index] ?? 0))
}

function firstEndingAfter(leaves: readonly LifeLeaf[], atS: number): number {
  let [low, high] = [0, leaves.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((leaves[middle]?.toS ?? 0) > atS) high = middle
    else low = middle + 1
  }
  return low
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0)
}
