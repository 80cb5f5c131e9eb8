// Late spans wait until they are counted: due at their ages whatever it costs, sooner only within the budget.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLateSpans, dueAtS, FIRST_COUNT } from '#consumers/sealer/late-spans.ts'
import { budgetRates, createRowBudget } from '#consumers/sealer/row-budget.ts'

const HOUR = 3600
const DAY = 86_400
const noon = 20_000 * DAY + DAY / 2
const quarter = (startS: number, sinceS: number) => ({ span: 'quarter', startS, sinceS }) as const
const none = { minutes: [], quarters: [], days: [] }

describe('a late span', () => {
  test('is due at the next of its ages', () => {
    const end = noon + 900
    expect(dueAtS(quarter(noon, end))).toBe(end + 3 * HOUR)
    expect(dueAtS(quarter(noon, end + 3 * HOUR))).toBe(end + 6 * HOUR)
    expect(dueAtS(quarter(noon, end + 5 * DAY))).toBe(end + 7 * DAY)
    expect(dueAtS({ span: 'day', startS: noon, sinceS: noon + DAY })).toBe(noon + DAY + 3 * HOUR)
  })

  test('of history long past is due after a day', () => {
    expect(dueAtS(quarter(noon, noon + 30 * DAY))).toBe(noon + 31 * DAY)
  })

  test('that closed and was never counted is due at once', () => {
    expect(dueAtS({ span: 'day', startS: noon, sinceS: FIRST_COUNT })).toBe(0)
  })

  test('never waits longer than four days once it was touched', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 * DAY }), (agoS) => {
        const due = dueAtS(quarter(noon - agoS, noon))
        expect(due).toBeGreaterThan(noon)
        expect(due - noon).toBeLessThanOrEqual(3 * DAY + 900)
      }),
    )
  })

  test('keeps the time of its first touch, and waits anew after it was counted', () => {
    const late = createLateSpans(5000)
    late.add({ ...none, quarters: [noon] }, noon + 1000)
    late.add({ ...none, quarters: [noon] }, noon + 2000)
    expect(late.waiting).toEqual([quarter(noon, noon + 1000)])
    late.counted('quarter', [noon], { beganAtS: noon + 2500, nowS: noon + 3000 })
    expect(late.size).toBe(0)
    late.add({ ...none, quarters: [noon] }, noon + 4000)
    expect(late.waiting).toEqual([quarter(noon, noon + 4000)])
  })

  test('that is touched while it is being counted waits anew', () => {
    const late = createLateSpans(5000)
    const day = noon - DAY / 2
    late.add({ ...none, days: [day] }, noon + DAY)
    late.add({ ...none, days: [day] }, noon + DAY + 100)
    late.counted('day', [day], { beganAtS: noon + DAY + 50, nowS: noon + DAY + 200 })
    expect(late.waiting).toEqual([{ span: 'day', startS: day, sinceS: noon + DAY + 100 }])
  })

  test('that was counted just now rests, so that a burst shares a count', () => {
    const late = createLateSpans(5000)
    late.add({ ...none, quarters: [noon] }, noon + 1000)
    late.counted('quarter', [noon], { beganAtS: noon + 1000, nowS: noon + 1000 })
    late.add({ ...none, quarters: [noon] }, noon + 1002)
    expect(late.ready(noon + 1002)).toEqual([])
    expect(late.ready(noon + 1010)).toHaveLength(1)
  })

  test('that is a day waits until nothing touches it any more, or until it is due', () => {
    const late = createLateSpans(5000)
    const day = noon - DAY / 2
    const endS = day + DAY
    for (let atS = endS; atS < endS + 3 * HOUR; atS += 8) {
      late.add({ ...none, days: [day] }, atS)
      expect(late.ready(atS)).toEqual([])
    }
    const dueS = endS + 3 * HOUR
    expect(late.due(dueS)).toHaveLength(1)
    expect(late.ready(dueS)).toEqual([])
    expect(late.ready(dueS + 10)).toHaveLength(1)
  })

  test('rests and is quiet for passes, not for seconds', () => {
    const late = createLateSpans(1000)
    const day = noon - DAY / 2
    late.add({ ...none, quarters: [noon], days: [day] }, noon + DAY)
    expect(late.ready(noon + DAY + 1).map(({ span }) => span)).toEqual(['quarter'])
    expect(late.ready(noon + DAY + 2).map(({ span }) => span)).toEqual(['quarter', 'day'])
    const time = { beganAtS: noon + DAY + 2, nowS: noon + DAY + 2 }
    late.counted('quarter', [noon], time)
    late.counted('day', [day], time)
    late.add({ ...none, quarters: [noon], days: [day] }, noon + DAY + 2)
    expect(late.ready(noon + DAY + 3).map(({ span }) => span)).toEqual(['quarter'])
    expect(late.ready(noon + DAY + 5).map(({ span }) => span)).toEqual(['quarter'])
    expect(late.ready(noon + DAY + 6).map(({ span }) => span)).toEqual(['quarter', 'day'])
  })

  test('comes minutes before quarters before days, whoever waits longest first', () => {
    const late = createLateSpans(5000)
    late.add({ minutes: [noon], quarters: [noon], days: [noon - DAY / 2] }, noon + 2000)
    late.add({ ...none, quarters: [noon - 900] }, noon + 1000)
    expect(late.ready(noon + 2000).some(({ span }) => span === 'day')).toBe(false)
    expect(late.ready(noon + 5000).map(({ span, startS }) => [span, startS])).toEqual([
      ['minute', noon],
      ['quarter', noon - 900],
      ['quarter', noon],
      ['day', noon - DAY / 2],
    ])
    late.forgetMinutes(noon + 60)
    expect(late.size).toBe(3)
  })
})

describe('the budget', () => {
  const { rowsMax, rowsPerSecond, rowsPerLateFact } = budgetRates

  test('is full at the start, and lets what is larger than itself begin when it is full', () => {
    const budget = createRowBudget(0)
    expect(budget.spend(rowsMax * 3)).toBe(true)
    expect(budget.spend(1)).toBe(false)
    budget.earn(20_000, 0)
    expect(budget.spend(1)).toBe(false)
    budget.earn(((2 * rowsMax) / rowsPerSecond) * 1000 + 1000, 0)
    expect(budget.spend(1)).toBe(true)
  })

  test('never lets more rows be read than time and late facts have earned', () => {
    const step = fc.record({
      passedMs: fc.integer({ min: 0, max: 60_000 }),
      facts: fc.integer({ min: 0, max: 1_000_000 }),
      wanted: fc.integer({ min: 0, max: 30_000_000 }),
    })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const budget = createRowBudget(0)
        let nowMs = 0
        let facts = 0
        let read = 0
        for (const each of steps) {
          nowMs += each.passedMs
          facts += each.facts
          budget.earn(nowMs, each.facts)
          if (budget.spend(each.wanted)) read += each.wanted
          const earned = rowsMax + (nowMs / 1000) * rowsPerSecond + facts * rowsPerLateFact
          // One span that is larger than all that can be saved up may be begun at a full budget.
          expect(read).toBeLessThanOrEqual(earned + 30_000_000)
        }
      }),
    )
  })

  test('of a flood of late facts grows with the flood', () => {
    const budget = createRowBudget(0)
    budget.spend(rowsMax)
    budget.earn(0, 5_000_000)
    expect(budget.spend(5_000_000 * rowsPerLateFact)).toBe(true)
    expect(budget.spend(1)).toBe(false)
  })
})
