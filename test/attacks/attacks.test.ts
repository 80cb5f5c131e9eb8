// Every statistical attack at a size of seconds, with fixed worlds and noise: none learns more than the best attacker could, and each finds its mistakes.
import { describe, expect, test } from 'vitest'
import { advantageAtZero, advantageOfThreshold, openScores, samplingError } from './advantage.ts'
import { isBroken, isHeld } from './attack.ts'
import { guessBits } from './least-squares.ts'
import { suite } from './suite.ts'

const sizes = { worlds: 3000, seed: 1 }

describe.each(suite.map((attack, index) => [`${attack.id} (${index + 1})`, attack] as const))(
  '%s',
  (_name, { id, run }) => {
    test('wins where there is a mistake, and nowhere else', { timeout: 60_000 }, () => {
      const finding = run(sizes)
      expect(finding.attack).toBe(id)
      expect([finding, isHeld(finding)]).toEqual([finding, true])
      expect(finding.controls.length).toBeGreaterThan(0)
      for (const control of finding.controls) {
        expect([control, isBroken(control)]).toEqual([control, true])
      }
    })
  },
)

describe('what is measured', () => {
  const of = (present: readonly number[], absent: readonly number[]) => ({
    present: Float64Array.from(present),
    absent: Float64Array.from(absent),
  })

  test('is nothing where the worlds are alike, and one where they never are', () => {
    expect(advantageAtZero(of([1, -1, 0, 0], [-1, 1, 0, 0]))).toBe(0)
    expect(advantageAtZero(of([2, 1], [-1, -3]))).toBe(1)
    expect(advantageOfThreshold(openScores(100))).toBe(0)
    const [low, high] = [Array.from({ length: 20 }, () => 3), Array.from({ length: 20 }, () => 7)]
    expect(advantageOfThreshold(of(high, low))).toBe(1)
    expect(advantageOfThreshold(of(low, high))).toBe(1)
  })

  test('of a threshold is what it wins in worlds that it was not chosen by', () => {
    const half = Array.from({ length: 50 }, () => 1)
    const other = Array.from({ length: 50 }, () => 0)
    expect(advantageOfThreshold(of([...half, ...other], [...other, ...half]))).toBe(-1)
  })

  test('lies above the truth by the stated error once in 30,000 times', () => {
    expect(samplingError(40_000)).toBeCloseTo(0.0141, 4)
  })

  test('bits are guessed from sums that determine them, and from none as coins', () => {
    const exact = { variance: 1e-6 }
    const guesses = guessBits(3, [
      { of: [0, 1], sum: 2, ...exact },
      { of: [1, 2], sum: 1, ...exact },
    ])
    expect([...guesses].map((guess) => Math.round(guess))).toEqual([1, 1, 0])
    expect([...guessBits(2, [])]).toEqual([0.5, 0.5])
  })
})
