// The noise is what it is said to be: by enumeration of the whole table, in integers.
import { describe, expect, test } from 'vitest'
import { createLaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import type { LaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import { noiseDeviation } from '#schemas/policy.ts'
import { DRAWS, massOf, noisesOf } from './masses.ts'

const BITS = 700n
const ONE = 1n << BITS

/**
 * e^epsilon as parts of 2^700, from below and from above: (1 + y)^(2^400) with y = epsilon / 2^400 lies
 * below it by less than one part in 2^400, and what 400 squarings cut off is less than one in 2^290.
 */
function exponential(epsilon: number): { readonly below: bigint; readonly above: bigint } {
  const halvings = 400n
  let below = ONE + (BigInt(epsilon * 1_000_000) << (BITS - halvings)) / 1_000_000n
  for (let done = 0n; done < halvings; done += 1n) below = (below * below) >> BITS
  return { below, above: below + (below >> 250n) }
}

const CLOSE_BITS = 60n
/** Masses of more draws than this are rounded by less than one part in 2^62. */
const LARGE = 1n << 63n

/** Draws by which `mass` exceeds e^epsilon (1 + 2^-60) times `neighbour`. */
function excess(mass: bigint, neighbour: bigint, epsilon: number): bigint {
  const { below } = exponential(epsilon)
  const bound = (neighbour * below * ((1n << CLOSE_BITS) + 1n)) >> (BITS + CLOSE_BITS)
  return mass > bound ? mass - bound : 0n
}

/** Noises that tell more of a count than e^epsilon, where masses are not tiny. */
function farApart(sampler: LaplaceSampler): readonly number[] {
  return noisesOf(sampler).filter((z) => {
    const [one, other] = [massOf(sampler, z), massOf(sampler, z + 1)]
    if (one <= LARGE || other <= LARGE) return false
    const { epsilon } = sampler
    return excess(one, other, epsilon) > 0n || excess(other, one, epsilon) > 0n
  })
}

describe.each([0.125, 0.25, 0.5, 1])('the table of epsilon %d', (epsilon) => {
  const sampler = createLaplaceSampler(epsilon)
  const noises = noisesOf(sampler)
  const masses = new Map(noises.map((z) => [z, massOf(sampler, z)]))
  const mass = (z: number): bigint => masses.get(z) ?? 0n

  test('gives every draw one noise, and the same number of draws to z and -z', () => {
    expect([...masses.values()].reduce((sum, each) => sum + each, 0n)).toBe(DRAWS)
    expect(noises.filter((z) => mass(z) < 0n || mass(z) !== mass(-z))).toEqual([])
  })

  test('lets neighbours differ by e^epsilon and no more, wherever masses are not tiny', () => {
    const large = noises.filter((z) => mass(z) > LARGE && mass(z + 1) > LARGE)
    expect(large.length).toBeGreaterThan(80)
    expect(farApart(sampler)).toEqual([])
  })

  // Whole draws cannot fall by e^epsilon for ever: at the end stands one draw beside none. What that
  // comes to is the delta of an (epsilon, delta) promise, and here it is exact, over all noises.
  test('exceeds that, in all of its tails together, by less than one in 2^120', () => {
    const either = [1, -1].map((step) =>
      noises.reduce((sum, z) => sum + excess(mass(z), mass(z + step), epsilon), 0n),
    )
    for (const delta of either) expect(delta < 1n << 8n).toBe(true)
  })

  test('is the discrete Laplace distribution, cut to whole draws', () => {
    const { below, above } = exponential(epsilon)
    // (1-a)/(1+a) a^k with a = 1/e^epsilon.
    const exact = (e: bigint, k: number): bigint => {
      let power = ONE
      for (let step = 0; step < k; step += 1) power = (power << BITS) / e
      return (((power * (e - ONE)) / (e + ONE)) << 128n) >> BITS
    }
    for (const k of [0, 1, 2, 3, 10, 40, 80]) {
      for (const e of [below, above]) {
        const off = mass(k) - exact(e, k)
        expect([k, off >= -2n && off <= 2n]).toEqual([k, true])
      }
    }
  })

  test('has the deviation that is printed with numbers', () => {
    const variance = noises.reduce((sum, z) => sum + z * z * (Number(mass(z)) / Number(DRAWS)), 0)
    expect(Math.sqrt(variance)).toBeCloseTo(noiseDeviation(epsilon), 9)
  })

  test('is looked up right at both ends of every interval', () => {
    let from = 0n
    for (const z of noises) {
      if (mass(z) === 0n) continue
      const to = from + mass(z) - 1n
      expect([sampler.noiseOf(from), sampler.noiseOf(to)]).toEqual([z, z])
      from = to + 1n
    }
    expect(from).toBe(DRAWS)
  })
})

test('the enumeration finds a table that was made with floating point', () => {
  const a = Math.exp(-0.5)
  const { tails } = createLaplaceSampler(0.5)
  const rounded = tails.map((_, index) =>
    BigInt(Math.floor((2 ** 128 * a ** (index + 1)) / (1 + a))),
  )
  const sloppy = { ...createLaplaceSampler(0.5), tails: rounded }
  expect(farApart(sloppy).length).toBeGreaterThan(10)
})

test('no noise is no negative zero, which would be another number in JSON and in comparisons', () => {
  expect(createLaplaceSampler(1).noiseOf(DRAWS / 2n - 1n)).toBe(0)
})

test('a draw of more than 128 bits is our mistake', () => {
  const sampler = createLaplaceSampler(0.5)
  expect(() => sampler.noiseOf(DRAWS)).toThrow(RangeError)
  expect(() => sampler.noiseOf(-1n)).toThrow(RangeError)
})

test('the smallest epsilon that a policy may have makes a table, too', () => {
  const sampler = createLaplaceSampler(0.001)
  expect(sampler.tails.length).toBeGreaterThan(80_000)
  expect(sampler.noiseOf(0n)).toBe(-sampler.tails.length)
})
