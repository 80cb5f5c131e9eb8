// A day is frozen 35 days after it was last touched, and dropped an hour later: never while somebody counts it.
import { describe, expect, test } from 'vitest'
import { createFactDays, freezeRules } from '#consumers/sealer/fact-days.ts'

const HOUR = 3600
const DAY = 86_400
const day = 20_000 * DAY
const idle = (): boolean => false

describe('a day', () => {
  test('stays open while anything touches it', () => {
    const days = createFactDays([])
    days.touch([day], day + DAY)
    const ripeS = day + DAY + freezeRules.untouchedS
    expect(days.ripe(ripeS - 1, idle).freeze).toEqual([])
    expect(days.ripe(ripeS, idle).freeze).toEqual([day])
    days.touch([day], day + 20 * DAY)
    expect(days.ripe(ripeS, idle).freeze).toEqual([])
    expect(days.ripe(day + 20 * DAY + freezeRules.untouchedS, idle).freeze).toEqual([day])
  })

  test('goes from open over frozen to dropped, an hour apart', () => {
    const days = createFactDays([])
    days.touch([day], day)
    const frozenS = day + freezeRules.untouchedS
    expect(days.ripe(frozenS, idle)).toEqual({ freeze: [day], drop: [] })
    days.move(day, 'frozen', frozenS)
    expect(days.stateOf(day)).toBe('frozen')
    expect(days.ripe(frozenS + HOUR - 1, idle)).toEqual({ freeze: [], drop: [] })
    expect(days.ripe(frozenS + HOUR, idle)).toEqual({ freeze: [], drop: [day] })
    days.move(day, 'dropped', frozenS + HOUR)
    expect(days.ripe(frozenS + 99 * DAY, idle)).toEqual({ freeze: [], drop: [] })
    expect(days.countableFrom(0)).toEqual([])
  })

  test('that was touched once more before consumers knew is dropped an hour after that', () => {
    const days = createFactDays([])
    days.touch([day], day)
    const frozenS = day + freezeRules.untouchedS
    days.move(day, 'frozen', frozenS)
    days.touch([day], frozenS + HOUR / 2 + HOUR)
    expect(days.stateOf(day)).toBe('frozen')
    expect(days.ripe(frozenS + HOUR, idle).drop).toEqual([])
    expect(days.ripe(frozenS + 2 * HOUR, idle).drop).toEqual([day])
  })

  test('that is gone and gets rows all the same is dropped again', () => {
    const days = createFactDays([])
    days.touch([day], day)
    days.move(day, 'frozen', day + 40 * DAY)
    days.move(day, 'dropped', day + 40 * DAY + HOUR)
    days.touch([day], day + 50 * DAY)
    expect(days.stateOf(day)).toBe('dropped')
    expect(days.ripe(day + 50 * DAY + HOUR, idle).drop).toEqual([day])
  })

  test('for which a count is awaited is neither frozen nor dropped', () => {
    const days = createFactDays([])
    days.touch([day], day)
    const isBusy = (each: number): boolean => each === day
    expect(days.ripe(day + 99 * DAY, isBusy)).toEqual({ freeze: [], drop: [] })
  })

  test('is written down once an hour at most, and again when writing failed', () => {
    const days = createFactDays([])
    days.touch([day], day + 10)
    const first = days.changed()
    expect(first).toHaveLength(1)
    expect(days.changed()).toEqual(first)
    days.written(first)
    days.touch([day], day + HOUR - 1)
    expect(days.changed()).toEqual([])
    days.touch([day], day + HOUR)
    expect(days.changed()).toHaveLength(1)
    days.written(first)
    expect(days.changed()).toHaveLength(1)
  })
})
