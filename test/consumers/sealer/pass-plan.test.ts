// What a pass counts: every quarter and day at its close, running minutes at once, and the rest as late work.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDirtySet } from '#consumers/sealer/dirty-spans.ts'
import { planPass } from '#consumers/sealer/pass-plan.ts'

const DAY = 86_400
const noon = 20_000 * DAY + DAY / 2
const clean = { minutes: new Map<number, number>(), quarters: new Map<number, number>() }

describe('a pass', () => {
  test('closes the quarters that the watermark has passed by the grace', () => {
    const input = { dirty: clean, completeThroughS: noon, nowS: noon + 2000 }
    expect(planPass({ ...input, watermarkS: noon + 900 + 59 }).now.quarters).toEqual([])
    expect(planPass({ ...input, watermarkS: noon + 900 + 60 }).now.quarters).toEqual([noon])
    const later = planPass({ ...input, watermarkS: noon + 1800 + 60 })
    expect(later.now.quarters).toEqual([noon, noon + 900])
    expect(later.completeThroughS).toBe(noon + 1800)
  })

  test('never takes a closed quarter back, also when the watermark seems to lie behind', () => {
    const input = { dirty: clean, completeThroughS: noon, nowS: noon }
    const plan = planPass({ ...input, watermarkS: noon - 9000 })
    expect(plan.completeThroughS).toBe(noon)
    expect(plan.now).toEqual({ minutes: [], quarters: [], days: [] })
  })

  test('closes a day with its last quarter, and every day of a downtime', () => {
    const midnight = noon + DAY / 2
    const input = { dirty: clean, completeThroughS: noon, nowS: noon + 3 * DAY }
    expect(planPass({ ...input, watermarkS: midnight + 59 }).now.days).toEqual([])
    expect(planPass({ ...input, watermarkS: midnight + 60 }).now.days).toEqual([noon - DAY / 2])
    const days = planPass({ ...input, watermarkS: midnight + 2 * DAY + 60 }).now.days
    expect(days).toEqual([noon - DAY / 2, noon + DAY / 2, noon + DAY / 2 + DAY])
  })

  test('leaves a closed quarter that a late event touched to the late work, and its day if that is over', () => {
    const quarters = new Map([
      [noon - 2 * DAY, 3],
      [noon - 900, 4],
      [noon + 900, 5],
    ])
    const input = { dirty: { ...clean, quarters }, completeThroughS: noon }
    const plan = planPass({ ...input, watermarkS: noon, nowS: noon })
    expect(plan.now.quarters).toEqual([])
    expect(plan.late.quarters).toEqual([noon - 2 * DAY, noon - 900])
    expect(plan.late.days).toEqual([noon - 2 * DAY - DAY / 2])
    expect(plan.lateFacts).toBe(7)
  })

  test('counts minutes that run or are just over at once, older ones as late work, none that are of no use', () => {
    const minutes = new Map([
      [noon, 1],
      [noon - 120, 2],
      [noon - 180, 4],
      [noon - 7260, 8],
    ])
    const input = { dirty: { ...clean, minutes }, completeThroughS: noon - 900 }
    const plan = planPass({ ...input, watermarkS: noon + 10, nowS: noon + 10 })
    expect(plan.now.minutes).toEqual([noon - 120, noon])
    expect(plan.late.minutes).toEqual([noon - 180])
    expect(plan.lateFacts).toBe(4)
  })

  test('every touched quarter is counted at its close or as late work, in whatever order slots came', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 * 8640 }), { maxLength: 200 }),
        fc.integer({ min: 0, max: 15 * DAY }),
        (offsets, passedS) => {
          const dirtySet = createDirtySet()
          const first = (noon - 15 * DAY) / 10
          const slots = offsets.map((offset) => first + offset)
          dirtySet.markSlots({ slots, facts: slots.map(() => 1) }, noon - 7200)
          const nowS = noon + passedS
          const plan = planPass({
            dirty: dirtySet.take(),
            completeThroughS: noon,
            watermarkS: nowS,
            nowS,
          })
          const counted = new Set([...plan.now.quarters, ...plan.late.quarters])
          for (const slot of slots) {
            const quarter = Math.floor((slot * 10) / 900) * 900
            expect(counted.has(quarter)).toBe(quarter < plan.completeThroughS)
          }
          expect(counted.size).toBe(plan.now.quarters.length + plan.late.quarters.length)
        },
      ),
    )
  })
})
