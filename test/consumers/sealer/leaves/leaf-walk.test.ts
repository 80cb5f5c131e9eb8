// One video is walked through its edges: leaves tile its time, however the walk is cut.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLadder } from '#consumers/sealer/leaves/ladder.ts'
import type { OpenLeaf } from '#consumers/sealer/leaves/ladder.ts'
import { walkLeaves } from '#consumers/sealer/leaves/leaf-walk.ts'
import type { EndedLeaf, ViewSteps } from '#consumers/sealer/leaves/leaf-walk.ts'
import { defaultPolicyFile } from '#infra/runtime/config.ts'
import { readPolicy } from '#infra/runtime/policy.ts'

const ladder = createLadder(readPolicy(defaultPolicyFile).ladder)
const DAY_S = 86_400
/** A Monday. */
const startS = Date.parse('2026-10-05T00:00:00Z') / 1000
const video = { startS, timeZone: 'UTC' }
const sums = { savesBefore: 0, viewsBefore: 0, views: 0, firstDayViews: 0 }
const first: OpenLeaf = { ordinal: 1, fromS: startS, ...sums }

/** As many views in each quarter of an hour. */
function steadyViews(fromS: number, toS: number, views: number): ViewSteps {
  const steps: number[] = []
  for (let end = fromS + 900; end <= toS; end += 900) steps.push(end, views)
  return steps
}

/** @param savesPerQuarter what is published, however many views there are. */
function walk(leaf: OpenLeaf, steps: ViewSteps, throughS: number, savesPerQuarter = 1) {
  const ended: EndedLeaf[] = []
  const end = walkLeaves(ladder, {
    video,
    leaf,
    steps,
    throughS,
    seal(each) {
      ended.push(each)
      return Math.round((savesPerQuarter * (each.toS - each.fromS)) / 900)
    },
  })
  return { ended, ...end }
}

describe('a walk', () => {
  test('ends a leaf of a video that nobody sees at every boundary of its longest step', () => {
    const { ended } = walk(first, [], startS + 35 * DAY_S)
    const days = ended.map(({ fromS, toS }) => [(fromS - startS) / DAY_S, (toS - startS) / DAY_S])
    expect(days).toEqual([
      [0, 1],
      [1, 2],
      [2, 7],
      [7, 14],
      [14, 21],
      [21, 28],
    ])
  })

  test('ends leaves early while many are expected, the first day apart, when nothing is known', () => {
    const threeDaysS = startS + 3 * DAY_S
    const { ended } = walk(first, steadyViews(startS, threeDaysS, 1000), threeDaysS, 20)
    expect(ended[0]).toMatchObject({ ordinal: 1, toS: startS + DAY_S })
    expect(ended.length).toBeGreaterThan(30)
  })

  test('says of a spike on an old video within a quarter of an hour that it is full', () => {
    const old: OpenLeaf = {
      ordinal: 9,
      fromS: startS + 56 * DAY_S,
      savesBefore: 200,
      viewsBefore: 20_000,
      views: 0,
      firstDayViews: 5000,
    }
    const spikeS = old.fromS + 5 * DAY_S
    const steps = [...steadyViews(old.fromS, spikeS, 1), spikeS + 300, 7000]
    const { ended } = walk(old, steps, spikeS + 300)
    expect(ended).toEqual([{ ordinal: 9, fromS: old.fromS, toS: spikeS + 300 }])
  })

  test('stops at a leaf that must stay open, and leaves it as it began', () => {
    const end = walkLeaves(ladder, {
      video,
      leaf: first,
      steps: steadyViews(startS, startS + 2 * DAY_S, 10),
      throughS: startS + 2 * DAY_S,
      seal: () => null,
    })
    expect(end).toMatchObject({ stopped: true, leaf: { ordinal: 1, fromS: startS, views: 0 } })
  })

  test('gives the same leaves however it is cut, each beginning where the last ended', () => {
    const steps = steadyViews(startS, startS + 30 * DAY_S, 40)
    const whole = walk(first, steps, startS + 30 * DAY_S)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 * 96 - 1 }), { maxLength: 5 }), (cuts) => {
        const ends = [...new Set(cuts)].toSorted((a, b) => a - b).map((cut) => startS + cut * 900)
        let leaf = first
        let sinceS = startS
        const ended: EndedLeaf[] = []
        for (const throughS of [...ends, startS + 30 * DAY_S]) {
          const some = steps.filter((_each, at) => {
            const toS = steps[at - (at % 2)] ?? 0
            return toS > sinceS && toS <= throughS
          })
          const part = walk(leaf, some, throughS)
          ended.push(...part.ended)
          leaf = part.leaf
          sinceS = throughS
        }
        expect(ended).toEqual(whole.ended)
        expect(leaf).toEqual(whole.leaf)
      }),
      { numRuns: 50 },
    )
    for (const [index, { fromS }] of whole.ended.entries()) {
      expect(fromS).toBe(index === 0 ? startS : whole.ended[index - 1]?.toS)
    }
  })
})
