// The noise that a seal must have drawn, by the keys of a platform's days.
import type { KeyObject } from 'node:crypto'
import { drawCellNoise } from '#consumers/sealer/release/cell-noise.ts'
import type { SealCells } from '#consumers/sealer/release/cell-noise.ts'
import { createLaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import { drawNoise } from '#consumers/sealer/release/noise.ts'
import { noiseKeyAt } from '#consumers/sealer/release/noise-keys.ts'

export interface DrawnBy {
  /** Folder of keys. */
  readonly noiseKeys: string
  readonly decidedMs: number
  readonly epsilon: number
}

type Cell = Parameters<typeof drawNoise>[1]

const DAY_MS = 86_400_000
const samplers = new Map<number, ReturnType<typeof createLaplaceSampler>>()
const keys = new Map<string, KeyObject>()

export function noiseOfTotal(cell: Cell, { epsilon, ...by }: DrawnBy): number {
  return drawNoise(keyAt(by), cell, samplerOf(epsilon))
}

export function noiseOfCells(cells: SealCells, { epsilon, ...by }: DrawnBy): Int32Array {
  return drawCellNoise(keyAt(by), cells, samplerOf(epsilon))
}

function samplerOf(epsilon: number): ReturnType<typeof createLaplaceSampler> {
  const sampler = samplers.get(epsilon) ?? createLaplaceSampler(epsilon)
  samplers.set(epsilon, sampler)
  return sampler
}

function keyAt({ noiseKeys, decidedMs }: Omit<DrawnBy, 'epsilon'>): KeyObject {
  const name = `${noiseKeys} ${Math.floor(decidedMs / DAY_MS)}`
  const key = keys.get(name) ?? noiseKeyAt(noiseKeys, decidedMs)
  keys.set(name, key)
  return key
}
