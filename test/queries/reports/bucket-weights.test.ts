// Cells weigh as much as their bucket's people in the row, and are the same sums in whatever order buckets come.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createBucketTally,
  isCutBy,
  SQUARE_ONE,
  WEIGHT_ONE,
  weightOf,
} from '#queries/reports/bucket-weights.ts'
import type { Bucket } from '#queries/reports/bucket-weights.ts'

const DAY = 86_400

interface Curve {
  readonly fromS: number
  readonly toS: number
  readonly people: readonly number[]
}

/** Its people by day from the first that it touches. */
function bucket({ fromS, toS, people }: Curve, cells: readonly number[], policy = 'p-1'): Bucket {
  const first = Math.floor(fromS / DAY)
  return {
    metric: 'viewers',
    policy,
    fromS,
    toS,
    days: Uint16Array.from(people, (_, index) => first + index),
    people: Int32Array.from(people),
    cells: Int32Array.from(cells),
  }
}

const days = [0, 1, 2].map((day) => ({ fromS: day * DAY, toS: (day + 1) * DAY }))

describe('a bucket', () => {
  const twoDays = bucket({ fromS: DAY / 2, toS: 2 * DAY, people: [30, 70] }, [])

  test('weighs as much of its people as lie inside, spread over its part of the day', () => {
    const weight = (fromS: number, toS: number) => weightOf(twoDays, { fromS, toS }) / WEIGHT_ONE
    expect(weight(0, 2 * DAY)).toBe(1)
    expect(weight(0, DAY)).toBeCloseTo(0.3, 5)
    // Half of its half day, and a quarter of the other.
    expect(weight(0.75 * DAY, 1.25 * DAY)).toBeCloseTo(0.15 + 0.175, 5)
    expect(weight(2 * DAY, 3 * DAY)).toBe(0)
  })

  test('of nobody weighs nothing, and one with less than nobody in a day at most all', () => {
    const noisy = (people: readonly number[]) => bucket({ fromS: 0, toS: 2 * DAY, people }, [])
    const [first, second] = [days[0], days[1]].map((day) => day ?? { fromS: 0, toS: 0 })
    expect(weightOf(noisy([5, -5]), { fromS: 0, toS: 2 * DAY })).toBe(0)
    expect(first && weightOf(noisy([50, -5]), first)).toBe(WEIGHT_ONE)
    expect(second && weightOf(noisy([50, -5]), second)).toBe(0)
  })

  test('is cut where an edge of a row lies inside', () => {
    expect(isCutBy(days, { fromS: 0, toS: DAY })).toBe(false)
    expect(isCutBy(days, { fromS: 0, toS: DAY + 1 })).toBe(true)
    expect(isCutBy(days, { fromS: -1, toS: DAY })).toBe(true)
    expect(isCutBy(days, { fromS: 3 * DAY, toS: 4 * DAY })).toBe(false)
    expect(isCutBy(days, { fromS: -DAY, toS: 0 })).toBe(false)
  })
})

describe('sums of a row', () => {
  const curve = fc.record({
    fromS: fc.integer({ min: 0, max: 2 * DAY }),
    lengthS: fc.integer({ min: 1, max: 2 * DAY }),
    people: fc.array(fc.integer({ min: -20, max: 5000 }), { minLength: 1, maxLength: 3 }),
    // Twelve of these are within the bounds of what is exact.
    cells: fc.array(fc.integer({ min: -(2 ** 26), max: 2 ** 26 }), { minLength: 3, maxLength: 4 }),
    policy: fc.constantFrom('p-1', 'p-2'),
  })
  const told = fc.record({
    fromS: fc.integer({ min: 0, max: DAY }),
    toS: fc.integer({ min: DAY, max: 4 * DAY }),
  })

  test('are the same to the last digit, in whatever order buckets come', () => {
    fc.assert(
      fc.property(fc.array(curve, { maxLength: 12 }), told, fc.nat(), (curves, span, turn) => {
        const buckets = curves.map(({ fromS, lengthS, people, cells, policy }) =>
          bucket({ fromS, toS: fromS + lengthS, people }, cells, policy),
        )
        const sumsOf = (order: readonly Bucket[]) => {
          const tally = createBucketTally(days, 4)
          for (const each of order) {
            if (buckets.indexOf(each) % 2 === 0) tally.add(each)
            else tally.add(each, span)
          }
          return tally.rows()
        }
        const shift = buckets.length === 0 ? 0 : turn % buckets.length
        const turned = [...buckets.slice(shift), ...buckets.slice(0, shift)]
        expect(sumsOf(turned)).toEqual(sumsOf(buckets))
        expect(sumsOf(buckets.toReversed())).toEqual(sumsOf(buckets))
      }),
    )
  })

  test('are those of whole buckets that the server added up, and of cut ones by their weight', () => {
    const whole = bucket({ fromS: 0, toS: DAY, people: [100] }, [60, 40])
    const half = bucket({ fromS: 0.5 * DAY, toS: 1.5 * DAY, people: [50, 50] }, [80, -10, 30])
    const one = createBucketTally(days, 4)
    for (const each of [whole, whole, half]) one.add(each)
    const other = createBucketTally(days, 4)
    other.add(half)
    other.addWhole({
      metric: 'viewers',
      policy: 'p-1',
      startS: 0,
      buckets: 2,
      people: 200,
      cells: [120, 80],
    })
    expect(other.rows()).toEqual(one.rows())
    expect(one.rows()).toEqual([
      {
        metric: 'viewers',
        start_s: 0,
        policy: 'p-1',
        squares: 2.25 * WEIGHT_ONE ** 2,
        people_sum: 250 * WEIGHT_ONE,
        is_cut: true,
        cell_sums: [160, 75, 15].map((cell) => cell * WEIGHT_ONE),
        // w (1 - w) cell + (0.2 w (1 - w) cell)^2
        spread_sums: [36, 0.0025 * 100, 7.5 + 0.0025 * 900].map((each) =>
          Math.round(each * SQUARE_ONE),
        ),
      },
      expect.objectContaining({ start_s: DAY, squares: 0.25 * WEIGHT_ONE ** 2, is_cut: true }),
    ])
  })
})
