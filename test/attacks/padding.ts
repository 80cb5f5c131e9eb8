// A6: helpers bring a count so near to a gate that the target's act would open it; but gates read published numbers.
import { firstBucket, outcomeAt } from '#consumers/sealer/breakdowns/bucket-walk.ts'
import type { OpenBucket } from '#consumers/sealer/breakdowns/bucket-walk.ts'
import { walkLeaves } from '#consumers/sealer/leaves/leaf-walk.ts'
import type { ViewSteps } from '#consumers/sealer/leaves/leaf-walk.ts'
import { breakdownDimensions } from '#schemas/breakdowns.ts'
import type { LeafSample } from '../support/leaves.ts'
import { advantageAtZero, advantageOfThreshold, openScores, samplingError } from './advantage.ts'
import type { Scores } from './advantage.ts'
import type { Finding, Sizes } from './attack.ts'
import { CONTROL_WORLDS } from './controls.ts'
import { atLeast } from './naive.ts'
import {
  bestAdvantage,
  CELLS,
  cellEpsilon,
  createRelease,
  DAY_S,
  firstLeaf,
  ladder,
  ladderVideo,
  leafAt,
  lossOf,
  policy,
  START_S,
  totalEpsilons,
} from './release.ts'

const THROUGH_S = START_S + 4 * DAY_S
const SECOND_S = START_S + DAY_S
const HELPERS = 49

/**
 * The first leaf is the first day, with 49 helpers and 500 views. In the second, views come until 50 times
 * as many as 51 people, but not 50, would need: `isFull` of the ladder.
 */
const FIRST_VIEWS = 500
const { expected_people: expectedPeople } = policy.ladder
const SECOND_VIEWS = Math.floor((expectedPeople * 2 * FIRST_VIEWS) / (HELPERS + 2)) + 1
const steps: ViewSteps = [START_S + 3600, FIRST_VIEWS, SECOND_S + 3600, SECOND_VIEWS]

/** Where the second leaf ends, by published numbers. */
function endOfSecond(leaves: readonly LeafSample[]): number {
  return leafAt(leaves, SECOND_S).toS
}

function setScore(scores: Scores, present: number, at: number, score: number): void {
  ;(present === 1 ? scores.present : scores.absent)[at] = score
}

export function attackLadder({ worlds, seed }: Sizes): Finding {
  const release = createRelease('ladder', seed)
  const pairs = Math.ceil(worlds / 2)
  const [losses, ends] = [openScores(pairs), openScores(pairs)]
  for (let at = 0; at < pairs; at++) {
    for (const present of [1, 0]) {
      const acts = [START_S + 3600, HELPERS + present, 0, 0]
      const leaves = release.leavesOf({ id: BigInt(2 * at + present), steps, acts }, THROUGH_S)
      const first = leafAt(leaves, START_S)
      setScore(losses, present, at, lossOf(totalEpsilons.saves, first.saves, HELPERS))
      setScore(ends, present, at, endOfSecond(leaves))
    }
  }
  return {
    attack: 'A6',
    tries: 'padding to where a leaf would end early, by its end and its number',
    advantage: Math.max(advantageAtZero(losses), advantageOfThreshold(ends)),
    bound: bestAdvantage([totalEpsilons.saves]),
    error: samplingError(pairs / 2),
    controls: [{ mistake: 'leaves that end by exact counts', advantage: againstExactLadder() }],
  }
}

/** The same ladder, fed with what nobody was told: the second leaf ends early in one world alone. */
function againstExactLadder(): number {
  const scores = openScores(CONTROL_WORLDS)
  for (let at = 0; at < CONTROL_WORLDS; at++) {
    for (const present of [1, 0]) {
      let endS = 0
      walkLeaves(ladder, {
        video: ladderVideo,
        leaf: firstLeaf,
        steps,
        throughS: THROUGH_S,
        seal({ ordinal, toS }) {
          if (ordinal === 2) endS = toS
          return ordinal === 1 ? HELPERS + present : 0
        },
      })
      setScore(scores, present, at, SECOND_S + DAY_S / 2 - endS)
    }
  }
  return advantageAtZero(scores)
}

const { first_people: FIRST_PEOPLE } = policy.buckets

/** One below what a first bucket of breakdowns needs, by saves; what it shows is there or is not. */
export function attackTrigger({ worlds, seed }: Sizes): Finding {
  const release = createRelease('trigger', seed)
  const pairs = Math.ceil(worlds / 2)
  const [losses, opened] = [openScores(pairs), openScores(pairs)]
  const helpers = FIRST_PEOPLE - 1
  const epsilons = [totalEpsilons.saves, ...breakdownDimensions.map(() => cellEpsilon)]
  for (let at = 0; at < pairs; at++) {
    for (const present of [1, 0]) {
      const id = BigInt(2 * at + present)
      const acts = [START_S + 3600, helpers + present, 0, 0]
      const [leaf] = release.leavesOf({ id, steps: [], acts }, START_S + DAY_S)
      const total = leaf?.saves ?? 0
      const isOpen = outcomeAt(policy.buckets, bucketOf(total), leaf?.toS ?? 0) === 'buckets'
      const cells = isOpen ? [...release.cellsOf(id, new Int32Array(CELLS).fill(present))] : []
      const loss = cells.reduce<number>(
        (sum, cell) => sum + lossOf(cellEpsilon, cell, 0),
        lossOf(totalEpsilons.saves, total, helpers),
      )
      setScore(losses, present, at, loss)
      setScore(opened, present, at, isOpen ? 1 : 0)
    }
  }
  return {
    attack: 'A6',
    tries: 'padding to where a first bucket of breakdowns opens',
    advantage: Math.max(advantageAtZero(losses), advantageOfThreshold(opened)),
    bound: bestAdvantage(epsilons),
    error: samplingError(pairs / 2),
    controls: [{ mistake: 'buckets that open by exact counts', advantage: againstExactGate() }],
  }
}

/** A first bucket with so many published. */
function bucketOf(people: number): OpenBucket {
  return { ...firstBucket(START_S), people }
}

function againstExactGate(): number {
  const scores = openScores(CONTROL_WORLDS)
  const scoreOf = (count: number): number => (atLeast(count, FIRST_PEOPLE) === null ? -1 : 1)
  for (let at = 0; at < CONTROL_WORLDS; at++) {
    scores.present[at] = scoreOf(FIRST_PEOPLE)
    scores.absent[at] = scoreOf(FIRST_PEOPLE - 1)
  }
  return advantageAtZero(scores)
}
