// Noise is drawn under the key of the day that a decision names, whenever it is drawn.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createNoiseSource } from '#consumers/sealer/release/noise-source.ts'

const DAY_MS = 86_400_000
const midnight = Date.UTC(2026, 10, 25)
const cells = {
  table: 'buckets',
  subject: 1n,
  metric: 'saves',
  fromMs: 0,
  toMs: DAY_MS,
  counts: new Int32Array(285).fill(7),
} as const

let parent = ''
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'noise-source-'))
})
afterEach(() => rmSync(parent, { recursive: true }))

/** Noise of a hundred cells and more that are decided at an instant, drawn by a process of its own at another. */
function drawn(atMs: number, nowMs: number): readonly number[] {
  const source = createNoiseSource(parent, { nowMs: () => nowMs })
  const single = { ...cells, table: 'totals', count: 7, epsilon: 0.5 } as const
  return [source.noiseOf(single, atMs), ...source.noiseOfCells(cells, 0.5, atMs)]
}

test('a decision of before midnight that is finished after it has noise of the day before', () => {
  const before = drawn(midnight - 60_000, midnight - 60_000)
  expect(drawn(midnight - 60_000, midnight + 60_000)).toEqual(before)
  expect(drawn(midnight, midnight + 60_000)).not.toEqual(before)
  expect(readdirSync(parent)).toEqual(['2026-11-24', '2026-11-25'])
})

test('a source that draws of two days in turn keeps to the key of each', () => {
  const source = createNoiseSource(parent, { nowMs: () => midnight })
  const draw = (atMs: number) => [...source.noiseOfCells(cells, 0.5, atMs)]
  const [today, before, again] = [midnight, midnight - 1, midnight].map(draw)
  expect(again).toEqual(today)
  expect(before).not.toEqual(today)
})
