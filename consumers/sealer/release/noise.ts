// The noise of one guarded number, drawn from what it is the number of under the key of the day: drawn again, it is the same.
import { createHmac } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { drawAt } from './laplace-sampler.ts'
import type { LaplaceSampler } from './laplace-sampler.ts'

/** A number that is published once. No two numbers with noise of their own share all of this. */
export interface NoiseCell {
  readonly table: string
  /** The video, or the creator of a pool. */
  readonly subject: bigint
  readonly metric: string
  /** Milliseconds since 1970; `toMs` is not included. */
  readonly fromMs: number
  readonly toMs: number
  /** Exact. It goes into the draw, so that another count of the same cell has other noise. */
  readonly count: number
}

/**
 * The noise that is to be added to the cell's count. Independent of that of every other cell, for
 * whoever does not hold the key: not even the draws of two sealers that counted differently tell how
 * much they differ by.
 */
export function drawNoise(key: KeyObject, cell: NoiseCell, sampler: LaplaceSampler): number {
  return sampler.noiseOf(drawOf(key, cell))
}

/** A uniform number of 128 bits: the first half of an HMAC-SHA-256 of the cell. */
export function drawOf(key: KeyObject, cell: NoiseCell): bigint {
  const { table, subject, metric, fromMs, toMs, count } = cell
  const parts = ['noise/v1', table, subject, metric, fromMs, toMs, count]
  return drawAt(digestOf(key, parts), 0)
}

/** HMAC-SHA-256 of parts that no other list of parts looks like. */
export function digestOf(key: KeyObject, parts: readonly (string | number | bigint)[]): Buffer {
  return createHmac('sha256', key).update(lengthPrefixed(parts)).digest()
}

/** Each part as text behind its length in bytes (netstrings): no two lists make the same text. */
function lengthPrefixed(parts: readonly (string | number | bigint)[]): string {
  let prefixed = ''
  for (const part of parts) {
    const text = String(part)
    prefixed += `${Buffer.byteLength(text)}:${text},`
  }
  return prefixed
}
