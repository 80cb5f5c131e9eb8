// A4: numbers less other numbers. All less the others, a week less its days in every time zone, a total less the rows that are shown.
import type { LeafSample } from '../support/leaves.ts'
import { createRandoms } from '#producers/simulator/random.ts'
import type { Random } from '#producers/simulator/random.ts'
import { advantageAtZero, advantageOfThreshold, openScores, samplingError } from './advantage.ts'
import type { Finding, Sizes } from './attack.ts'
import { CONTROL_WORLDS, exactNumbers, freshNoise } from './controls.ts'
import { savesIn, viewsBefore } from './curve.ts'
import type { Range } from './curve.ts'
import { hideSmallRows } from './naive.ts'
import {
  bestAdvantage,
  cellEpsilon,
  createRelease,
  DAY_S,
  firstActs,
  leafAt,
  lossOf,
  peopleIn,
  START_S,
  steadyViews,
  totalEpsilons,
} from './release.ts'
import type { Act, AttackedVideo } from './release.ts'

const THROUGH_S = START_S + 14 * DAY_S
const steps = steadyViews(14 * 24, 6)
const views = viewsBefore(steps)

interface Worlds {
  readonly others: readonly Act[]
  readonly target: Act
}

function drawWorlds(random: Random, most: number): Worlds {
  const timeIn = (days: number): number => START_S + Math.floor(random.next() * days * DAY_S)
  return {
    others: Array.from({ length: random.below(most) }, (_, person) => ({
      person: person + 1,
      measure: 'saves',
      atS: timeIn(13),
    })),
    // Between the first and the second Tuesday, so that its week is whole in every time zone.
    target: { person: 0, measure: 'saves', atS: START_S + DAY_S + timeIn(5) - START_S },
  }
}

/** A creator's total less all videos but one: what is left are the published leaves of that one. */
export function attackOthers({ worlds, seed }: Sizes): Finding {
  const pairs = Math.ceil(worlds / 4)
  const randoms = createRandoms('others', seed)
  const release = createRelease('others', seed)
  const scores = openScores(pairs)
  for (let at = 0; at < pairs; at++) {
    const random = randoms(at)
    const { others, target } = drawWorlds(random, 20)
    const known = firstActs(others)
    const neighbours = [1, 2].map((each): AttackedVideo => {
      const acts = firstActs(drawWorlds(random, 60).others)
      return { id: BigInt(8 * at + 2 + each), steps, acts }
    })
    const between = neighbours.map((video) => release.leavesOf(video, THROUGH_S))
    for (const present of [1, 0]) {
      const acts = present === 1 ? firstActs([...others, target]) : known
      const own = release.leavesOf({ id: BigInt(8 * at + present), steps, acts }, THROUGH_S)
      const leaf = leafAt(own, target.atS)
      const parts = between.map((leaves) => savesIn(leaves, views, leaf))
      const all = [own, ...between].reduce((sum, each) => sum + savesIn(each, views, leaf), 0)
      const left = parts.reduce((rest, part) => rest - part, all)
      const loss = lossOf(totalEpsilons.saves, left, peopleIn(known, 'saves', leaf))
      ;(present === 1 ? scores.present : scores.absent)[at] = loss
    }
  }
  return {
    attack: 'A4',
    tries: 'all videos of a creator less all others',
    advantage: advantageAtZero(scores),
    bound: bestAdvantage([totalEpsilons.saves]),
    error: samplingError(pairs),
    controls: [exactNumbers(), freshNoise(totalEpsilons.saves, seed)],
  }
}

/** Every offset from UTC that is in use lies among these, by the quarter of an hour. */
const offsetsS = Array.from({ length: 26 * 4 + 1 }, (_, index) => (index - 12 * 4) * 900)

/** The day of an act as its week less the other six days, in 105 time zones: a hundred cuts of the same leaves. */
export function attackZones({ worlds, seed }: Sizes): Finding {
  const pairs = Math.ceil(worlds / 4)
  const randoms = createRandoms('zones', seed)
  const release = createRelease('zones', seed)
  const scores = openScores(pairs)
  for (let at = 0; at < pairs; at++) {
    const { others, target } = drawWorlds(randoms(at), 20)
    const known = firstActs(others)
    for (const present of [1, 0]) {
      const acts = present === 1 ? firstActs([...others, target]) : known
      const leaves = release.leavesOf({ id: BigInt(2 * at + present), steps, acts }, THROUGH_S)
      // Cut alike, the numbers that there would be of the others without noise.
      const expected = leaves.map((leaf) => ({ ...leaf, saves: peopleIn(known, 'saves', leaf) }))
      const score = offsetsS.reduce(
        (sum, offsetS) => sum + dayOf(leaves, target, offsetS) - dayOf(expected, target, offsetS),
        0,
      )
      ;(present === 1 ? scores.present : scores.absent)[at] = score
    }
  }
  return {
    attack: 'A4',
    tries: 'a week less six of its days, in 105 time zones',
    advantage: advantageOfThreshold(scores),
    bound: bestAdvantage([totalEpsilons.saves]),
    error: samplingError(pairs / 2),
    controls: [
      { mistake: 'exact numbers of any range', advantage: exactRanges(seed) },
      freshNoise(totalEpsilons.saves, seed),
    ],
  }
}

function dayOf(leaves: readonly LeafSample[], { atS }: Act, offsetS: number): number {
  const fromS = Math.floor((atS + offsetS) / DAY_S) * DAY_S - offsetS
  const answerOf = (range: Range): number => savesIn(leaves, views, range)
  const days = [-2, -1, 1, 2, 3, 4].map((day) => fromS + day * DAY_S)
  return days.reduce(
    (rest, dayS) => rest - answerOf({ fromS: dayS, toS: dayS + DAY_S }),
    answerOf({ fromS: fromS - 2 * DAY_S, toS: fromS + 5 * DAY_S }),
  )
}

/** Five minutes less the others in them, as two ranges that end before and after. */
function exactRanges(seed: number): number {
  const randoms = createRandoms('exact ranges', seed)
  const scores = openScores(CONTROL_WORLDS)
  for (let at = 0; at < CONTROL_WORLDS; at++) {
    const { others, target } = drawWorlds(randoms(at), 20)
    const countTo = (acts: readonly Act[], toS: number): number =>
      acts.filter(({ atS }) => atS < toS).length
    const between = (acts: readonly Act[]): number =>
      countTo(acts, target.atS + 300) - countTo(acts, target.atS)
    scores.present[at] = between([...others, target]) - between(others) - 0.5
    scores.absent[at] = between(others) - between(others) - 0.5
  }
  return advantageAtZero(scores)
}

const ROWS = 8
const HIDDEN_BELOW = 10

/** A row that is not shown, as the total less the rows that are, and by itself. */
export function attackHiddenRow({ worlds, seed }: Sizes): Finding {
  const randoms = createRandoms('hidden row', seed)
  const release = createRelease('hidden row', seed)
  const [losses, differences] = [openScores(worlds), openScores(worlds)]
  for (let at = 0; at < worlds; at++) {
    const random = randoms(at)
    const counts = [random.below(HIDDEN_BELOW - 1), ...rowsOf(random)]
    const others = counts.reduce((sum, count) => sum + count, 0)
    for (const present of [1, 0]) {
      const id = BigInt(2 * at + present)
      const counted = Int32Array.from(counts, (count, row) => (row === 0 ? count + present : count))
      const [hidden = 0, ...shown] = release.cellsOf(id, counted)
      const acts = [START_S + 3600, others + present, 0, 0]
      const { saves: total } = leafAt(release.leavesOf({ id, steps: [], acts }, THROUGH_S), START_S)
      const place = present === 1 ? 'present' : 'absent'
      losses[place][at] =
        lossOf(totalEpsilons.saves, total, others) + lossOf(cellEpsilon, hidden, counts[0] ?? 0)
      differences[place][at] = shown.reduce((rest, cell) => rest - cell, total) - (counts[0] ?? 0)
    }
  }
  return {
    attack: 'A4',
    tries: 'a row that is not shown: the total less the others',
    advantage: Math.max(advantageAtZero(losses), advantageOfThreshold(differences)),
    bound: bestAdvantage([totalEpsilons.saves, cellEpsilon]),
    error: samplingError(worlds / 2),
    controls: [{ mistake: 'small rows hidden, others exact', advantage: hiddenExactly(seed) }],
  }
}

function rowsOf(random: Random): readonly number[] {
  return Array.from({ length: ROWS - 1 }, () => HIDDEN_BELOW + random.below(60))
}

function hiddenExactly(seed: number): number {
  const randoms = createRandoms('hidden exactly', seed)
  const scores = openScores(CONTROL_WORLDS)
  for (let at = 0; at < CONTROL_WORLDS; at++) {
    const random = randoms(at)
    const few = random.below(HIDDEN_BELOW - 1)
    const others = rowsOf(random)
    const hiddenOf = (count: number): number => {
      const { total, rows } = hideSmallRows([count, ...others], HIDDEN_BELOW)
      return rows.reduce<number>((rest, row) => rest - (row ?? 0), total)
    }
    scores.present[at] = hiddenOf(few + 1) - few - 0.5
    scores.absent[at] = hiddenOf(few) - few - 0.5
  }
  return advantageAtZero(scores)
}
