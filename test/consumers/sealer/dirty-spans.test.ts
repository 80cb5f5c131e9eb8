// What was touched is handed over once, with how many facts it got.
import { expect, test } from 'vitest'
import { createDirtySet } from '#consumers/sealer/dirty-spans.ts'

const noon = 20_000 * 86_400 + 43_200

test('slots are gathered into minutes and quarters with their facts', () => {
  const dirty = createDirtySet()
  dirty.markSlots({ slots: [noon / 10, noon / 10 + 1, noon / 10 + 90], facts: [3, 4, 5] }, 0)
  dirty.markSlots({ slots: [noon / 10], facts: [10] }, 0)
  expect(dirty.take()).toEqual({
    minutes: new Map([
      [noon, 17],
      [noon + 900, 5],
    ]),
    quarters: new Map([
      [noon, 17],
      [noon + 900, 5],
    ]),
  })
})

test('minutes that nobody asks for any more are not kept', () => {
  const dirty = createDirtySet()
  dirty.markSlots({ slots: [noon / 10], facts: [1] }, noon + 60)
  expect(dirty.take()).toEqual({ minutes: new Map(), quarters: new Map([[noon, 1]]) })
})

test('work that failed comes back whole', () => {
  const dirty = createDirtySet()
  dirty.markSlots({ slots: [noon / 10], facts: [2] }, 0)
  const taken = dirty.take()
  expect(dirty.take()).toEqual({ minutes: new Map(), quarters: new Map() })
  dirty.mark(taken)
  expect(dirty.take()).toEqual(taken)
})
