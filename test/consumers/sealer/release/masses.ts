// A sampler's table, number by number: how many of the 2^128 draws give each noise.
import type { LaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'

export const DRAWS = 1n << 128n

/** Draws that give the noise `z`. */
export function massOf({ tails }: LaplaceSampler, z: number): bigint {
  const k = Math.abs(z)
  const beyond = tails[k] ?? 0n
  return k === 0 ? DRAWS - 2n * beyond : (tails[k - 1] ?? 0n) - beyond
}

/** Every noise that is drawn at all, and its neighbours on either side, ascending. */
export function noisesOf({ tails }: LaplaceSampler): readonly number[] {
  const most = tails.length + 1
  return Array.from({ length: 2 * most + 1 }, (_, index) => index - most)
}
