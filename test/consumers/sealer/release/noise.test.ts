// Draws under fixed keys: as often as the table says, and independent of whatever else is drawn.
import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { createLaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import type { LaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import { drawNoise, drawOf } from '#consumers/sealer/release/noise.ts'
import type { NoiseCell } from '#consumers/sealer/release/noise.ts'
import { noiseDeviation } from '#schemas/policy.ts'
import { chiSquareP } from '../../../support/chi-square.ts'
import { DRAWS, massOf } from './masses.ts'

// Millions of draws: seconds, and longer where the machine has other work.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 180_000 })

const key = createSecretKey(Buffer.alloc(32, 1))
const otherKey = createSecretKey(Buffer.alloc(32, 2))
const HOUR = 3_600_000
const start = Date.UTC(2026, 10, 25)
const P_LEAST = 1e-4

const cell: NoiseCell = {
  table: 'totals',
  subject: 9_000_000_000_000_000_001n,
  metric: 'saves',
  fromMs: start,
  toMs: start + HOUR,
  count: 3,
}

/** Noises of -most or less and of most or more count as one each. */
function chancesOf(sampler: LaplaceSampler, most: number): ReadonlyMap<number, number> {
  const outer = Number(sampler.tails[most - 1] ?? 0n) / Number(DRAWS)
  const chances = new Map([
    [-most, outer],
    [most, outer],
  ])
  for (let z = 1 - most; z < most; z += 1)
    chances.set(z, Number(massOf(sampler, z)) / Number(DRAWS))
  return chances
}

function clamp(z: number, most: number): number {
  return Math.max(-most, Math.min(most, z))
}

describe('a million draws', () => {
  const TIMES = 1_000_000
  let draws: readonly bigint[] = []
  beforeAll(() => {
    draws = Array.from({ length: TIMES }, (_, index) =>
      drawOf(key, { ...cell, subject: BigInt(index) }),
    )
  })

  test.each([0.125, 0.25, 0.5, 1])('fall as the table of epsilon %d says', (epsilon) => {
    const sampler = createLaplaceSampler(epsilon)
    // The outermost cells still expect a hundred.
    const most = sampler.tails.filter((tail) => Number(tail) / Number(DRAWS) > 100 / TIMES).length
    const seen = new Map<number, number>()
    for (const draw of draws) {
      const z = clamp(sampler.noiseOf(draw), most)
      seen.set(z, (seen.get(z) ?? 0) + 1)
    }
    const cells = [...chancesOf(sampler, most)].map(([z, chance]) => ({
      seen: seen.get(z) ?? 0,
      expected: chance * TIMES,
    }))
    expect(chiSquareP(cells)).toBeGreaterThan(P_LEAST)
  })

  test('fill their first and their last bits alike', () => {
    for (const shift of [0n, 64n, 120n]) {
      const seen = Array.from({ length: 256 }, () => 0)
      for (const draw of draws) {
        const byte = Number((draw >> shift) & 255n)
        seen[byte] = (seen[byte] ?? 0) + 1
      }
      const cells = seen.map((each) => ({ seen: each, expected: TIMES / 256 }))
      expect(chiSquareP(cells)).toBeGreaterThan(P_LEAST)
    }
  })
})

describe('the noise of a cell says nothing of that of', () => {
  const sampler = createLaplaceSampler(0.5)
  const MOST = 4
  const PAIRS = 50_000

  const others: Readonly<Record<string, (cell: NoiseCell) => Partial<NoiseCell>>> = {
    'another table': () => ({ table: 'breakdowns' }),
    'the next subject': ({ subject }) => ({ subject: subject + 1n }),
    'another metric': () => ({ metric: 'shares' }),
    'another begin': ({ fromMs }) => ({ fromMs: fromMs - HOUR }),
    'another end': ({ toMs }) => ({ toMs: toMs + HOUR }),
    'one count more': ({ count }) => ({ count: count + 1 }),
    'another day': () => ({}),
  }

  /** Noises of a cell and of another that is made of it, often. */
  function pairsOf(
    other: (cell: NoiseCell) => Partial<NoiseCell>,
    keyOfOther: KeyObject,
  ): readonly (readonly [number, number])[] {
    return Array.from({ length: PAIRS }, (_, index) => {
      const one = { ...cell, subject: BigInt(2 * index), count: index % 50 }
      const second = drawNoise(keyOfOther, { ...one, ...other(one) }, sampler)
      return [drawNoise(key, one, sampler), second]
    })
  }

  /** The probability of such pairs, were they independent. */
  function pOf(pairs: readonly (readonly [number, number])[]): number {
    const seen = new Map<string, number>()
    for (const [first, second] of pairs) {
      const pair = `${clamp(first, MOST)} ${clamp(second, MOST)}`
      seen.set(pair, (seen.get(pair) ?? 0) + 1)
    }
    const chances = [...chancesOf(sampler, MOST)]
    return chiSquareP(
      chances.flatMap(([a, chanceOfA]) =>
        chances.map(([b, chanceOfB]) => ({
          seen: seen.get(`${a} ${b}`) ?? 0,
          expected: chanceOfA * chanceOfB * PAIRS,
        })),
      ),
    )
  }

  /** Normal with a deviation of 1 for independent pairs. */
  function correlationOf(pairs: readonly (readonly [number, number])[]): number {
    const sum = pairs.reduce((products, [first, second]) => products + first * second, 0)
    return sum / noiseDeviation(sampler.epsilon) ** 2 / Math.sqrt(PAIRS)
  }

  test.each(Object.entries(others))('%s', (name, other) => {
    const pairs = pairsOf(other, name === 'another day' ? otherKey : key)
    expect(pOf(pairs)).toBeGreaterThan(P_LEAST)
    expect(Math.abs(correlationOf(pairs))).toBeLessThan(3.9)
  })

  test('another count, unless it is left out of the draw: that is found', () => {
    const sticky = pairsOf(() => ({}), key)
    expect(pOf(sticky)).toBeLessThan(P_LEAST)
    expect(correlationOf(sticky)).toBeGreaterThan(100)
  })
})

describe('a draw', () => {
  test('is the same whenever it is repeated', () => {
    expect(drawOf(key, cell)).toBe(drawOf(key, { ...cell }))
  })

  // Computed by another program from what is written in `noise.ts`.
  test('is made of the documented text', () => {
    expect(drawOf(key, cell).toString(16)).toBe('4fd8e24b01695860fe79224389dff3de')
  })

  test('is another where the same letters are parted elsewhere', () => {
    const apart = { ...cell, table: 'total', metric: 'ssaves' }
    const digits = { ...cell, fromMs: 11, toMs: 1 }
    expect(drawOf(key, apart)).not.toBe(drawOf(key, cell))
    expect(drawOf(key, digits)).not.toBe(drawOf(key, { ...digits, fromMs: 1, toMs: 11 }))
  })
})
