// A12: who of forty known candidates saved? All published numbers at once, as equations, solved by least squares.
import { createRandoms } from '#producers/simulator/random.ts'
import type { Random } from '#producers/simulator/random.ts'
import { noiseVariance } from '#schemas/policy.ts'
import type { Finding, Sizes } from './attack.ts'
import { guessBits } from './least-squares.ts'
import type { Equation } from './least-squares.ts'
import { createFreshNoise, exactly } from './naive.ts'
import type { Reading } from './naive.ts'
import {
  bestAdvantage,
  CELLS,
  cellEpsilon,
  createRelease,
  DAY_S,
  firstActs,
  START_S,
  totalEpsilons,
} from './release.ts'
import type { Release } from './release.ts'

const CANDIDATES = 40
/** Values of each of five dimensions that candidates have; the attacker knows everybody's. */
const values = [8, 6, 3, 7, 4] as const
const DAYS = 28
const THROUGH_S = START_S + DAYS * DAY_S
/** Enough exact equations have no noise; something has to stand below the fraction. */
const EXACT_VARIANCE = 1e-6
const READINGS = 400
const CONTROL_AUDIENCES = 20

interface Candidate {
  readonly saved: 0 | 1
  /** When they saved, if they did: that, too, is known. */
  readonly atS: number
  /** By dimension. */
  readonly values: readonly number[]
}

export function attackByReconstruction({ worlds, seed }: Sizes): Finding {
  const audiences = Math.ceil(worlds / 50)
  const randoms = createRandoms('reconstruction', seed)
  const release = createRelease('reconstruction', seed)
  const rates = Array.from({ length: audiences }, (_, at) => {
    const candidates = drawCandidates(randoms(at))
    return rightOf(candidates, publishedOf(release, candidates, BigInt(at)))
  })
  const fresh = createFreshNoise(cellEpsilon, seed)
  const mean = (count: number): number => {
    let sum = 0
    for (let reading = 0; reading < READINGS; reading++) sum += fresh(count)
    return sum / READINGS
  }
  const { advantage, error } = overAll(rates)
  return {
    attack: 'A12',
    tries: `who of ${CANDIDATES} saved, by least squares over every number`,
    advantage,
    bound: bestAdvantage([
      totalEpsilons.saves,
      ...Array.from({ length: CELLS }, () => cellEpsilon),
    ]),
    error,
    controls: [
      {
        mistake: 'exact breakdowns by day',
        advantage: againstDays(seed, exactly, EXACT_VARIANCE),
      },
      {
        mistake: 'breakdowns by day, noise at every reading',
        advantage: againstDays(seed, mean, noiseVariance(cellEpsilon) / READINGS),
      },
    ],
  }
}

/** Guesses right beyond a coin, and four standard deviations of their mean: candidates of an audience hang together. */
function overAll(rates: readonly number[]): { readonly advantage: number; readonly error: number } {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const squares = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0)
  const deviation = Math.sqrt(squares / (rates.length - 1) / rates.length)
  return { advantage: 2 * mean - 1, error: 8 * deviation }
}

function drawCandidates(random: Random): readonly Candidate[] {
  return Array.from({ length: CANDIDATES }, () => ({
    saved: random.below(2) === 1 ? 1 : 0,
    atS: START_S + Math.floor(random.next() * (DAYS - 1) * DAY_S),
    values: values.map((most) => random.below(most)),
  }))
}

/** Which part of all bits is guessed right. */
function rightOf(candidates: readonly Candidate[], equations: readonly Equation[]): number {
  const guesses = guessBits(candidates.length, equations)
  const right = candidates.filter(({ saved }, at) => (guesses[at] ?? 0) > 0.5 === (saved === 1))
  return right.length / candidates.length
}

function placesWhere(
  candidates: readonly Candidate[],
  holds: (candidate: Candidate) => boolean,
): readonly number[] {
  return candidates.flatMap((candidate, at) => (holds(candidate) ? [at] : []))
}

/** Every leaf, and a bucket of all five breakdowns; ranges are sums of these. */
function publishedOf(
  release: Release,
  candidates: readonly Candidate[],
  id: bigint,
): readonly Equation[] {
  const acts = firstActs(
    candidates.flatMap(({ saved, atS }, person) =>
      saved === 1 ? [{ person, measure: 'saves', atS } as const] : [],
    ),
  )
  const leaves = release.leavesOf({ id, steps: [], acts }, THROUGH_S).map((leaf) => ({
    of: placesWhere(candidates, ({ atS }) => atS >= leaf.fromS && atS < leaf.toS),
    sum: leaf.saves,
    variance: noiseVariance(totalEpsilons.saves),
  }))
  const groups = values.flatMap((most, dimension) =>
    Array.from({ length: most }, (_, value) =>
      placesWhere(candidates, (each) => each.values[dimension] === value),
    ),
  )
  const countOf = (of: readonly number[]): number =>
    of.filter((at) => candidates[at]?.saved === 1).length
  const shown = release.cellsOf(id, Int32Array.from(groups, countOf))
  const variance = noiseVariance(cellEpsilon)
  const cells = groups.map((of, cell): Equation => ({ of, sum: shown[cell] ?? 0, variance }))
  return [...leaves, ...cells]
}

/** Mistake: every breakdown of every day can be asked for, without a budget that all of them share. */
function againstDays(seed: number, read: Reading, variance: number): number {
  const randoms = createRandoms('by day', seed)
  const rates = Array.from({ length: CONTROL_AUDIENCES }, (_, at) => {
    const candidates = drawCandidates(randoms(at))
    const equations = Array.from({ length: DAYS }, (_each, day) => {
      const isOfDay = ({ atS }: Candidate): boolean => Math.floor((atS - START_S) / DAY_S) === day
      return values.flatMap((most, dimension) =>
        Array.from({ length: most }, (_value, value): Equation => {
          const of = placesWhere(
            candidates,
            (each) => isOfDay(each) && each.values[dimension] === value,
          )
          const count = of.filter((place) => candidates[place]?.saved === 1).length
          return { of, sum: read(count), variance }
        }),
      )
    })
    return rightOf(candidates, equations.flat())
  })
  return overAll(rates).advantage
}
