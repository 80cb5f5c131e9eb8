// Every slot that a block touches is told once, in order, with its rows, however the events came.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { touchedSlots } from '#consumers/engagement/touched-slots.ts'
import type { TouchedSlots } from '#consumers/engagement/touched-slots.ts'

/** Last slot that begins before 2^32 s. */
const LAST = 429_496_729

function slotsOf(slots: readonly number[]): TouchedSlots {
  // A row past `rows` is of an earlier block.
  const slot = Uint32Array.from([...slots, 1], (each) => each * 10)
  return touchedSlots({ rows: slots.length, slot })
}

function expected(slots: readonly number[]): TouchedSlots {
  const counts = new Map<number, number>()
  for (const slot of slots) counts.set(slot, (counts.get(slot) ?? 0) + 1)
  const sorted = [...counts].sort(([a], [b]) => a - b)
  return { slots: sorted.map(([slot]) => slot), facts: sorted.map(([, count]) => count) }
}

test.each([
  ['close together', 179_000_000, 179_000_050],
  ['of a week', 179_000_000, 179_060_480],
  ['of all time', 0, LAST],
])('slots %s', (_name, min, max) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min, max })), (slots) => {
      expect(slotsOf(slots)).toEqual(expected(slots))
    }),
  )
})

test('the first and the last slot that there can be', () => {
  expect(slotsOf([LAST, 0, LAST])).toEqual({ slots: [0, LAST], facts: [1, 2] })
  expect(slotsOf([LAST, LAST])).toEqual({ slots: [LAST], facts: [2] })
})

test('a million shuffled rows of a day', () => {
  const slots = Array.from({ length: 1_000_000 }, (_, row) => 179_000_000 + ((row * 7919) % 8640))
  expect(slotsOf(slots)).toEqual(expected(slots))
})

test('no rows touch no slot', () => {
  expect(slotsOf([])).toEqual({ slots: [], facts: [] })
})
