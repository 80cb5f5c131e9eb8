// The release that is attacked: the sealer's own ladder, walk, decisions and noise, without its servers, under a key that follows from a seed.
import { createHash, createSecretKey } from 'node:crypto'
import { createLadder, EDGE_S } from '#consumers/sealer/leaves/ladder.ts'
import type { Ladder } from '#consumers/sealer/leaves/ladder.ts'
import { decideLeaves } from '#consumers/sealer/leaves/leaf-decider.ts'
import type { ViewSteps } from '#consumers/sealer/leaves/leaf-walk.ts'
import type { ActSteps } from '#consumers/sealer/leaves/seal-snapshot.ts'
import { drawCellNoise } from '#consumers/sealer/release/cell-noise.ts'
import { createLaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import type { LaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import { drawNoise } from '#consumers/sealer/release/noise.ts'
import type { NoiseCell } from '#consumers/sealer/release/noise.ts'
import { defaultPolicyFile } from '#infra/runtime/config.ts'
import { readPolicy } from '#infra/runtime/policy.ts'
import { breakdownDimensions, breakdownValues } from '#schemas/breakdowns.ts'
import { guardedNames } from '#schemas/guarded.ts'
import type { Decision } from '#schemas/decision.ts'
import type { GuardedMeasure } from '#schemas/guarded.ts'
import { presetInForce } from '#schemas/policy.ts'
import { chanceOfBestAttacker } from '../consumers/sealer/release/best-attacker.ts'
import type { LeafSample } from '../support/leaves.ts'

export const DAY_S = 86_400
/** A Monday; videos of attacks are published then, two weeks before the horizon that samples of reports have. */
export const START_S = Date.parse('2026-11-09T00:00:00Z') / 1000

export const policy = readPolicy(defaultPolicyFile)
const { totals, breakdowns } = presetInForce(policy)
export const cellEpsilon = breakdowns.epsilon
export const totalEpsilons: Readonly<Record<GuardedMeasure, number>> = totals
/** Cells of breakdowns that a person is counted in, one of each dimension. */
export const CELLS = breakdownDimensions.length
/** All cells of a bucket. */
export const GRID = breakdownDimensions.reduce((sum, each) => sum + breakdownValues[each].length, 0)
export const ladder: Ladder = createLadder(policy.ladder)

/** What is known of a video before anything is released. */
export interface AttackedVideo {
  /** One of its own for every world: noise depends on it. */
  readonly id: bigint
  readonly steps: ViewSteps
  readonly acts: ActSteps
}

export interface Release {
  /** Published leaves up to an instant. */
  leavesOf(video: AttackedVideo, throughS: number): readonly LeafSample[]
  /** Published cells of a bucket of `video`, all drawn as one seal; people of each, in any order. */
  cellsOf(video: bigint, counts: Int32Array): Int32Array
}

export function createRelease(attack: string, seed: number): Release {
  const key = createSecretKey(createHash('sha256').update(`attacks/${attack}/${seed}`).digest())
  const samplers = new Map(
    [...Object.values(totals), cellEpsilon].map((each) => [each, createLaplaceSampler(each)]),
  )
  const samplerOf = (epsilon: number): LaplaceSampler => {
    const sampler = samplers.get(epsilon)
    if (sampler === undefined) throw new Error(`no noise of epsilon ${epsilon}`)
    return sampler
  }
  const noiseOf = (cell: NoiseCell & { readonly epsilon: number }): number =>
    drawNoise(key, cell, samplerOf(cell.epsilon))
  const leafPolicy = { name: policy.version, ladder, epsilons: totals }
  const policies = { at: () => leafPolicy, graceS: policy.ladder.grace_s }

  return {
    leavesOf({ id, steps, acts }, throughS) {
      const { decisions } = decideLeaves(
        { policies, noiseOf },
        { videoId: id, video: ladderVideo, leaf: firstLeaf, steps, acts },
        { edgeS: throughS, generation: 1n, decidedAtMs: throughS * 1000 },
      )
      return decisions.map(leafOf)
    },
    cellsOf(video, counts) {
      const span = { fromMs: START_S * 1000, toMs: (START_S + 7 * DAY_S) * 1000 }
      const seal = { table: 'buckets', subject: video, metric: 'saves', ...span, counts } as const
      const noise = drawCellNoise(key, seal, samplerOf(cellEpsilon))
      return counts.map((count, cell) => count + (noise[cell] ?? 0))
    },
  }
}

function leafOf({ from_at: fromAt, to_at: toAt, cells }: Decision): LeafSample {
  const numberOf = (measure: GuardedMeasure): number =>
    cells.find(({ name }) => name === measure)?.values[0] ?? Number.NaN
  return {
    fromS: Number(fromAt / 1000n),
    toS: Number(toAt / 1000n),
    saves: numberOf('saves'),
    unsaves: numberOf('unsaves'),
    shares: numberOf('shares'),
  }
}

export const ladderVideo = { startS: START_S, timeZone: 'UTC' }

export const firstLeaf = {
  ordinal: 1,
  fromS: START_S,
  savesBefore: 0,
  viewsBefore: 0,
  views: 0,
  firstDayViews: 0,
} as const

/** As many views in every hour. */
export function steadyViews(hours: number, views: number): ViewSteps {
  return Array.from({ length: hours }, (_, hour) => [START_S + (hour + 1) * 3600, views]).flat()
}

/** Somebody does something, perhaps not for the first time. */
export interface Act {
  readonly person: number
  readonly measure: GuardedMeasure
  readonly atS: number
}

/** People by their first act of each kind, in steps of five minutes: what a seal counts. */
export function firstActs(acts: Iterable<Act>): ActSteps {
  const first = new Map<string, Act>()
  for (const act of acts) {
    const key = `${act.measure} ${act.person}`
    const before = first.get(key)
    if (before === undefined || act.atS < before.atS) first.set(key, act)
  }
  const steps = new Map<number, number[]>()
  for (const { measure, atS } of first.values()) {
    const edge = (Math.floor(atS / EDGE_S) + 1) * EDGE_S
    const counts = steps.get(edge) ?? guardedNames.map(() => 0)
    const place = guardedNames.indexOf(measure)
    counts[place] = (counts[place] ?? 0) + 1
    steps.set(edge, counts)
  }
  return [...steps].toSorted(([a], [b]) => a - b).flat(2)
}

/** The leaf that an instant lies in. @throws Error where none is sealed there. */
export function leafAt(leaves: readonly LeafSample[], atS: number): LeafSample {
  const leaf = leaves.find(({ fromS, toS }) => fromS <= atS && atS < toS)
  if (leaf === undefined) throw new Error(`no leaf holds ${atS}`)
  return leaf
}

/** How many did it first in the time of a leaf. */
export function peopleIn(acts: ActSteps, measure: GuardedMeasure, leaf: LeafSample): number {
  const place = 1 + guardedNames.indexOf(measure)
  let people = 0
  for (let at = 0; at < acts.length; at += 1 + guardedNames.length) {
    const edge = acts[at] ?? 0
    if (edge > leaf.fromS && edge <= leaf.toS) people += acts[at + place] ?? 0
  }
  return people
}

/**
 * What a published number tells of one person more, for whoever knows all the others: the logarithm of
 * how much likelier it is with that person, which of discrete Laplace is epsilon, one way or the other.
 */
export function lossOf(epsilon: number, published: number, others: number): number {
  return published > others ? epsilon : -epsilon
}

/** Advantage of the best possible attacker against cells of these epsilons, exactly. */
export function bestAdvantage(epsilons: readonly number[]): number {
  return 2 * chanceOfBestAttacker(epsilons) - 1
}
