// When a video was not public follows from its records: acts of those times are told by the day alone.
import { expect, test } from 'vitest'
import { closedPeriods } from '#consumers/sealer/attribution.ts'
import type { Visibility } from '#schemas/catalogue.ts'

/** The periods after records of these visibilities, 1000 ms apart from 1000 on. */
function after(...visibilities: readonly Visibility[]): readonly (readonly [number, number])[] {
  let before: Parameters<typeof closedPeriods>[0] = null
  for (const [index, visibility] of visibilities.entries()) {
    before = { visibility, closed: closedPeriods(before, visibility, (index + 1) * 1000) }
  }
  return before?.closed ?? []
}

const END = Date.UTC(2200, 0, 1)

test('a video that was always public was never closed', () => {
  expect(after('public', 'public')).toEqual([])
})

test('what was done before the catalogue knew a video is judged by its first record', () => {
  expect(after('private')).toEqual([[0, END]])
  expect(after('unlisted', 'public')).toEqual([[0, 2000]])
})

test('a period begins and ends with the record that says so', () => {
  expect(after('public', 'friends', 'private', 'public', 'deleted')).toEqual([
    [2000, 4000],
    [5000, END],
  ])
})
