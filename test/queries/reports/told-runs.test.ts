// The time that buckets tell of, and the first people whom they do not, in whatever order these come.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createActs,
  createToldRuns,
  toldTogether,
  untoldFromS,
} from '#queries/reports/told-runs.ts'
import type { ToldBucket } from '#queries/reports/told-runs.ts'

function bucket(fromS: number, toS: number, people = 100, videoId = 7n): ToldBucket {
  return { videoId, metric: 'viewers', fromS, toS, people }
}

function runOf(buckets: readonly ToldBucket[]) {
  const runs = createToldRuns()
  for (const each of buckets) runs.add(each)
  const run = runs.runOf('viewers', 7n)
  return run === null ? null : [run.fromS, run.toS]
}

describe('a video is told', () => {
  test('where its buckets lie end to end', () => {
    expect(runOf([])).toBeNull()
    expect(runOf([bucket(10, 20), bucket(20, 50), bucket(0, 90, 1000, 8n)])).toEqual([10, 50])
  })

  test('of several times in that with the most people, of such in the first', () => {
    expect(runOf([bucket(0, 10, 90), bucket(20, 30), bucket(30, 40)])).toEqual([20, 40])
    expect(runOf([bucket(20, 30), bucket(0, 10)])).toEqual([0, 10])
  })

  test('in the same time, in whatever order buckets come', () => {
    const lengths = fc.array(
      fc.record({
        lengthS: fc.integer({ min: 1, max: 9 }),
        isTold: fc.boolean(),
        people: fc.integer({ min: -5, max: 300 }),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(lengths, fc.infiniteStream(fc.nat()), (all, turns) => {
        let atS = 0
        const buckets = all.flatMap(({ lengthS, isTold, people }) => {
          atS += lengthS
          return isTold ? [bucket(atS - lengthS, atS, people)] : []
        })
        const shuffled = buckets
          .map((each) => ({ each, key: turns.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ each }) => each)
        expect(runOf(shuffled)).toEqual(runOf(buckets))
      }),
    )
  })

  test('for a rate where both parts are, which are told of nobody where nobody acted', () => {
    const viewers = { fromS: 0, toS: 50 }
    const parts = { of: { fromS: 10, toS: 80 }, viewers, hasActs: true }
    expect(toldTogether('likers', parts)).toEqual({ fromS: 10, toS: 50 })
    const nowhere = { fromS: 0, toS: 0 }
    expect(toldTogether('likers', { ...parts, of: null })).toEqual(nowhere)
    expect(toldTogether('likers', { ...parts, of: null, hasActs: false })).toEqual(viewers)
    expect(toldTogether('likers', { of: null, viewers: null, hasActs: false })).toEqual(nowhere)
    // Of saves it is not known that there are none.
    expect(toldTogether('saves', { ...parts, of: null, hasActs: false })).toEqual(nowhere)
  })
})

describe('people', () => {
  const told = { fromS: 100, toS: 200 }

  test('are told by none before, past and without the told time', () => {
    expect(untoldFromS({ fromS: 100, toS: 200 }, told)).toBeNull()
    expect(untoldFromS({ fromS: 90, toS: 110 }, told)).toBe(90)
    expect(untoldFromS({ fromS: 150, toS: 201 }, told)).toBe(200)
    expect(untoldFromS({ fromS: 300, toS: 310 }, told)).toBe(300)
    expect(untoldFromS({ fromS: 150, toS: 160 }, null)).toBe(150)
  })

  test('of all videos count by the first, in whatever order they come', () => {
    const acts = [
      [7n, 120, 140],
      [8n, 150, 160],
      [7n, 190, 250],
      [8n, 130, 140],
    ] as const
    for (const order of [acts, acts.toReversed()]) {
      const found = createActs()
      for (const [videoId, fromS, toS] of order) found.add(videoId, fromS, toS)
      expect(found.firstUntoldS((videoId) => (videoId === 7n ? told : null))).toBe(130)
      expect(found.firstUntoldS(() => told)).toBe(200)
      expect(found.firstUntoldS(() => ({ fromS: 0, toS: 250 }))).toBe(Infinity)
    }
  })
})
