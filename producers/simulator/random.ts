// Seeded randomness: the same seed and place give the same numbers, whenever and how often they are asked for.
import { createHash } from 'node:crypto'

export interface Random {
  /** 0 <= x < 1. */
  next(): number
  /** A whole number of 0 to below `bound`. */
  below(bound: number): number
  pick<T>(values: readonly [T, ...T[]]): T
  bytes(count: number): Buffer
}

/** xoshiro128** (Blackman and Vigna, 2018), seeded by a hash of the words. */
export function createRandom(...words: readonly (string | number)[]): Random {
  const seed = createHash('sha256').update(words.join('/')).digest()
  const state = Uint32Array.from({ length: 4 }, (_, index) => seed.readUInt32LE(index * 4))
  const draw = (): number => {
    const [a = 0, b = 0, c = 0, d = 0] = state
    const product = Math.imul(b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const mixed = d ^ b
    state[2] = c ^ a ^ (b << 9)
    state[3] = (mixed << 11) | (mixed >>> 21)
    state[1] = b ^ c ^ a
    state[0] = a ^ mixed
    return result
  }
  const next = (): number => draw() / 2 ** 32
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    next,
    below,
    pick: (values) => values[below(values.length)] ?? values[0],
    bytes: (count) => Buffer.from(Uint8Array.from({ length: count }, () => draw() & 255)),
  }
}
