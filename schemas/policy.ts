// The privacy policy: which numbers are guarded, how long their leaves are, how much noise they bear, and the sums that this comes to.
import { z } from 'zod'
import { breakdownDimensions } from './breakdowns.ts'
import type { GuardedMeasure } from './guarded.ts'

/** Sums are taken in whole millionths, so that 0.1 + 0.2 is 0.3. */
const MILLION = 1_000_000

const epsilon = z
  .number()
  .min(0.001)
  .max(10)
  .refine((value) => epsilonMillionths(value) / MILLION === value, 'at most six decimal places')

/** As many as are published: the sums below are taken over all of them. */
const dimensionCount = z.literal(breakdownDimensions.length, {
  error: `must be ${breakdownDimensions.length}: people are broken down by ${breakdownDimensions.join(', ')}`,
})

const presetSchema = z
  .strictObject({
    /** What is promised, as the largest epsilon: over the life of an act, all tables together. */
    promise: z.strictObject({
      /** Whether a person saved a video (un-save included), or shared it. */
      presence: epsilon,
      /** One attribute of a person who is known to have acted. */
      attribute: epsilon,
      all_attributes: epsilon,
    }),
    /** Noise of a leaf, by measure. */
    totals: z.strictObject({ saves: epsilon, unsaves: epsilon, shares: epsilon }),
    /** Noise of a cell of one breakdown. */
    breakdowns: z.strictObject({ dimensions: dimensionCount, epsilon }),
  })
  .superRefine((preset, context) => {
    for (const { promised, what, made_of: madeOf, epsilon: sum } of privacyLosses(preset)) {
      const bound = preset.promise[promised]
      if (epsilonMillionths(sum) <= epsilonMillionths(bound)) continue
      const message = `${what} costs ${sum} (${madeOf}), above the promised ${bound}`
      context.addIssue({ code: 'custom', path: ['promise', promised], message })
    }
  })

const presetsSchema = z
  .strictObject({ standard: presetSchema, strict: presetSchema })
  .superRefine(({ standard, strict }, context) => {
    for (const part of ['promise', 'totals'] as const) {
      const halves: Readonly<Record<string, number>> = strict[part]
      for (const [name, whole] of Object.entries(standard[part])) {
        requireHalf(whole, halves[name], ['strict', part, name], context)
      }
    }
    const [whole, half] = [standard.breakdowns.epsilon, strict.breakdowns.epsilon]
    requireHalf(whole, half, ['strict', 'breakdowns', 'epsilon'], context)
  })

/** Lengths that a leaf can have, ascending. */
const ladderSteps = ['5m', '1h', '6h', '1d', '7d', '28d'] as const
const step = z.enum(ladderSteps)

const ladderSchema = z
  .strictObject({
    /** Lengths of leaves, ascending. */
    steps: z.array(step).min(2),
    /** The longest step by the age of the video, the last for all that are older. */
    longest: z
      .array(z.strictObject({ younger_than_days: z.int().positive().nullable(), step }))
      .min(1),
    /** A leaf ends early once so many people are to be expected in it. */
    expected_people: z.number().positive(),
    /** A leaf seals when the watermark is past its end by so much. */
    grace_s: z.int().min(0).max(3600),
  })
  .superRefine(({ steps, longest }, context) => {
    const add = (path: readonly (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message })
    if (!ascends(steps.map(rankOf), 1)) {
      add(['steps'], `${steps.join(', ')}: each must be longer than the one before`)
    }
    const strange = longest.findIndex((each) => !steps.includes(each.step))
    if (strange >= 0) {
      add(['longest', strange, 'step'], `${longest[strange]?.step} is none of ladder.steps`)
    }
    const ages = longest.map((each) => each.younger_than_days ?? Infinity)
    if (!ascends(ages, 1) || ages.at(-1) !== Infinity) {
      const found = longest.map((each) => each.younger_than_days ?? 'null').join(', ')
      add(['longest'], `younger_than_days ${found}: must ascend, and end in null for all others`)
    }
    if (
      !ascends(
        longest.map((each) => rankOf(each.step)),
        0,
      )
    ) {
      add(['longest'], 'an older video must not have a shorter longest step')
    }
    if (steps.at(-1) !== longest.at(-1)?.step) {
      const [last, most] = [steps.at(-1), longest.at(-1)?.step]
      add(['steps'], `end in ${last}, but the longest of all is ${most}: they must be the same`)
    }
  })

/** How many people, and after which time, make a bucket of a breakdown. */
const bucketsSchema = z
  .strictObject({
    /** The first bucket of a video seals with so many. */
    first_people: z.int().positive(),
    /** Later ones with so many, */
    people: z.int().positive(),
    /** or once they are so old, with fewer. */
    aged_days: z.int().positive(),
    aged_people: z.int().positive(),
    /** So old and with fewer than `aged_people`, a bucket passes into the pool of the creator. */
    pooled_days: z.int().positive(),
    /** A bucket of a pool seals with so many, */
    pool_people: z.int().positive(),
    /** or once it is so old, with fewer. */
    pool_aged_days: z.int().positive(),
    pool_aged_people: z.int().positive(),
  })
  .superRefine((buckets, context) => {
    for (const [few, many] of [
      ['aged_people', 'people'],
      ['first_people', 'people'],
      ['pool_aged_people', 'pool_people'],
      ['aged_days', 'pooled_days'],
    ] as const) {
      if (buckets[few] <= buckets[many]) continue
      const message = `${buckets[few]} is above ${many}, which is ${buckets[many]}`
      context.addIssue({ code: 'custom', path: [few], message })
    }
  })

const guarded = z.literal('guarded', { error: 'must be guarded: a private act has no open total' })

/** Said to readers; no policy can open what a person was promised when they acted. */
const exposureSchema = z.strictObject({
  saves: guarded,
  unsaves: guarded,
  shares: guarded,
} satisfies Readonly<Record<GuardedMeasure, typeof guarded>>)

/** A policy whose sums keep what it promises; faults name what is above what. */
export const policySchema = z.strictObject({
  /** Named by everything that is published under it. */
  version: z.string().min(1).max(40),
  exposure: exposureSchema,
  preset: z.enum(['standard', 'strict']),
  presets: presetsSchema,
  ladder: ladderSchema,
  buckets: bucketsSchema,
})

export type Policy = z.infer<typeof policySchema>
export type BucketRules = Policy['buckets']
export type PolicyPreset = z.infer<typeof presetSchema>
export type LadderStep = z.infer<typeof step>

/** What all tables together tell of one act, as an epsilon. */
export interface PrivacyLoss {
  /** The promise that it is held against. */
  readonly promised: keyof PolicyPreset['promise']
  readonly what: string
  /** The summands in words. */
  readonly made_of: string
  readonly epsilon: number
}

/** What the budget is recomputed from. */
export interface NoisedTables extends Pick<PolicyPreset, 'totals'> {
  readonly breakdowns: { readonly dimensions: number; readonly epsilon: number }
}

/**
 * The budget, recomputed. An act changes one cell of each table that it is counted in by one, and a
 * cell's noise hides that up to its epsilon; epsilons of independent noises add up. Another attribute
 * moves an act from one cell of a breakdown to another: two cells, each by one.
 */
export function privacyLosses(preset: NoisedTables): readonly PrivacyLoss[] {
  const { saves, unsaves, shares } = preset.totals
  const { dimensions, epsilon: cell } = preset.breakdowns
  const cells = Array.from({ length: dimensions }, () => cell)
  const inBreakdowns = `${dimensions} dimensions x ${cell}`
  return [
    {
      promised: 'presence',
      what: 'whether a person saved a video',
      made_of: `saves ${saves} + unsaves ${unsaves} + ${inBreakdowns}`,
      epsilon: sumOf([saves, unsaves, ...cells]),
    },
    {
      promised: 'presence',
      what: 'whether a person shared a video',
      made_of: `shares ${shares} + ${inBreakdowns}`,
      epsilon: sumOf([shares, ...cells]),
    },
    {
      promised: 'attribute',
      what: 'one attribute of a person who acted',
      made_of: `2 cells x ${cell}`,
      epsilon: sumOf([cell, cell]),
    },
    {
      promised: 'all_attributes',
      what: 'all attributes of a person who acted',
      made_of: `2 cells x ${inBreakdowns}`,
      epsilon: sumOf([...cells, ...cells]),
    },
  ]
}

/** Epsilons, promises and all, of the preset that is in force. */
export function presetInForce(policy: Policy): PolicyPreset {
  return policy.presets[policy.preset]
}

/** Epsilon of one leaf's total of a guarded measure. */
export function totalEpsilon(policy: Policy, measure: GuardedMeasure): number {
  return presetInForce(policy).totals[measure]
}

/**
 * Variance of the noise of a cell: 2a / (1-a)^2 of discrete Laplace with `a = e^-epsilon` (Inusah and
 * Kozubowski 2006).
 */
export function noiseVariance(cellEpsilon: number): number {
  const a = Math.exp(-cellEpsilon)
  return (2 * a) / (1 - a) ** 2
}

/** Standard deviation of the noise of a cell: 2.8 for 0.5, 5.6 for 0.25. */
export function noiseDeviation(cellEpsilon: number): number {
  return Math.sqrt(noiseVariance(cellEpsilon))
}

/** An epsilon as the whole number of millionths that it is. */
export function epsilonMillionths(value: number): number {
  return Math.round(value * MILLION)
}

function sumOf(epsilons: readonly number[]): number {
  return epsilons.reduce((sum, each) => sum + epsilonMillionths(each), 0) / MILLION
}

function rankOf(length: LadderStep): number {
  return ladderSteps.indexOf(length)
}

function ascends(numbers: readonly number[], least: 0 | 1): boolean {
  return numbers.slice(1).every((each, index) => {
    const before = numbers[index] ?? -Infinity
    return least === 1 ? each > before : each >= before
  })
}

function requireHalf(
  whole: number,
  half: number | undefined,
  path: readonly string[],
  context: z.RefinementCtx,
): void {
  if (half !== undefined && 2 * epsilonMillionths(half) === epsilonMillionths(whole)) return
  const message = `${half} is not half of standard's ${whole}`
  context.addIssue({ code: 'custom', path: [...path], message })
}
