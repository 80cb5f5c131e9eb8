// Every slot that a block touches is told once, in order, however the events came.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { distinctSlots } from '#consumers/engagement/distinct-slots.ts'

/** Last slot that begins before 2^32 s. */
const LAST = 429_496_729

function slotsOf(slots: readonly number[]): readonly number[] {
  // A row past `rows` is of an earlier block.
  const slot = Uint32Array.from([...slots, 1], (each) => each * 10)
  return distinctSlots({ rows: slots.length, slot })
}

function expected(slots: readonly number[]): readonly number[] {
  return [...new Set(slots)].sort((a, b) => a - b)
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
  expect(slotsOf([LAST, 0, LAST])).toEqual([0, LAST])
  expect(slotsOf([LAST, LAST])).toEqual([LAST])
})

test('a million shuffled rows of a day', () => {
  const slots = Array.from({ length: 1_000_000 }, (_, row) => 179_000_000 + ((row * 7919) % 8640))
  expect(slotsOf(slots)).toEqual(expected(slots))
})

test('no rows touch no slot', () => {
  expect(slotsOf([])).toEqual([])
})
