// The privacy policy: which numbers are guarded, how long their leaves are, and how much noise they bear.
import { z } from 'zod'

const epsilon = z.number().positive().max(10)

const presetSchema = z.strictObject({
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
  breakdowns: z.strictObject({ dimensions: z.int().min(0).max(20), epsilon }),
})

const step = z.enum(['5m', '1h', '6h', '1d', '7d', '28d'])

export const policySchema = z.strictObject({
  /** Named by everything that is published under it. */
  version: z.string().min(1).max(40),
  preset: z.enum(['standard', 'strict']),
  presets: z.strictObject({ standard: presetSchema, strict: presetSchema }),
  ladder: z.strictObject({
    /** Lengths of leaves, ascending. */
    steps: z.array(step).min(2),
    /** The longest step by the age of the video, the last for all that are older. */
    longest: z.array(z.strictObject({ younger_than_days: z.int().positive().nullable(), step })),
    /** A leaf ends early once so many people are to be expected in it. */
    expected_people: z.number().positive(),
    /** A leaf seals when the watermark is past its end by so much. */
    grace_s: z.int().min(0).max(3600),
  }),
})

export type Policy = z.infer<typeof policySchema>
export type PolicyPreset = z.infer<typeof presetSchema>
export type LadderStep = z.infer<typeof step>
