// The published curve: parts of leaves add up to them, whatever the cut, and no number is said to be exact.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { halfWidth, shareLeaf, shareVariance } from '#queries/reports/guarded-curve.ts'
import { policiesOf } from '#queries/reports/noise-policies.ts'
import { noiseVariance } from '#schemas/policy.ts'

const people = fc.integer({ min: -40, max: 5000 })
const weights = fc
  .array(fc.nat(1_000_000), { minLength: 1, maxLength: 40 })
  .filter((some) => some.some((weight) => weight > 0))
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

describe('the people of a leaf', () => {
  test('go to its parts by weight, and less than none can be shared out as well', () => {
    expect(shareLeaf(10, [30, 10])).toEqual([8, 2])
    expect(shareLeaf(-4, [1, 1])).toEqual([-2, -2])
    expect(shareLeaf(7, [0, 5, 0])).toEqual([0, 7, 0])
  })

  test('add up, and parts agree with larger ones at every edge that they share', () => {
    fc.assert(
      fc.property(people, weights, fc.nat(), (all, fine, at) => {
        const shares = shareLeaf(all, fine)
        expect(sum(shares)).toBe(all)
        const cut = at % (fine.length + 1)
        const coarse = [sum(fine.slice(0, cut)), sum(fine.slice(cut))]
        const [before] = shareLeaf(all, coarse)
        expect(before === 0 ? 0 : before).toBe(sum(shares.slice(0, cut)))
      }),
    )
  })
})

describe('how far off a number may be', () => {
  test('of a whole leaf is its noise alone', () => {
    expect(noiseVariance(0.5) ** 0.5).toBeCloseTo(2.8, 1)
    expect(noiseVariance(0.25) ** 0.5).toBeCloseTo(5.6, 1)
    expect(shareVariance(1, 900, 7.8)).toBe(7.8)
  })

  test('of a part is its share of the noise, chance, and views as a poor guide', () => {
    expect(shareVariance(0.5, 100, 8)).toBe(2 + 25 + 25)
    // Below zero there is nothing that chance could share out.
    expect(shareVariance(0.5, -4, 8)).toBe(2 + 0.04)
  })

  test('is never nothing, and a whole number of people', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (variance) => {
        const margin = halfWidth(variance)
        expect(margin).toBeGreaterThanOrEqual(1)
        expect(Number.isInteger(margin)).toBe(true)
        expect(margin).toBeGreaterThanOrEqual(1.96 * Math.sqrt(variance))
      }),
    )
  })

  test('follows the preset of the policy, the one with more noise where there were two', () => {
    const totals = (epsilon: number) => ({
      breakdowns: { epsilon: epsilon / 2 },
      totals: { saves: epsilon, unsaves: epsilon / 2, shares: epsilon },
    })
    const text = JSON.stringify({ presets: { standard: totals(0.5), strict: totals(0.25) } })
    const row = (preset: string, sinceMs: number) => ({
      version: 'a',
      preset,
      text,
      since_ms: sinceMs,
    })
    const standard = policiesOf([row('standard', 1)]).get('a')
    expect(standard?.variance.saves).toBe(noiseVariance(0.5))
    const both = policiesOf([row('standard', 1), row('strict', 2)]).get('a')
    expect(both?.variance.unsaves).toBe(noiseVariance(0.125))
    expect(both?.cellVariance).toBe(noiseVariance(0.125))
    expect(both?.sinceMs).toBe(2)
    expect(() => policiesOf([row('loose', 1)])).toThrow('no preset loose')
  })
})
