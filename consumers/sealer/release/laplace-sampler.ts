// Noise of guarded numbers: discrete Laplace from an exact table of integers, so that no rounding tells a count.
import { epsilonMillionths } from '#schemas/policy.ts'

/** Bits of a draw: a rest of less than one in 2^128 lies beyond the last entry of a table. */
const DRAW_BITS = 128n
const DRAWS = 1n << DRAW_BITS

/**
 * Bits of the numbers that a table is made from. Each step cuts off less than one in 2^320; after the
 * 90,000 steps of the smallest epsilon that is still below one in 2^300.
 */
const PRECISION_BITS = 320n
const ONE = 1n << PRECISION_BITS

/** The distribution of the noise of one epsilon. */
export interface LaplaceSampler {
  readonly epsilon: number
  /**
   * `tails[k - 1]` of all 2^128 draws give -k or less, and as many give k or more. Descending; the
   * last is at least 1.
   */
  readonly tails: readonly bigint[]
  /** The noise that a draw gives, 0 <= draw < 2^128: each as often as the table says. @throws RangeError. */
  noiseOf(draw: bigint): number
  /** The same for a draw that lies in bytes, the highest first: 20 million of them take seconds. */
  noiseAt(bytes: Buffer, offset: number): number
}

/**
 * `P(z) = (1-a)/(1+a) a^|z|`, `a = e^-epsilon` (Ghosh, Roughgarden, Sundararajan 2009), whose neighbours
 * differ by the factor e^epsilon and no more. From its two tails, `P(z <= -k) = a^k / (1+a)` cut to
 * whole draws: so the table is symmetric, adds up to 2^128 by being cut from it, and what is cut off
 * lies on the last entry of either side.
 */
export function createLaplaceSampler(epsilon: number): LaplaceSampler {
  const a = exponentialOfMinus(BigInt(epsilonMillionths(epsilon)))
  const tails: bigint[] = []
  for (let power = a; ; power = (power * a) >> PRECISION_BITS) {
    const tail = (power << DRAW_BITS) / (ONE + a)
    if (tail === 0n) break
    tails.push(tail)
  }
  return {
    epsilon,
    tails,
    noiseOf: (draw) => noiseOf(tails, draw),
    noiseAt: byHighBits(tails),
  }
}

/** Bits of a draw that a number holds exactly. */
const HIGH_BITS = 52n
const HIGH_END = 2 ** Number(HIGH_BITS)
const LOW_WORD_BITS = 20

/**
 * Looks at the high bits alone, which decide but where they equal those of an entry of the table: then
 * all bits are looked at. The entries are few before the draws are, so they are tried one by one.
 */
function byHighBits(tails: readonly bigint[]): (bytes: Buffer, offset: number) => number {
  const highs = Float64Array.from(tails, (tail) => Number(tail >> (DRAW_BITS - HIGH_BITS)))
  return (bytes, offset) => {
    const high =
      bytes.readUInt32BE(offset) * 2 ** LOW_WORD_BITS +
      (bytes.readUInt32BE(offset + 4) >>> (32 - LOW_WORD_BITS))
    const isNegative = high < HIGH_END / 2
    const distance = isNegative ? high : HIGH_END - 1 - high
    let steps = 0
    while (steps < highs.length && distance < (highs[steps] ?? 0)) steps += 1
    if (distance === highs[steps]) return noiseOf(tails, drawAt(bytes, offset))
    if (steps === 0) return 0
    return isNegative ? -steps : steps
  }
}

/** A draw from 16 bytes, the highest first. */
export function drawAt(bytes: Buffer, offset: number): bigint {
  return (bytes.readBigUInt64BE(offset) << 64n) | bytes.readBigUInt64BE(offset + 8)
}

/** e^-(millionths / 10^6) as a part of `ONE`, by the series of e^x, all of whose terms are positive. */
function exponentialOfMinus(millionths: bigint): bigint {
  let sum = 0n
  let term = ONE
  for (let index = 1n; term > 0n; index += 1n) {
    sum += term
    term = (term * millionths) / (1_000_000n * index)
  }
  return (ONE * ONE) / sum
}

/** The lower half of the draws are the negative ones, the upper half their mirror image. */
function noiseOf(tails: readonly bigint[], draw: bigint): number {
  if (draw < 0n || draw >= DRAWS) throw new RangeError('a draw has 128 bits')
  const mirrored = DRAWS - 1n - draw
  return draw < mirrored ? 0 - countAbove(tails, draw) : countAbove(tails, mirrored)
}

/** How many of the descending numbers are above `bound`. */
function countAbove(numbers: readonly bigint[], bound: bigint): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    // Within the length; what is not there is above nothing.
    if ((numbers[middle] ?? 0n) > bound) low = middle + 1
    else high = middle
  }
  return low
}
