// Buckets end by published people and by age alone, at any pace of looking: what is walked in one go ends as if it was looked at every day.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstBucket, isPoolFull, walkBuckets } from '#consumers/sealer/breakdowns/bucket-walk.ts'
import type {
  EndedBucket,
  OpenBucket,
  PublishedStretch,
} from '#consumers/sealer/breakdowns/bucket-walk.ts'
import { defaultPolicyFile } from '#infra/runtime/config.ts'
import { readPolicy } from '#infra/runtime/policy.ts'

const DAY_S = 86_400
const rules = readPolicy(defaultPolicyFile).buckets
const rulesAt = () => rules

/** Days with so many people each, from a start that is no midnight. */
const startS = 20_000 * DAY_S + 7 * 3600
const stretchesOf = (people: readonly number[]): readonly PublishedStretch[] =>
  people.map((each, day) => ({
    fromS: (20_000 + day) * DAY_S,
    toS: (20_001 + day) * DAY_S,
    people: each,
  }))

const walk = (people: readonly number[], isExact = true): readonly EndedBucket[] =>
  walkBuckets({ rulesAt, open: firstBucket(startS), stretches: stretchesOf(people), isExact }).ended

/** Ordinal, first and last day, and what became of it. */
const said = ({ ordinal, fromS, toS, people, outcome }: EndedBucket) => [
  ordinal,
  Math.floor(fromS / DAY_S) - 20_000,
  toS / DAY_S - 20_001,
  people,
  outcome,
]

const nobody = (days: number): readonly number[] => Array.from({ length: days }, () => 0)

describe('a bucket ends', () => {
  test('the first with a hundred people, later ones with a thousand, or with a hundred a week later', () => {
    expect(walk([60, 50, 900, 120, 100, ...nobody(6)]).map(said)).toEqual([
      [1, 0, 1, 110, 'buckets'],
      [2, 2, 3, 1020, 'buckets'],
      [3, 4, 10, 100, 'buckets'],
    ])
  })

  test('in the pool with fewer, four weeks after its first people', () => {
    expect(walk([...nobody(40), 3, ...nobody(27)]).map(said)).toEqual([[1, 0, 67, 3, 'pooled']])
  })

  test('never where there is nobody', () => {
    expect(walk(nobody(400))).toEqual([])
  })

  test('in the pool though noise says that there is nobody, since there may be somebody', () => {
    expect(walk([-4, ...nobody(27), 0], false).map(said)).toEqual([[1, 0, 28, -4, 'pooled']])
  })
})

test('looked at every day or at once, the same buckets end', () => {
  const days = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: -5, max: 400 })), {
    maxLength: 120,
  })
  fc.assert(
    fc.property(days, fc.boolean(), (people, isExact) => {
      const counts = isExact ? people.map((each) => Math.max(0, each)) : people
      const live: EndedBucket[] = []
      let open: OpenBucket = firstBucket(startS)
      for (const stretch of stretchesOf(counts)) {
        const end = walkBuckets({ rulesAt, open, stretches: [stretch], isExact })
        live.push(...end.ended)
        open = end.open
      }
      expect(live).toEqual(walk(counts, isExact))
      for (const [index, { fromS }] of live.entries()) {
        expect(fromS).toBe(live[index - 1]?.toS ?? startS)
      }
    }),
  )
})

test('a pool is full with a thousand people, or with two hundred four weeks after the first', () => {
  const full = (people: number, days: number): boolean =>
    isPoolFull(rules, { people, sinceS: startS }, startS + days * DAY_S)
  expect([full(1000, 0), full(999, 27), full(200, 28), full(199, 400)]).toEqual([
    true,
    false,
    true,
    false,
  ])
})
