// Seeded randomness: the same seed and place give the same numbers, whenever and how often they are asked for.
import { hash } from 'node:crypto'

export interface Random {
  /** 0 <= x < 1. */
  next(): number
  /** A whole number of 0 to below `bound`. */
  below(bound: number): number
  pick<T>(values: readonly [T, ...T[]]): T
  bytes(count: number): Uint8Array
}

/** A sequence of numbers that the words stand for. */
export function createRandom(...words: readonly (string | number)[]): Random {
  return createRandoms(...words)(0)
}

/** Sequences of numbers, one for each place (a whole number below 2^53): cheap to make by the million. */
export function createRandoms(...words: readonly (string | number)[]): (place: number) => Random {
  const seed = hash('sha256', words.join('/'), 'buffer')
  const [a, b, c, d] = [0, 4, 8, 12].map((at) => seed.readInt32LE(at))
  return (place) => {
    const low = mix(place >>> 0)
    const high = mix(Math.floor(place / 2 ** 32) + 1)
    return sequence((a ?? 0) ^ low, (b ?? 0) ^ high, c ?? 0, d ?? 1)
  }
}

/** Spreads the bits of a number (the finalizer of MurmurHash3, Appleby 2011). */
function mix(value: number): number {
  const first = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  return second ^ (second >>> 16)
}

/** xoshiro128** (Blackman and Vigna, 2018). */
function sequence(a: number, b: number, c: number, d: number): Random {
  const draw = (): number => {
    const product = Math.imul(b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result >>> 0
  }
  const next = (): number => draw() / 2 ** 32
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    next,
    below,
    pick: (values) => values[below(values.length)] ?? values[0],
    bytes(count) {
      const bytes = new Uint8Array(count)
      for (let at = 0; at < count; at++) bytes[at] = draw() >>> 24
      return bytes
    },
  }
}
