// Buckets of breakdowns, simulated: people drawn by who they usually are, cells noised by the sealer's sampler, folded and fitted as reports do it.
import { createLaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import type { LaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import { createRandom } from '#producers/simulator/random.ts'
import type { Random } from '#producers/simulator/random.ts'
import { createWeights } from '#producers/simulator/weights.ts'
import { commonSources, peopleByAge } from '#producers/simulator/world.ts'
import { tellPeople } from '#queries/reports/breakdown-cells.ts'
import { breakdownDimensions, breakdownValues, placesOfCodes } from '#schemas/breakdowns.ts'
import type { BreakdownDimension } from '#schemas/breakdowns.ts'
import { ageBands, genders, regions, trafficSources } from '#schemas/dimensions.ts'
import { noiseVariance, presetInForce } from '#schemas/policy.ts'
import type { Policy } from '#schemas/policy.ts'
import { percentile } from './statistics.ts'

/** How many people a bucket has, of which the table tells. */
export const BUCKET_PEOPLE = [100, 300, 1000, 10_000] as const

/** What is shown of buckets with so many people. */
export interface BreakdownFigures {
  /** Share of people in rows of a value, over all buckets. */
  readonly shown: number
  /** How far off the share of such a row is, in points of 100: the median over all rows. */
  readonly medianPoints: number
  /** Part of rows, `rest` among them, whose truth lies within their margin. */
  readonly coverage: number
}

/** How many people have each value, as parts of 1, in the order of the domain. */
type Shares = readonly number[]

/** Sixty countries, of which the k-th has 1 / k^1.2 of the first: a third of people in the first one. */
const COUNTRIES = { count: 60, exponent: 1.2 } as const

const shares: Readonly<Record<BreakdownDimension, Shares>> = {
  region: regionShares(),
  age_band: sharesOf('age_band', (add) => {
    for (const { age, share } of peopleByAge) add(ageBands.indexOf(age), share)
  }),
  // As the simulator draws them.
  gender: sharesOf('gender', (add) => {
    const drawn = [
      ['female', 0.48],
      ['male', 0.46],
      ['other', 0.02],
      ['unknown', 0.04],
    ] as const
    for (const [gender, share] of drawn) add(genders.indexOf(gender), share)
  }),
  traffic_source: sharesOf('traffic_source', (add) => {
    for (const [source, share] of commonSources) add(trafficSources.indexOf(source), share)
  }),
  device: breakdownValues.device.map((device) =>
    peopleByAge.reduce((sum, { share, devices }) => {
      const held = new Map<string, number>(Object.entries(devices)).get(device) ?? 0
      return sum + share * held
    }, 0),
  ),
}

/** By the code of each value; those that are never told count as what they are told as. */
function sharesOf(
  dimension: BreakdownDimension,
  each: (add: (code: number, share: number) => void) => void,
): Shares {
  const found = breakdownValues[dimension].map(() => 0)
  each((code, share) => {
    const place = placesOfCodes[dimension][code] ?? 0
    found[place] = (found[place] ?? 0) + share
  })
  return found
}

function regionShares(): Shares {
  const { count, exponent } = COUNTRIES
  // Which country is which makes no difference; ZZ is none.
  return regions.map((_, place) => (place >= 1 && place <= count ? place ** -exponent : 0))
}

export interface BreakdownRuns {
  readonly policy: Policy
  readonly seed: number
  /** Buckets of each kind. */
  readonly runs: number
}

export function runBreakdown(
  { policy, seed, runs }: BreakdownRuns,
  dimension: BreakdownDimension,
  people: number,
): BreakdownFigures {
  const { epsilon } = presetInForce(policy).breakdowns
  const sampler = createLaplaceSampler(epsilon)
  const weights = createWeights(shares[dimension])
  let [shown, rows, within] = [0, 0, 0]
  const errors: number[] = []
  for (let run = 0; run < runs; run++) {
    const random = createRandom('breakdown', seed, dimension, people, run)
    const truth = shares[dimension].map(() => 0)
    for (let person = 0; person < people; person++) {
      const place = weights.draw(random.next())
      truth[place] = (truth[place] ?? 0) + 1
    }
    const cells = truth.map((count) => count + drawNoise(sampler, random))
    const told = tellPeople({
      total: { value: people, state: 'value' },
      sums: {
        people,
        cells,
        noise: noiseVariance(epsilon),
        spreads: cells.map(() => 0),
        isCut: false,
      },
      hasGap: false,
    })
    const folded = (told.folded ?? []).reduce((sum, place) => sum + (truth[place] ?? 0), 0)
    for (const [label, { value, margin = 0 }] of told.cells) {
      const count = typeof label === 'number' ? (truth[label] ?? 0) : folded
      rows++
      if (Math.abs((value ?? 0) - count) <= margin) within++
      if (typeof label !== 'number') continue
      shown += count
      errors.push((100 * Math.abs((value ?? 0) - count)) / people)
    }
  }
  return {
    shown: shown / (people * runs),
    medianPoints: percentile(errors, 0.5),
    coverage: within / rows,
  }
}

function drawNoise(sampler: LaplaceSampler, random: Random): number {
  return sampler.noiseOf(BigInt(`0x${Buffer.from(random.bytes(16)).toString('hex')}`))
}

export interface BreakdownRow {
  readonly dimension: BreakdownDimension
  /** In the order of `BUCKET_PEOPLE`. */
  readonly figures: readonly BreakdownFigures[]
}

export function runBreakdowns(runs: BreakdownRuns): readonly BreakdownRow[] {
  return breakdownDimensions.map((dimension) => ({
    dimension,
    figures: BUCKET_PEOPLE.map((people) => runBreakdown(runs, dimension, people)),
  }))
}
