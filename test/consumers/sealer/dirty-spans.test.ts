// What a pass counts: every quarter at its close, and everything that was touched, nothing else.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDirtySet, planPass } from '#consumers/sealer/dirty-spans.ts'

const DAY = 86_400
const noon = 20_000 * DAY + DAY / 2

describe('a pass', () => {
  test('closes the quarters that the watermark has passed by the grace', () => {
    const input = {
      dirty: { minutes: new Set<number>(), quarters: new Set<number>() },
      completeThroughS: noon,
      nowS: noon + 2000,
    }
    expect(planPass({ ...input, watermarkS: noon + 900 + 59 }).quarters).toEqual([])
    expect(planPass({ ...input, watermarkS: noon + 900 + 60 }).quarters).toEqual([noon])
    const later = planPass({ ...input, watermarkS: noon + 1800 + 60 })
    expect(later.quarters).toEqual([noon, noon + 900])
    expect(later.completeThroughS).toBe(noon + 1800)
  })

  test('never takes a closed quarter back, also when the watermark seems to lie behind', () => {
    const dirty = { minutes: new Set<number>(), quarters: new Set<number>() }
    const plan = planPass({ dirty, completeThroughS: noon, watermarkS: noon - 9000, nowS: noon })
    expect(plan.completeThroughS).toBe(noon)
    expect(plan.quarters).toEqual([])
  })

  test('counts a closed quarter again when a late event touched it, and its day if that is over', () => {
    const quarters = new Set([noon - 2 * DAY, noon - 900, noon + 900])
    const plan = planPass({
      dirty: { minutes: new Set(), quarters },
      completeThroughS: noon,
      watermarkS: noon,
      nowS: noon,
    })
    expect(plan.quarters).toEqual([noon - 2 * DAY, noon - 900])
    expect(plan.days).toEqual([noon - 2 * DAY - DAY / 2])
    expect(plan.open).toEqual([noon + 900])
  })

  test('every touched quarter is counted once it is closed, in whatever order slots came', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 * 8640 }), { maxLength: 200 }),
        (offsets) => {
          const dirtySet = createDirtySet()
          const first = (noon - 15 * DAY) / 10
          dirtySet.markSlots(
            offsets.map((offset) => first + offset),
            noon - 7200,
          )
          const completeThroughS = noon
          const nowS = noon + 15 * DAY
          const plan = planPass({
            dirty: dirtySet.take(),
            completeThroughS,
            watermarkS: nowS + 60,
            nowS,
          })
          const expected = offsets.map((offset) => Math.floor(((first + offset) * 10) / 900) * 900)
          for (const quarter of expected) {
            if (quarter < plan.completeThroughS) expect(plan.quarters).toContain(quarter)
            else expect(plan.open).toContain(quarter)
          }
          expect(plan.quarters).toEqual([...new Set(plan.quarters)].toSorted((a, b) => a - b))
        },
      ),
    )
  })

  test('work that failed comes back whole', () => {
    const dirtySet = createDirtySet()
    dirtySet.markSlots([noon / 10], 0)
    const taken = dirtySet.take()
    expect(dirtySet.size).toBe(0)
    dirtySet.giveBack(taken)
    expect(dirtySet.take()).toEqual(taken)
  })
})
