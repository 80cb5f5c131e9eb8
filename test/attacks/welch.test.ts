// Welch's t finds a tenth of a deviation in a thousand answers, and nothing where there is nothing.
import { expect, test } from 'vitest'
import { seeded } from '../support/events.ts'
import { measureInTurns, T_MOST, welchT } from './welch.ts'

/** Times as answers have them: a few milliseconds, some much longer. */
function times(seed: number, offset: number): readonly number[] {
  const random = seeded(seed)
  return Array.from(
    { length: 5000 },
    () => 3 + offset - Math.log(1 - random()) + 40 * random() ** 60,
  )
}

test('two series of the same kind are alike', () => {
  for (let seed = 1; seed <= 40; seed += 2) {
    expect(Math.abs(welchT(times(seed, 0), times(seed + 1, 0)))).toBeLessThan(T_MOST)
  }
})

test('a fifth of a millisecond shows, and which of them is slower', () => {
  expect(welchT(times(1, 0.2), times(2, 0))).toBeGreaterThan(T_MOST)
  expect(welchT(times(1, 0), times(2, 0.2))).toBeLessThan(-T_MOST)
})

test('both ways are asked equally often, one after the other', async () => {
  const asked = [0, 0]
  const way = (which: 0 | 1) => async () => {
    asked[which] = (asked[which] ?? 0) + 1
  }
  const [one, other] = await measureInTurns([way(0), way(1)], 20, seeded(3))
  expect([asked, one.length, other.length]).toEqual([[20, 20], 20, 20])
})
