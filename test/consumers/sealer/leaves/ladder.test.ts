// Where leaves may end: at boundaries of their steps in the creator's time zone, and early once enough people are expected.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLadder, nextEnd } from '#consumers/sealer/leaves/ladder.ts'
import { readPolicy } from '#infra/runtime/policy.ts'
import { defaultPolicyFile } from '#infra/runtime/config.ts'

const ladder = createLadder(readPolicy(defaultPolicyFile).ladder)
const at = (text: string): number => Date.parse(text) / 1000
const text = (atS: number): string => new Date(atS * 1000).toISOString().replace('.000', '')

describe('a step ends', () => {
  test.each([
    ['5m', 'UTC', '2026-11-25T10:02:00Z', '2026-11-25T10:05:00Z'],
    ['5m', 'UTC', '2026-11-25T10:05:00Z', '2026-11-25T10:10:00Z'],
    ['1h', 'Asia/Kolkata', '2026-11-25T10:02:00Z', '2026-11-25T11:00:00Z'],
    ['6h', 'Asia/Kolkata', '2026-11-25T10:02:00Z', '2026-11-25T12:00:00Z'],
    ['1d', 'UTC', '2026-11-25T00:00:00Z', '2026-11-26T00:00:00Z'],
    ['1d', 'Asia/Kolkata', '2026-11-25T10:02:00Z', '2026-11-25T18:30:00Z'],
    ['1d', 'Asia/Kathmandu', '2026-11-25T18:15:00Z', '2026-11-26T18:15:00Z'],
    // A Wednesday; weeks begin on Mondays.
    ['7d', 'UTC', '2026-11-25T10:00:00Z', '2026-11-30T00:00:00Z'],
    ['7d', 'America/New_York', '2026-11-30T04:00:00Z', '2026-11-30T05:00:00Z'],
    // 28 days are counted from Monday 2024-01-01: 2026-11-23 is 1057 days on, 37 spans and 21 days.
    ['28d', 'UTC', '2026-11-25T10:00:00Z', '2026-11-30T00:00:00Z'],
    ['28d', 'UTC', '2026-11-30T00:00:00Z', '2026-12-28T00:00:00Z'],
    // The day on which clocks go back has 25 hours.
    ['1d', 'America/New_York', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
  ] as const)('of %s in %s from %s at %s', (step, zone, from, end) => {
    expect(text(nextEnd(step, at(from), zone))).toBe(end)
  })

  test('after it begins, at a whole edge, wherever and whenever that is', () => {
    const zones = fc.constantFrom('UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Africa/Monrovia')
    const steps = fc.constantFrom('5m', '1h', '6h', '1d', '7d', '28d')
    fc.assert(
      fc.property(steps, zones, fc.integer({ min: 0, max: 2 ** 31 }), (step, zone, fromS) => {
        const end = nextEnd(step, fromS, zone)
        expect(end).toBeGreaterThan(fromS)
        expect(end % 300).toBe(0)
      }),
    )
  })
})

describe('the longest leaf', () => {
  const video = { startS: at('2026-11-02T10:00:00Z'), timeZone: 'UTC' }
  test.each([
    [
      'is a day while the video is younger than two',
      '2026-11-03T00:00:00Z',
      '2026-11-04T00:00:00Z',
    ],
    ['is a week from then on', '2026-11-05T00:00:00Z', '2026-11-09T00:00:00Z'],
    ['is 28 days once the video is as old', '2026-11-30T10:00:00Z', '2026-12-28T00:00:00Z'],
  ])('%s', (_says, from, end) => {
    expect(text(ladder.latestEnd(video, at(from)))).toBe(end)
  })
})

describe('a leaf is full', () => {
  const leaf = { ordinal: 3, fromS: 0, savesBefore: 49, viewsBefore: 800, firstDayViews: 200 }

  test('when its views make fifty people expected, by what was published so far', () => {
    expect(ladder.isFull({ ...leaf, views: 999 })).toBe(false)
    expect(ladder.isFull({ ...leaf, views: 1000 })).toBe(true)
  })

  test('later where noise says that fewer than none have saved', () => {
    expect(ladder.isFull({ ...leaf, savesBefore: -20, views: 49_999 })).toBe(false)
    expect(ladder.isFull({ ...leaf, savesBefore: -20, views: 50_000 })).toBe(true)
  })

  test('never without views', () => {
    expect(ladder.isFull({ ...leaf, viewsBefore: 0, firstDayViews: 0, views: 0 })).toBe(false)
  })
})
