// A1: was the target there? Guessed from every cell that a save and its undoing are counted in, by who knows all the others.
import { createRandoms } from '#producers/simulator/random.ts'
import type { Random } from '#producers/simulator/random.ts'
import { breakdownDimensions, breakdownValues } from '#schemas/breakdowns.ts'
import { advantageAtZero, openScores, samplingError } from './advantage.ts'
import type { Finding, Sizes } from './attack.ts'
import { exactNumbers, freshNoise } from './controls.ts'
import {
  bestAdvantage,
  cellEpsilon,
  createRelease,
  DAY_S,
  firstActs,
  GRID,
  leafAt,
  lossOf,
  peopleIn,
  START_S,
  steadyViews,
  totalEpsilons,
} from './release.ts'
import type { Act, Release } from './release.ts'

const THROUGH_S = START_S + 14 * DAY_S
/** Busy enough that some leaves end early, by what was published before. */
const steps = steadyViews(14 * 24, 8)
const OTHERS_MAX = 24
const CELL_OTHERS_MAX = 60

interface World {
  readonly others: readonly Act[]
  readonly target: readonly Act[]
  /** Others in every cell of the bucket. */
  readonly cells: Int32Array
  /** Cells that the target is counted in: one of each dimension. */
  readonly own: readonly number[]
}

export function attackMembership({ worlds, seed }: Sizes): Finding {
  const randoms = createRandoms('membership', seed)
  const release = createRelease('membership', seed)
  const scores = openScores(worlds)
  for (let at = 0; at < worlds; at++) {
    const world = drawWorld(randoms(at))
    scores.present[at] = lossIn(release, world, { id: BigInt(2 * at), present: 1 })
    scores.absent[at] = lossIn(release, world, { id: BigInt(2 * at + 1), present: 0 })
  }
  return {
    attack: 'A1',
    tries: 'was the target there, by all cells of a save and an un-save',
    advantage: advantageAtZero(scores),
    bound: bestAdvantage(cells),
    error: samplingError(worlds),
    controls: [exactNumbers(), freshNoise(cellEpsilon, seed)],
  }
}

const cells = [
  totalEpsilons.saves,
  totalEpsilons.unsaves,
  ...breakdownDimensions.map(() => cellEpsilon),
]

function drawWorld(random: Random): World {
  const timeIn = (fromDays: number, days: number): number =>
    START_S + Math.floor((fromDays + random.next() * days) * DAY_S)
  const others = Array.from({ length: random.below(OTHERS_MAX) }, (_, index): Act => {
    const measure = random.below(4) === 0 ? 'unsaves' : 'saves'
    return { person: index + 1, measure, atS: timeIn(0, 13) }
  })
  const saved: Act = { person: 0, measure: 'saves', atS: timeIn(0, 6) }
  const unsaved: Act = { person: 0, measure: 'unsaves', atS: timeIn(6, 6) }
  let from = 0
  const own = breakdownDimensions.map((dimension) => {
    const { length } = breakdownValues[dimension]
    from += length
    return from - 1 - random.below(length)
  })
  return {
    others,
    target: [saved, unsaved],
    cells: Int32Array.from({ length: GRID }, () => random.below(CELL_OTHERS_MAX)),
    own,
  }
}

interface Case {
  readonly id: bigint
  readonly present: 0 | 1
}

/** Sums of losses are the logarithm of the likelihood ratio: noises of cells are independent. */
function lossIn(release: Release, world: World, { id, present }: Case): number {
  const { others, target } = world
  const known = firstActs(others)
  const acts = present === 1 ? firstActs([...others, ...target]) : known
  const leaves = release.leavesOf({ id, steps, acts }, THROUGH_S)
  let loss = 0
  for (const { measure, atS } of target) {
    const leaf = leafAt(leaves, atS)
    loss += lossOf(totalEpsilons[measure], leaf[measure], peopleIn(known, measure, leaf))
  }
  const counts = world.cells.slice()
  for (const place of world.own) counts[place] = (counts[place] ?? 0) + present
  const shown = release.cellsOf(id, counts)
  for (const place of world.own) {
    loss += lossOf(cellEpsilon, shown[place] ?? 0, world.cells[place] ?? 0)
  }
  return loss
}
