// The noise of a seal's cells: the same as the table gives for each draw, and none of another seal's.
import { createSecretKey, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { drawCellNoise } from '#consumers/sealer/release/cell-noise.ts'
import type { SealCells } from '#consumers/sealer/release/cell-noise.ts'
import { createLaplaceSampler, drawAt } from '#consumers/sealer/release/laplace-sampler.ts'
import { chiSquareP } from '../../../support/chi-square.ts'
import { DRAWS, massOf } from './masses.ts'

const key = createSecretKey(Buffer.alloc(32, 3))
const sampler = createLaplaceSampler(0.25)
const CELLS = 285
const seal: SealCells = {
  table: 'buckets',
  subject: 9_000_000_000_000_000_001n,
  metric: 'saves',
  fromMs: 1_700_000_000_000,
  toMs: 1_700_086_400_000,
  counts: new Int32Array(CELLS),
}

const bytesOf = (draw: bigint): Buffer => {
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64BE(draw >> 64n, 0)
  bytes.writeBigUInt64BE(draw & ((1n << 64n) - 1n), 8)
  return bytes
}

test('a draw in bytes gives the noise that the table gives, at every edge of the table too', () => {
  const edges = sampler.tails.flatMap((tail) => [tail - 1n, tail, tail + 1n])
  const draws = [0n, DRAWS - 1n, DRAWS / 2n - 1n, DRAWS / 2n, ...edges]
  const both = [...draws, ...draws.map((draw) => DRAWS - 1n - draw)]
  const random = Array.from({ length: 20_000 }, () => drawAt(randomBytes(16), 0))
  for (const draw of [...both, ...random]) {
    expect([draw, sampler.noiseAt(bytesOf(draw), 0)]).toEqual([draw, sampler.noiseOf(draw)])
  }
})

test('the cells of many seals fall as the table says', () => {
  const most = 30
  const seen = new Map<number, number>()
  const seals = 700
  for (let index = 0; index < seals; index++) {
    for (const z of drawCellNoise(key, { ...seal, subject: BigInt(index) }, sampler)) {
      const clamped = Math.max(-most, Math.min(most, z))
      seen.set(clamped, (seen.get(clamped) ?? 0) + 1)
    }
  }
  const outer = Number(sampler.tails[most - 1] ?? 0n) / Number(DRAWS)
  const chanceOf = (z: number): number =>
    Math.abs(z) === most ? outer : Number(massOf(sampler, z)) / Number(DRAWS)
  const noises = Array.from({ length: 2 * most + 1 }, (_, index) => index - most)
  const cells = noises.map((z) => ({
    seen: seen.get(z) ?? 0,
    expected: chanceOf(z) * seals * CELLS,
  }))
  expect(chiSquareP(cells)).toBeGreaterThan(1e-4)
})

test('the same seal has the same noise, and one that differs in anything has another', () => {
  const drawn = (cells: SealCells): string => drawCellNoise(key, cells, sampler).join(' ')
  const oneMore = Int32Array.from(seal.counts)
  oneMore[200] = 1
  const others: readonly SealCells[] = [
    { ...seal, table: 'pools' },
    { ...seal, subject: 7n },
    { ...seal, metric: 'shares' },
    { ...seal, fromMs: seal.fromMs + 1 },
    { ...seal, toMs: seal.toMs + 1 },
    { ...seal, counts: oneMore },
  ]
  expect(drawn({ ...seal, counts: new Int32Array(CELLS) })).toBe(drawn(seal))
  expect(new Set([seal, ...others].map(drawn)).size).toBe(1 + others.length)
  const otherKey = createSecretKey(Buffer.alloc(32, 4))
  expect(drawCellNoise(otherKey, seal, sampler).join(' ')).not.toBe(drawn(seal))
})
