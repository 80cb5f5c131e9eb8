// A5: helpers save, take off and save again, so that noise is drawn anew or the target's act shows between two readings.
import { createRandoms } from '#producers/simulator/random.ts'
import { advantageAtZero, openScores, samplingError } from './advantage.ts'
import type { Finding, Sizes } from './attack.ts'
import { CONTROL_WORLDS } from './controls.ts'
import { createNoiseFromData, createStickyNoise } from './naive.ts'
import {
  bestAdvantage,
  createRelease,
  DAY_S,
  firstActs,
  leafAt,
  lossOf,
  peopleIn,
  START_S,
  totalEpsilons,
} from './release.ts'
import type { Act } from './release.ts'

const HELPERS = 6
const ROUNDS = 10
/** Acts that count for nothing redraw noise as often as the attacker likes. */
const NAIVE_ROUNDS = 400
const THROUGH_S = START_S + 2 * DAY_S

/** All helpers save in the first hour; in each round one more of them takes it off and saves again. */
function toggles(rounds: number, random: () => number): readonly Act[] {
  const saves = Array.from({ length: HELPERS }, (_, helper): Act => ({
    person: helper + 1,
    measure: 'saves',
    atS: START_S + helper,
  }))
  const again = Array.from({ length: rounds }, (_, round): readonly Act[] => {
    const person = 1 + Math.floor(random() * HELPERS)
    const atS = START_S + 7200 + round * 600
    return [
      { person, measure: 'unsaves', atS },
      { person, measure: 'saves', atS: atS + 60 },
    ]
  })
  return [...saves, ...again.flat()]
}

export function attackToggling({ worlds, seed }: Sizes): Finding {
  const pairs = Math.ceil(worlds / 10)
  const randoms = createRandoms('toggling', seed)
  const release = createRelease('toggling', seed)
  const scores = openScores(pairs)
  for (let at = 0; at < pairs; at++) {
    const random = randoms(at)
    const target: Act = { person: 0, measure: 'saves', atS: START_S + 3600 }
    const helpers = toggles(ROUNDS, () => random.next())
    for (const present of [1, 0]) {
      const id = BigInt(2 * at + present)
      let sum = 0
      for (let round = 1; round <= ROUNDS; round++) {
        const others = helpers.slice(0, HELPERS + 2 * round)
        const acts = firstActs(present === 1 ? [...others, target] : others)
        const leaf = leafAt(release.leavesOf({ id, steps: [], acts }, THROUGH_S), target.atS)
        sum += lossOf(totalEpsilons.saves, leaf.saves, peopleIn(firstActs(others), 'saves', leaf))
      }
      ;(present === 1 ? scores.present : scores.absent)[at] = sum
    }
  }
  return {
    attack: 'A5',
    tries: 'helpers save, take off and save again between readings',
    advantage: advantageAtZero(scores),
    bound: bestAdvantage([totalEpsilons.saves]),
    error: samplingError(pairs),
    controls: [
      { mistake: 'noise that follows from the events', advantage: againstData(seed) },
      { mistake: 'one noise for a live count', advantage: againstSticky(seed) },
    ],
  }
}

/** Every toggle changes the events and not the count: the mean of the readings is the count. */
function againstData(seed: number): number {
  const read = createNoiseFromData(totalEpsilons.saves)
  const scores = openScores(CONTROL_WORLDS)
  for (let at = 0; at < CONTROL_WORLDS; at++) {
    for (const present of [1, 0]) {
      let sum = 0
      for (let round = 0; round < NAIVE_ROUNDS; round++) {
        const events = `${seed} ${at} target ${present} toggles ${round}`
        sum += read(events, HELPERS + present) - HELPERS
      }
      ;(present === 1 ? scores.present : scores.absent)[at] = sum / NAIVE_ROUNDS - 0.5
    }
  }
  return advantageAtZero(scores)
}

/** A reading before the target might act, and one after it. */
function againstSticky(seed: number): number {
  const noiseOf = createStickyNoise(totalEpsilons.saves, seed)
  const scores = openScores(CONTROL_WORLDS)
  for (let at = 0; at < CONTROL_WORLDS; at++) {
    const read = noiseOf(`video ${at}`)
    scores.present[at] = read(HELPERS + 1) - read(HELPERS) - 0.5
    scores.absent[at] = read(HELPERS) - read(HELPERS) - 0.5
  }
  return advantageAtZero(scores)
}
