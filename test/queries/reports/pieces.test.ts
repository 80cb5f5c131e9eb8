// Which tables answer: every instant of a span is read from one of them, and no bucket is cut in two.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutPieces } from '#queries/reports/pieces.ts'
import { dayBuckets, hourBuckets, rangeOf } from '#queries/reports/time-buckets.ts'
import { at, noonish } from './report-samples.ts'

const shown = (pieces: ReturnType<typeof cutPieces>): readonly string[] =>
  pieces.map(({ grain, fromS, toS }) =>
    [grain, ...[fromS, toS].map((s) => new Date(s * 1000).toISOString().slice(5, 16))].join(' '),
  )

describe('a span without rows in time', () => {
  test('is whole UTC days, quarters at their edges, and minutes of what is open', () => {
    const span = rangeOf('2026-11-20', '2026-11-24', 'Asia/Kathmandu')
    expect(shown(cutPieces(span, { buckets: null, horizon: noonish, open: true }))).toEqual([
      'quarters 11-19T18:15 11-20T00:00',
      'days 11-20T00:00 11-24T00:00',
      'quarters 11-24T00:00 11-24T12:15',
      'minutes 11-24T12:15 11-24T18:15',
    ])
  })

  test('takes a day from its quarters while what is told by the day alone is not counted', () => {
    const span = rangeOf('2026-11-22', '2026-11-24', 'UTC')
    const horizon = { ...noonish, peopleThroughS: noonish.peopleThroughS - 86_400 }
    expect(shown(cutPieces(span, { buckets: null, horizon, open: false }))).toEqual([
      'days 11-22T00:00 11-23T00:00',
      'quarters 11-23T00:00 11-24T12:15',
    ])
  })

  test('ends at the last closed quarter when the provisional is left out', () => {
    const span = rangeOf('2026-11-24', '2026-11-24', 'UTC')
    const pieces = cutPieces(span, { buckets: null, horizon: noonish, open: false })
    expect(shown(pieces)).toEqual(['quarters 11-24T00:00 11-24T12:15'])
  })

  test('that lies in the future is minutes alone: some clocks run ahead', () => {
    const span = rangeOf('2026-11-25', '2026-11-25', 'UTC')
    const pieces = cutPieces(span, { buckets: null, horizon: noonish, open: true })
    expect(shown(pieces)).toEqual(['minutes 11-25T00:00 11-26T00:00'])
  })
})

describe('rows in time', () => {
  test('of UTC days are read from days', () => {
    const buckets = dayBuckets('2026-11-21', '2026-11-22', 'UTC')
    const span = rangeOf('2026-11-21', '2026-11-22', 'UTC')
    expect(shown(cutPieces(span, { buckets, horizon: noonish, open: true }))).toEqual([
      'days 11-21T00:00 11-23T00:00',
    ])
  })

  test.each([
    ['days of another zone', dayBuckets('2026-11-21', '2026-11-22', 'Europe/Berlin')],
    ['hours', hourBuckets(rangeOf('2026-11-21', '2026-11-22', 'Europe/Berlin'), 'Europe/Berlin')],
  ] as const)('of %s are read from quarters', (_name, buckets) => {
    const span = rangeOf('2026-11-21', '2026-11-22', 'Europe/Berlin')
    expect(shown(cutPieces(span, { buckets, horizon: noonish, open: true }))).toEqual([
      'quarters 11-20T23:00 11-22T23:00',
    ])
  })

  test('of days that begin at UTC midnight but for the first are read from days all the same', () => {
    const buckets = dayBuckets('2026-10-25', '2026-10-27', 'Europe/London')
    const span = rangeOf('2026-10-25', '2026-10-27', 'Europe/London')
    expect(shown(cutPieces(span, { buckets, horizon: noonish, open: true }))).toEqual([
      'quarters 10-24T23:00 10-25T00:00',
      'days 10-25T00:00 10-28T00:00',
    ])
  })
})

test('pieces tile what is counted: nothing twice, nothing left out, days whole and closed', () => {
  const quarter = fc.integer({
    min: at('2026-11-01T00:00:00Z') / 900,
    max: noonish.completeThroughS / 900 + 4,
  })
  fc.assert(
    fc.property(quarter, fc.integer({ min: 1, max: 3000 }), fc.boolean(), (from, length, open) => {
      const span = { fromS: from * 900, toS: (from + length) * 900 }
      const pieces = cutPieces(span, { buckets: null, horizon: noonish, open })
      let next = span.fromS
      for (const { grain, fromS, toS } of pieces) {
        expect(fromS).toBe(next)
        expect(toS).toBeGreaterThan(fromS)
        if (grain === 'days') expect([fromS % 86_400, toS % 86_400]).toEqual([0, 0])
        if (grain === 'minutes') expect(fromS).toBeGreaterThanOrEqual(noonish.completeThroughS)
        else expect(toS).toBeLessThanOrEqual(noonish.completeThroughS)
        next = toS
      }
      const end = open ? span.toS : Math.min(span.toS, noonish.completeThroughS)
      expect(next).toBe(Math.max(span.fromS, end))
    }),
  )
})
