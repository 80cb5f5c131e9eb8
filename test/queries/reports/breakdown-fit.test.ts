// Breakdowns of any cells: rows add up to the total, nobody is below zero, and what is small is never alone.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { breakdownValues } from '#schemas/breakdowns.ts'
import { tellPeople, tellRate, toldCell } from '#queries/reports/breakdown-cells.ts'
import type { Label, Told } from '#queries/reports/breakdown-cells.ts'
import { fitCells, foldedOf, projected, roundTo } from '#queries/reports/breakdown-fit.ts'
import { WEIGHT_ONE } from '#queries/reports/bucket-weights.ts'
import type { SumsRow } from '#queries/reports/bucket-weights.ts'
import { layOutBuckets } from '#queries/reports/buckets.ts'
import type { CellSums } from '#queries/reports/buckets.ts'
import type { Cell, State } from '#queries/reports/cell-state.ts'
import { noiseVariance } from '#schemas/policy.ts'
import { at, standard } from './report-samples.ts'

const noise = noiseVariance(0.25)

const cells = fc.array(
  fc.oneof(fc.integer({ min: -40, max: 60 }), fc.integer({ min: 0, max: 9000 })),
  {
    minLength: 4,
    maxLength: 40,
  },
)
const sums: fc.Arbitrary<CellSums> = fc
  .record({
    cells,
    noise: fc.double({ min: 0.01, max: 50, noNaN: true }).map((part) => part * noise),
    people: fc.integer({ min: 0, max: 20_000 }),
    isCut: fc.boolean(),
  })
  .map((each) => ({
    ...each,
    spreads: each.cells.map((cell) => (each.isCut ? Math.abs(cell) : 0)),
  }))
const states: readonly State[] = ['value', 'estimated', 'partial', 'coarser', 'small']
const total: fc.Arbitrary<Cell> = fc.oneof(
  fc.record({
    value: fc.integer({ min: -30, max: 30_000 }),
    state: fc.constantFrom(...states),
    margin: fc.integer({ min: 0, max: 90 }),
  }),
  fc.constantFrom<Cell>(
    { value: 0, state: 'zero' },
    { value: null, state: 'not_yet' },
    { value: null, state: 'not_applicable' },
  ),
)

function peopleOf(told: Told): number {
  return [...told.cells.values()].reduce((sum, { value }) => sum + (value ?? 0), 0)
}

describe('a row in time', () => {
  test('adds up to its total, whatever the cells, and has nobody below zero', () => {
    fc.assert(
      fc.property(total, fc.option(sums), fc.boolean(), (whole, read, hasGap) => {
        const told = tellPeople({ total: whole, sums: read, hasGap })
        expect(peopleOf(told)).toBe(whole.value ?? 0)
        for (const [label, { value, margin }] of told.cells) {
          expect(Number.isInteger(value)).toBe(true)
          expect(margin).toBeGreaterThanOrEqual(0)
          // What has noise may be below zero as a total, and then it is a single row.
          if (label !== 'not_yet') expect(value).toBeGreaterThanOrEqual(0)
        }
        const { folded } = told
        if (told.cells.has('rest')) expect(folded?.length).toBeGreaterThanOrEqual(2)
        else expect(folded ?? []).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('is all of it not told yet, where buckets cover less than half', () => {
    const read = {
      cells: [900, 500, 0, 0],
      noise,
      spreads: [0, 0, 0, 0],
      people: 490,
      isCut: false,
    }
    const whole: Cell = { value: 1000, state: 'partial' }
    const told = tellPeople({ total: whole, sums: read, hasGap: true })
    expect([...told.cells]).toEqual([['not_yet', whole]])
    expect(toldCell(told, 0)).toEqual({ value: null, state: 'not_yet' })
    const more = tellPeople({ total: whole, sums: { ...read, people: 500 }, hasGap: true })
    expect(more.cells.get('not_yet')).toEqual({ value: 500, state: 'estimated', margin: 0 })
    // What changed since it was frozen is no reason, where nobody is missing.
    const whole1000 = tellPeople({ total: whole, sums: read, hasGap: false })
    expect(whole1000.cells.has('not_yet')).toBe(false)
    expect(peopleOf(whole1000)).toBe(1000)
  })

  test('where all are small is one row, and values are suppressed', () => {
    const read = { cells: [9, -4, 12, 3], noise, spreads: [0, 0, 0, 0], people: 30, isCut: false }
    const told = tellPeople({ total: { value: 30, state: 'value' }, sums: read, hasGap: false })
    expect([...told.cells]).toEqual([['rest', { value: 30, state: 'value', margin: 0 }]])
    expect(toldCell(told, 2)).toEqual({ value: null, state: 'suppressed' })
  })

  test('of nobody at all has nobody of any value', () => {
    const told = tellPeople({ total: { value: 0, state: 'zero' }, sums: null, hasGap: false })
    expect(toldCell(told, 3)).toEqual({ value: 0, state: 'zero' })
    expect(toldCell(told, 'rest')).toEqual({ value: null, state: 'not_applicable' })
  })

  test('is estimated where a bucket is cut, or the total is more than a sum', () => {
    const read = {
      cells: [500, 300, 90, 80],
      noise,
      spreads: [9, 9, 9, 9],
      people: 970,
      isCut: false,
    }
    const stateOf = (state: State, isCut: boolean) =>
      tellPeople({
        total: { value: 970, state },
        sums: { ...read, isCut },
        hasGap: false,
      }).cells.get(0)?.state
    expect(stateOf('value', false)).toBe('value')
    expect(stateOf('value', true)).toBe('estimated')
    expect(stateOf('partial', false)).toBe('estimated')
  })
})

describe('a value', () => {
  test('is small below 3.5 deviations, and the next smallest joins one that would be alone', () => {
    const bound = 3.5 * Math.sqrt(noise)
    expect(foldedOf([900, bound + 0.01, bound + 5, bound + 1], noise)).toEqual([])
    expect(foldedOf([900, bound - 0.01, 400, 300], noise)).toEqual([1, 3])
    expect(foldedOf([5, 900, -7, 300], noise)).toEqual([0, 2])
    expect(foldedOf([5, 5, 5, 5], noise)).toEqual([0, 1, 2, 3])
  })

  test('gets the same, in whatever order values come', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -40, max: 9000 }), { minLength: 4, maxLength: 40 }),
        fc.nat({ max: 30_000 }),
        fc.nat(),
        (values, people, turn) => {
          const shift = turn % values.length
          const turned = [...values.slice(shift), ...values.slice(0, shift)]
          const fit = (of: readonly number[]) => fitCells(of, foldedOf(of, noise), people)
          const [one, other] = [fit(values), fit(turned)]
          expect(Math.abs((one.rest ?? 0) - (other.rest ?? 0))).toBeLessThanOrEqual(1)
          for (const [place, shown] of one.shown) {
            const same = other.shown.get((place - shift + values.length) % values.length)
            // Ties of remainders go to the first.
            expect(Math.abs(shown - (same ?? Number.NaN))).toBeLessThanOrEqual(1)
          }
        },
      ),
    )
  })
})

describe('the fit', () => {
  test('moves numbers as little as it can', () => {
    expect(projected([6, 3, 1], [1, 1, 1], 13)).toEqual([7, 4, 2])
    expect(projected([6, 3, -4], [1, 1, 1], 8)).toEqual([5.5, 2.5, 0])
    expect(projected([5, 5], [1, 1], 0)).toEqual([0, 0])
    // A row of eight cells takes eight shares.
    expect(projected([60, 30], [1, 8], 81)).toEqual([59, 22])
    fc.assert(
      fc.property(cells, fc.nat({ max: 20_000 }), fc.nat(), fc.nat(), (numbers, sum, a, b) => {
        const weights = numbers.map((_, index) => 1 + (index % 3))
        const found = projected(numbers, weights, sum)
        const far = (of: readonly number[]): number =>
          of.reduce(
            (all, each, index) => all + (each - (numbers[index] ?? 0)) ** 2 / (weights[index] ?? 1),
            0,
          )
        expect(found.reduce((all, each) => all + each, 0)).toBeCloseTo(sum, 5)
        // Any one given to another is no nearer.
        const moved = [...found]
        const [from, to] = [a % numbers.length, b % numbers.length]
        const step = Math.min(1, moved[from] ?? 0)
        moved[from] = (moved[from] ?? 0) - step
        moved[to] = (moved[to] ?? 0) + step
        expect(far(moved)).toBeGreaterThanOrEqual(far(found) - 1e-5 * (1 + far(found)))
      }),
    )
  })

  test('rounds by the largest remainder, ties to the first', () => {
    expect(roundTo(10, [3.4, 3.3, 3.3])).toEqual([4, 3, 3])
    expect(roundTo(3, [0.5, 1, 1.5])).toEqual([1, 1, 1])
    expect(roundTo(0, [0, 0])).toEqual([0, 0])
  })
})

describe('a rate', () => {
  const spreads = [0, 0, 0, 0]
  const read = (values: readonly number[], people: number): CellSums => ({
    cells: values,
    noise,
    spreads,
    people,
    isCut: false,
  })
  const exact: Cell = { value: 1000, state: 'value' }

  test('folds what is small in either part, and its rest is over the same people', () => {
    const saves = read([70, 30, 4, 6], 110)
    const viewers = read([700, 300, 280, 220], 1500)
    const top = tellPeople({ total: { value: 110, state: 'value' }, sums: saves, hasGap: false })
    const all = tellPeople({ total: exact, sums: viewers, hasGap: false })
    const parts = { of: saves, viewers }
    const rate = tellRate({ top, viewers: all, parts, hasGap: false, isEstimated: false })
    expect([...rate.cells].map(([label, { value, state }]) => [label, value, state])).toEqual([
      [0, 0.1, 'value'],
      [1, 0.1, 'value'],
      ['rest', 10 / 500, 'value'],
    ])
    const margin = (1.96 * Math.sqrt(noise + 0.01 * noise)) / 700
    expect(rate.cells.get(0)?.margin).toBeCloseTo(margin, 9)
    expect(toldCell(rate, 3)).toEqual({ value: null, state: 'suppressed' })
    const behind = tellRate({ top, viewers: all, parts, hasGap: true, isEstimated: false })
    expect(behind.cells.get(1)?.state).toBe('partial')
  })

  test('is not told where one of its parts is not', () => {
    const top = tellPeople({ total: exact, sums: null, hasGap: true })
    const all = tellPeople({ total: exact, sums: read([700, 300, 0, 0], 1000), hasGap: false })
    const row = { top, viewers: all, parts: null, hasGap: true, isEstimated: false }
    expect(toldCell(tellRate(row), 0)).toEqual({ value: null, state: 'not_yet' })
  })

  test('is of the same values and the rest, whatever the cells', () => {
    const labels: readonly Label[] = [0, 1, 2, 3, 'rest']
    const four = fc.array(fc.integer({ min: -30, max: 900 }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(four, four, fc.nat({ max: 2000 }), fc.nat({ max: 2000 }), (a, b, some, all) => {
        const parts = { of: read(a, some), viewers: read(b, all) }
        const told = (sum: CellSums) =>
          tellPeople({ total: { value: 1 + sum.people, state: 'value' }, sums: sum, hasGap: false })
        const [top, viewers] = [told(parts.of), told(parts.viewers)]
        const rate = tellRate({ top, viewers, parts, hasGap: false, isEstimated: false })
        for (const label of labels) {
          const { value, margin } = toldCell(rate, label)
          if (value === null) continue
          expect(value).toBeGreaterThanOrEqual(0)
          expect(margin).toBeGreaterThan(0)
        }
        expect(rate.folded?.length).not.toBe(1)
      }),
    )
  })
})

describe('what is read', () => {
  const row = (policy: string, weight: number, values: readonly number[]): SumsRow => ({
    metric: 'saves',
    start_s: at('2026-11-23T00:00:00Z'),
    policy,
    squares: weight ** 2 * WEIGHT_ONE ** 2,
    people_sum: 100 * weight * WEIGHT_ONE,
    is_cut: weight < 1,
    cell_sums: values.map((value) => value * weight * WEIGHT_ONE),
    spread_sums: values.map(() => 0),
  })

  test('has the noise that each policy says, by the squares of weights', () => {
    const strict = { ...standard, version: 'strict-1', cellVariance: noiseVariance(0.125) }
    const noises = new Map([
      [standard.version, standard],
      [strict.version, strict],
    ])
    const own = [row('standard-1', 1, [50, 20, 0]), row('strict-1', 0.5, [8, 4, 2, 6])]
    const starts = [at('2026-11-23T00:00:00Z')]
    const read = layOutBuckets(
      starts,
      { own, together: new Map(), gaps: [], told: new Map() },
      noises,
    )
    const found = read.sumsOf('saves', 0)
    expect(found?.cells).toEqual([54, 22, 1, 3])
    expect(found?.people).toBe(150)
    expect(found?.noise).toBeCloseTo(noise + noiseVariance(0.125) / 4, 9)
    expect(found?.isCut).toBe(true)
    expect(read.sumsOf('shares', 0)).toBeNull()
    expect(read.gapFromS('saves')).toBe(Infinity)
    expect(read.toldToS('saves')).toBe(-Infinity)
  })
})

test('no domain has fewer than four values, so that rest is never all but one', () => {
  for (const values of Object.values(breakdownValues)) {
    expect(values.length).toBeGreaterThanOrEqual(4)
    expect(values).not.toContain('rest')
    expect(values).not.toContain('not_yet')
  }
})
