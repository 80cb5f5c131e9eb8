// One person more or less changes one cell of each breakdown by one, in one bucket; another attribute two cells of one: what the promise of PRIVACY.md stands on.
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultPolicyFile } from '#infra/runtime/config.ts'
import { readPolicy } from '#infra/runtime/policy.ts'
import { breakdownDimensions } from '#schemas/breakdowns.ts'
import { presetInForce } from '#schemas/policy.ts'
import { store } from '../../support/outside.ts'
import { createBucketWorlds, kinds, LOOKS, PEOPLE } from './bucket-worlds.ts'
import type { Published, Step, Trial } from './bucket-worlds.ts'

const { breakdowns, promise } = presetInForce(readPolicy(defaultPolicyFile))
/** Of one person, over all cells of all buckets. */
const presence = breakdowns.dimensions * breakdowns.epsilon

const vault = store('vault', 'admin')
const worlds = createBucketWorlds(vault)

const person = fc.integer({ min: 0, max: PEOPLE - 1 })
const kind = fc.constantFrom(...kinds)
const look = fc.integer({ min: 0, max: LOOKS - 1 })
const act = fc.record({
  is: fc.constant('act' as const),
  // The target more often than others.
  person: fc.oneof(person, fc.constant(0)),
  kind,
  // Late and early ones among them: before the bucket that is open, and after its end.
  minute: fc.integer({ min: -70, max: 70 }),
  look,
})
const seal = fc.record({
  is: fc.constant('seal' as const),
  ends: fc.integer({ min: 1, max: 2 }),
  pooled: fc.integer({ min: 0, max: 2 }).map((die) => die === 0),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: act },
  { weight: 4, arbitrary: seal },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('erase' as const), person }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('pool' as const) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('freeze' as const) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('turn' as const) }) },
)
/** The target acts at least once. */
const trial: fc.Arbitrary<Trial> = fc
  .record({
    first: fc.record({ minute: fc.integer({ min: 0, max: 70 }), look }),
    steps: fc.array(step, { minLength: 5, maxLength: 15 }),
    kind,
    changed: fc.constantFrom(...breakdownDimensions),
    lately: fc.integer({ min: 0, max: 2 }).map((die) => die === 0),
  })
  .map(({ first, steps, ...rest }) => ({
    ...rest,
    steps: [{ is: 'act', person: 0, kind: rest.kind, ...first }, ...steps],
  }))

/** By how much each dimension differs from the first world's, over everything that is published, weighed by its noise. */
function losses(published: readonly Published[], world: 1 | 2): readonly number[] {
  return breakdownDimensions.map((_, dimension) => {
    const changes = published.flatMap((counts) => {
      const others = counts[world]?.[dimension] ?? []
      return (counts[0]?.[dimension] ?? []).map((count, cell) =>
        Math.abs(count - (others[cell] ?? 0)),
      )
    })
    return breakdowns.epsilon * changes.reduce((sum, change) => sum + change, 0)
  })
}

const sum = (all: readonly number[]): number => all.reduce((one, other) => one + other, 0)

beforeAll(() => worlds.clear())
afterAll(async () => {
  await worlds.clear()
  await vault[Symbol.asyncDispose]()
})

test('a person more changes no more than the budget, another attribute no more than its own', async () => {
  const seen = { presence: 0, attribute: 0 }
  await fc.assert(
    fc.asyncProperty(trial, async (each) => {
      const published = await worlds.run(each, 'sealed')
      const ofPresence = losses(published, 1)
      for (const loss of ofPresence) expect(loss).toBeLessThanOrEqual(breakdowns.epsilon)
      const ofAttribute = losses(published, 2)
      for (const [place, dimension] of breakdownDimensions.entries()) {
        const bound = dimension === each.changed ? promise.attribute : 0
        expect(ofAttribute[place]).toBeLessThanOrEqual(bound)
      }
      if (sum(ofPresence) > 0) seen.presence += 1
      if (sum(ofAttribute) > 0) seen.attribute += 1
    }),
    // Small numbers are no likelier than others: person 0 would be erased in every other run.
    { numRuns: 6, unbiased: true },
  )
  // A run in which nobody is ever seen would prove nothing.
  expect(seen.presence).toBeGreaterThan(0)
  expect(seen.attribute).toBeGreaterThan(0)
}, 240_000)

test('a count of now less what was counted before tells more than the budget', async () => {
  const ends = { is: 'seal', ends: 1, pooled: false } as const
  const steps: readonly Step[] = [
    { is: 'act', person: 0, kind: 'save', minute: 5, look: 7 },
    ends,
    // Earlier than the first act that was counted, with other attributes.
    { is: 'act', person: 0, kind: 'save', minute: -29, look: 200 },
    ends,
    { is: 'erase', person: 0 },
    ends,
  ]
  const each: Trial = { steps, kind: 'save', changed: 'region', lately: false }
  const sealed = await worlds.run(each, 'sealed')
  expect(sum(losses(sealed, 1))).toBe(presence)
  expect(sum(losses(sealed, 2))).toBe(promise.attribute)
  const naive = await worlds.run(each, 'difference')
  expect(sum(losses(naive, 1))).toBeGreaterThan(presence)
  expect(sum(losses(naive, 2))).toBeGreaterThan(promise.attribute)
}, 60_000)
