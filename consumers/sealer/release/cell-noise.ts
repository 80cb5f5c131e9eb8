// The noise of all cells of one seal, from one key stream: as good as a draw each, at a thirtieth of its cost.
import { createCipheriv } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { digestOf } from './noise.ts'
import type { LaplaceSampler } from './laplace-sampler.ts'

/** Cells that are published together, once. */
export interface SealCells {
  readonly table: 'buckets' | 'pools'
  /** The video, or the creator of a pool. */
  readonly subject: bigint
  readonly metric: string
  /** Milliseconds since 1970; `toMs` is not included. */
  readonly fromMs: number
  readonly toMs: number
  /** Exact, in the fixed order of dimensions and values. All of them go into every draw. */
  readonly counts: Int32Array
}

/** Bytes of a draw: a block of the cipher. */
const DRAW_BYTES = 16
const FIRST_BLOCK = Buffer.alloc(DRAW_BYTES)

/**
 * The noise that is to be added to each of the counts. An HMAC-SHA-256 of the seal under the key of the
 * day is the key of an AES-256-CTR stream (NIST SP 800-38A, counter from 0), of which cell `i` takes the
 * bytes from 16 i. Seals that differ in a count or in anything else have streams that nobody can relate
 * without the key.
 */
export function drawCellNoise(
  key: KeyObject,
  { table, subject, metric, fromMs, toMs, counts }: SealCells,
  sampler: LaplaceSampler,
): Int32Array {
  const parts = ['noise/v1', table, subject, metric, fromMs, toMs, counts.join(' ')]
  const stream = createCipheriv('aes-256-ctr', digestOf(key, parts), FIRST_BLOCK)
  const draws = stream.update(Buffer.alloc(counts.length * DRAW_BYTES))
  const noise = new Int32Array(counts.length)
  for (let cell = 0; cell < noise.length; cell++) {
    noise[cell] = sampler.noiseAt(draws, cell * DRAW_BYTES)
  }
  return noise
}
