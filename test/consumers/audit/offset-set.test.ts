// Ranges of offsets are united whatever their order, and what is missing is found to the offset.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOffsetSet } from '#consumers/audit/offset-set.ts'

const range = (first: number, last: number) => ({ first: BigInt(first), last: BigInt(last) })

test('neighbours become one range, and a repeat changes nothing', () => {
  const set = createOffsetSet()
  for (const each of [range(10, 19), range(0, 9), range(20, 29), range(5, 25)]) set.add(each)
  expect(set.size).toBe(1)
  expect(set.missing(range(0, 29))).toEqual([])
})

test('a hole is told with its ends, and so is what lies before and after', () => {
  const set = createOffsetSet()
  set.add(range(10, 19))
  set.add(range(30, 39))
  expect(set.missing(range(5, 44))).toEqual([range(5, 9), range(20, 29), range(40, 44)])
  expect(set.missing(range(12, 18))).toEqual([])
  expect(set.missing(range(25, 25))).toEqual([range(25, 25)])
  expect(createOffsetSet().missing(range(0, 3))).toEqual([range(0, 3)])
  expect(set.missing(range(3, 2))).toEqual([])
})

test('what is missing is what was never added, for any ranges in any order', () => {
  const ranges = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 })),
    { maxLength: 25 },
  )
  fc.assert(
    fc.property(ranges, fc.integer({ min: 0, max: 30 }), (added, from) => {
      const set = createOffsetSet()
      const has = new Set<number>()
      for (const [first, length] of added) {
        set.add(range(first, first + length))
        for (let at = first; at <= first + length; at++) has.add(at)
      }
      const missing = set.missing(range(from, from + 50)).flatMap(({ first, last }) => {
        const length = Number(last - first) + 1
        return Array.from({ length }, (_, index) => Number(first) + index)
      })
      const wanted = Array.from({ length: 51 }, (_, index) => from + index)
      expect(missing).toEqual(wanted.filter((at) => !has.has(at)))
    }),
  )
})
