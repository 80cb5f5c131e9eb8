// Spans are cut so that no part weighs more than it may, unless a single one does.
import { expect, test } from 'vitest'
import { cutSpans } from '#consumers/audit/cut-spans.ts'

const weights = new Map([
  [1, 4],
  [2, 5],
  [3, 2],
  [4, 30],
  [5, 0],
  [6, 1],
])
const weightOf = (start: number) => weights.get(start) ?? 0

test('neighbours share a part up to the bound, in order', () => {
  expect(cutSpans([1, 2, 3, 4, 5, 6], weightOf, 10)).toEqual([[1, 2], [3], [4], [5, 6]])
})

test('spans without weight make one part, and no spans make none', () => {
  expect(cutSpans([7, 8, 9], weightOf, 10)).toEqual([[7, 8, 9]])
  expect(cutSpans([], weightOf, 10)).toEqual([])
})
