// A4: a breakdown as it is shown, small rows in one and all fitted to the total, less what is known of the others.
import { createRandoms } from '#producers/simulator/random.ts'
import { fitCells, foldedOf } from '#queries/reports/breakdown-fit.ts'
import { noiseVariance } from '#schemas/policy.ts'
import { advantageAtZero, advantageOfThreshold, openScores, samplingError } from './advantage.ts'
import type { Finding, Sizes } from './attack.ts'
import { CONTROL_WORLDS } from './controls.ts'
import {
  bestAdvantage,
  cellEpsilon,
  createRelease,
  leafAt,
  START_S,
  totalEpsilons,
} from './release.ts'

const noise = noiseVariance(cellEpsilon)
/** The target's value has so few others that it is mostly folded, or so many that it is mostly shown. */
const OTHERS_MAX = 60
const ROWS = 8

/** By the row that the target is in, and by what all other rows leave of the total. */
export function attackShownRows({ worlds, seed }: Sizes): Finding {
  const randoms = createRandoms('shown rows', seed)
  const release = createRelease('shown rows', seed)
  const [rows, rests] = [openScores(worlds), openScores(worlds)]
  for (let at = 0; at < worlds; at++) {
    const random = randoms(at)
    const counts = Array.from({ length: ROWS }, () => random.below(OTHERS_MAX))
    const others = counts.reduce((sum, count) => sum + count, 0)
    for (const present of [1, 0]) {
      const id = BigInt(2 * at + present)
      const counted = counts.map((count, row) => (row === 0 ? count + present : count))
      const cells = [...release.cellsOf(id, Int32Array.from(counted))]
      const acts = [START_S + 3600, others + present, 0, 0]
      const leaves = release.leavesOf({ id, steps: [], acts }, START_S + 86_400)
      const { row, rest } = shownOf(cells, Math.max(0, leafAt(leaves, START_S).saves), counts)
      const place = present === 1 ? 'present' : 'absent'
      rows[place][at] = row
      rests[place][at] = rest
    }
  }
  return {
    attack: 'A4',
    tries: 'rows as they are shown: folded, and fitted to the total',
    advantage: Math.max(advantageOfThreshold(rows), advantageOfThreshold(rests)),
    bound: bestAdvantage([totalEpsilons.saves, cellEpsilon]),
    error: samplingError(worlds / 2),
    controls: [{ mistake: 'exact rows, small ones in one', advantage: foldedExactly(seed) }],
  }
}

interface Shown {
  /** The target's row, or that of all small ones, less the others who are in it. */
  readonly row: number
  /** The total less all rows of others, less those others who are left. */
  readonly rest: number
}

function shownOf(cells: readonly number[], total: number, others: readonly number[]): Shown {
  const folded = foldedOf(cells, noise)
  const { shown, rest } = fitCells(cells, folded, total)
  const inRest = folded.reduce((sum, place) => sum + (others[place] ?? 0), 0)
  const isFolded = folded.includes(0)
  const own = isFolded ? (rest ?? 0) - inRest : (shown.get(0) ?? 0) - (others[0] ?? 0)
  let left = total
  for (const [place, people] of shown) if (place !== 0) left -= people
  const known = isFolded ? inRest : (others[0] ?? 0)
  return { row: own, rest: left - (isFolded ? 0 : (rest ?? 0)) - known }
}

/** Small rows stand in one, and all are exact: who knows the others in it knows whether one is missing. */
function foldedExactly(seed: number): number {
  const randoms = createRandoms('folded exactly', seed)
  const scores = openScores(CONTROL_WORLDS)
  for (let at = 0; at < CONTROL_WORLDS; at++) {
    const random = randoms(at)
    const counts = Array.from({ length: ROWS }, () => random.below(OTHERS_MAX))
    const total = counts.reduce((sum, count) => sum + count, 0)
    const withTarget = counts.map((count, row) => (row === 0 ? count + 1 : count))
    scores.present[at] = shownOf(withTarget, total + 1, counts).row - 0.5
    scores.absent[at] = shownOf(counts, total, counts).row - 0.5
  }
  return advantageAtZero(scores)
}
