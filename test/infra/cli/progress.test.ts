// What long work says of itself while it lasts.
import { expect, test } from 'vitest'
import { duration, renderProgress } from '#infra/cli/progress.ts'

test('progress tells done, all, rate and the time that is left', () => {
  const line = renderProgress({ done: 1_203_000, all: 3e6, elapsedMs: 12_030, unit: 'events' })
  expect(line).toBe('1,203,000 of 3,000,000 events  100,000/s  18 s left')
})

test('what an earlier run had done does not make the rate better', () => {
  const resumed = { done: 2_000, before: 1_000, all: 3_000, elapsedMs: 1000, unit: 'rows' }
  expect(renderProgress(resumed)).toBe('2,000 of 3,000 rows  1,000/s  1 s left')
})

test('work of unknown size tells no end, and work that has not begun no rate', () => {
  const line = renderProgress({ done: 10, all: null, elapsedMs: 1000, unit: 'rows' })
  expect(line).toBe('10 rows  10/s')
  expect(renderProgress({ done: 0, all: 5, elapsedMs: 0, unit: 'rows' })).toBe('0 of 5 rows  0/s')
})

test('durations are told as people say them', () => {
  expect([0, 59.2, 125, 11_400].map(duration)).toEqual([
    '0 s',
    '1 min 00 s',
    '2 min 05 s',
    '3 h 10 min',
  ])
})
