// Releases as they are built where nobody thought of who might ask: each has one mistake, which its attack has to find.
import { createCipheriv, createHash, hash } from 'node:crypto'
import { createLaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'

/** Uniform numbers of 128 bits, the same for the same words. */
export function createDraws(...words: readonly (string | number)[]): () => bigint {
  const key = createHash('sha256').update(words.join('/')).digest()
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  const zeros = Buffer.alloc(16 * 4096)
  let [stream, at] = [Buffer.alloc(0), 0]
  return () => {
    if (at >= stream.length) [stream, at] = [cipher.update(zeros), 0]
    const draw = (stream.readBigUInt64BE(at) << 64n) | stream.readBigUInt64BE(at + 8)
    at += 16
    return draw
  }
}

/** A number that can be asked for again and again. */
export type Reading = (count: number) => number

/** Mistake: a private act is counted in the open. */
export const exactly: Reading = (count) => count

/** Mistake: noise is drawn for every answer. Its mean over many answers is the count. */
export function createFreshNoise(epsilon: number, seed: number): Reading {
  const sampler = createLaplaceSampler(epsilon)
  const draw = createDraws('fresh', epsilon, seed)
  return (count) => count + sampler.noiseOf(draw())
}

/** Mistake: a cell has its noise for ever, and its count goes on. Two readings differ by the counts. */
export function createStickyNoise(epsilon: number, seed: number): (cell: string) => Reading {
  const sampler = createLaplaceSampler(epsilon)
  return (cell) => {
    const noise = sampler.noiseOf(createDraws('sticky', seed, cell)())
    return (count) => count + noise
  }
}

/** Mistake: noise follows from the events. Who adds an event that counts for nothing draws it anew. */
export function createNoiseFromData(epsilon: number): (events: string, count: number) => number {
  const sampler = createLaplaceSampler(epsilon)
  return (events, count) => {
    const digest = hash('sha256', events, 'buffer')
    return count + sampler.noiseOf((digest.readBigUInt64BE(0) << 64n) | digest.readBigUInt64BE(8))
  }
}

/** Mistake: small counts are hidden, others exact. Whoever brings the others learns whether one is missing. */
export function atLeast(count: number, least: number): number | null {
  return count >= least ? count : null
}

export interface ExactRows {
  readonly total: number
  /** Null: below the threshold, hidden. */
  readonly rows: readonly (number | null)[]
}

/** Mistake: a small row is hidden beside an exact total. It is the total less the other rows. */
export function hideSmallRows(counts: readonly number[], least: number): ExactRows {
  return {
    total: counts.reduce((sum, count) => sum + count, 0),
    rows: counts.map((count) => atLeast(count, least)),
  }
}

/** Mistake: time begins for a video with the first act. That there is a first leaf tells of the act. */
export function leavesSinceFirstAct(actsS: readonly number[], nowS: number): number {
  const firstS = Math.min(...actsS)
  return Number.isFinite(firstS) ? Math.ceil((nowS - firstS) / 86_400) : 0
}
