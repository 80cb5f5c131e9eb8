// The people of a bucket by day: nobody is lost or made up where a stretch is cut at midnights.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addedUp, curveOf, publicPart } from '#consumers/sealer/breakdowns/people-curve.ts'

const DAY_S = 86_400
const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0)

describe('a curve', () => {
  test('shares a stretch out by what was seen on its days', () => {
    const seen = (fromS: number): number => (fromS < DAY_S ? 3 : 1)
    expect(curveOf([{ fromS: 43_200, toS: 2 * DAY_S, people: 8 }], seen)).toEqual({
      days: [0, 1],
      people: [6, 2],
    })
  })

  test('shares it out by length where nothing was seen', () => {
    const part = { fromS: DAY_S / 2, toS: 2 * DAY_S, people: 9 }
    expect(curveOf([part], () => 0)).toEqual({ days: [0, 1], people: [3, 6] })
  })

  test('adds up to what it is made of, noise below zero too', () => {
    const part = fc.record({
      fromS: fc.integer({ min: 0, max: 10 * DAY_S }),
      lengthS: fc.integer({ min: 300, max: 28 * DAY_S }),
      people: fc.integer({ min: -20, max: 5000 }),
    })
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat(9), { minLength: 40 }), (parts, weights) => {
        const curve = curveOf(
          parts.map(({ fromS, lengthS, people }) => ({ fromS, toS: fromS + lengthS, people })),
          (fromS) => weights[Math.floor(fromS / DAY_S)] ?? 0,
        )
        expect(sum(curve.people)).toBe(sum(parts.map(({ people }) => people)))
        expect(curve.days).toEqual(curve.days.toSorted((a, b) => a - b))
      }),
    )
  })
})

test('curves of several buckets add up by day', () => {
  const curves = [
    { days: [1, 3], people: [5, 7] },
    { days: [2, 3], people: [1, -7] },
  ]
  expect(addedUp(curves)).toEqual({ days: [1, 2], people: [5, 1] })
})

describe('of a video that was not public for a while', () => {
  const curve = { days: [1, 2, 3], people: [100, 60, 20] }

  test('days on which it never was are left out', () => {
    expect(publicPart(curve, (day) => day === 1, 500)).toEqual({ days: [2, 3], people: [60, 20] })
  })

  test('there are no more people than in the cells', () => {
    expect(publicPart(curve, (day) => day === 1, 40)).toEqual({ days: [2, 3], people: [30, 10] })
    expect(publicPart(curve, () => true, 40)).toEqual({ days: [], people: [] })
    expect(publicPart(curve, () => false, -3).people).toEqual([0, 0, 0])
  })
})
