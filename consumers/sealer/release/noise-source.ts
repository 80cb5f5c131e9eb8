// Draws the noise of a number under the key of the day on which it is decided; the one place that holds that key.
import type { Clock } from '#infra/runtime/clock.ts'
import { dayText } from '#schemas/spans.ts'
import type { NoiseOf } from '../leaves/leaf-decider.ts'
import { drawCellNoise } from './cell-noise.ts'
import type { SealCells } from './cell-noise.ts'
import { createLaplaceSampler } from './laplace-sampler.ts'
import type { LaplaceSampler } from './laplace-sampler.ts'
import { drawNoise } from './noise.ts'
import { destroyOldNoiseKeys, noiseKeyAt } from './noise-keys.ts'

export type NoiseOfCells = (cells: SealCells, epsilon: number, decidedAtMs: number) => Int32Array

export interface NoiseSource {
  /** To be added to the count of a cell; the same for the same cell and count on the UTC day of `decidedAtMs`. */
  readonly noiseOf: NoiseOf
  /** To be added to the counts of the cells of a seal; the same for the same cells and counts on that day. */
  readonly noiseOfCells: NoiseOfCells
  /** Destroys keys of days that are long past. @throws PipelineError `setup_failed`. */
  forgetOld(): void
}

/** @param folder of keys, one a day; made with its first key. */
export function createNoiseSource(folder: string, clock: Pick<Clock, 'nowMs'>): NoiseSource {
  const samplers = new Map<number, LaplaceSampler>()
  let last: { readonly day: string; readonly key: ReturnType<typeof noiseKeyAt> } | null = null

  function keyOf(decidedAtMs: number): ReturnType<typeof noiseKeyAt> {
    const day = dayText(decidedAtMs / 1000)
    if (last?.day !== day) last = { day, key: noiseKeyAt(folder, decidedAtMs) }
    return last.key
  }

  function samplerOf(epsilon: number): LaplaceSampler {
    const known = samplers.get(epsilon)
    if (known !== undefined) return known
    const sampler = createLaplaceSampler(epsilon)
    samplers.set(epsilon, sampler)
    return sampler
  }

  return {
    noiseOf: (cell, decidedAtMs) => drawNoise(keyOf(decidedAtMs), cell, samplerOf(cell.epsilon)),
    noiseOfCells: (cells, epsilon, decidedAtMs) =>
      drawCellNoise(keyOf(decidedAtMs), cells, samplerOf(epsilon)),
    forgetOld: () => void destroyOldNoiseKeys(folder, clock.nowMs()),
  }
}
