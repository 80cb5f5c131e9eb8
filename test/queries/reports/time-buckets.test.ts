// Time in answers: days and hours are those of the reader's clock, also on the days on which it changes.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  dayBuckets,
  hourBuckets,
  instantText,
  minuteBuckets,
  rangeOf,
} from '#queries/reports/time-buckets.ts'
import type { Bucket } from '#queries/reports/time-buckets.ts'
import { at } from './report-samples.ts'

const hoursOf = ({ fromS, toS }: Bucket): number => (toS - fromS) / 3600
const hours = (day: string, tz: string): readonly Bucket[] => hourBuckets(rangeOf(day, day, tz), tz)

describe('days', () => {
  test('have 23 and 25 hours where the clock changes', () => {
    const spring = dayBuckets('2026-03-28', '2026-03-30', 'Europe/Berlin')
    expect(spring.map(hoursOf)).toEqual([24, 23, 24])
    const autumn = dayBuckets('2026-10-24', '2026-10-26', 'Europe/Berlin')
    expect(autumn.map(hoursOf)).toEqual([24, 25, 24])
    expect(autumn[1]).toEqual({
      key: '2026-10-25',
      fromS: at('2026-10-24T22:00:00Z'),
      toS: at('2026-10-25T23:00:00Z'),
    })
  })

  test('begin at the half and the quarter of an hour where the zone does', () => {
    expect(rangeOf('2026-11-01', '2026-11-02', 'Asia/Kolkata')).toEqual({
      fromS: at('2026-10-31T18:30:00Z'),
      toS: at('2026-11-02T18:30:00Z'),
    })
    expect(instantText(rangeOf('2026-11-01', '2026-11-01', 'Asia/Kathmandu').fromS)).toBe(
      '2026-10-31T18:15:00Z',
    )
  })

  test('begin after midnight where midnight was leapt over', () => {
    const [day] = dayBuckets('2018-11-04', '2018-11-04', 'America/Sao_Paulo')
    expect(instantText(day?.fromS ?? 0)).toBe('2018-11-04T03:00:00Z')
    expect(hours('2018-11-04', 'America/Sao_Paulo')[0]?.key).toBe('2018-11-04T01:00:00-02:00')
  })

  test('that never were have no row', () => {
    const days = dayBuckets('2011-12-29', '2011-12-31', 'Pacific/Apia')
    expect(days.map(({ key }) => key)).toEqual(['2011-12-29', '2011-12-31'])
  })

  test('stay within what 32 bits of seconds can hold', () => {
    expect(rangeOf('1970-01-01', '1970-01-01', 'Asia/Tokyo').fromS).toBe(0)
    expect(hours('1970-01-01', 'America/St_Johns')[0]?.fromS).toBe(at('1970-01-01T00:00:00-03:30'))
  })
})

describe('hours', () => {
  test('that the clock repeats are told apart by their offset', () => {
    const autumn = hours('2026-10-25', 'Europe/Berlin').map(({ key }) => key)
    expect(autumn).toHaveLength(25)
    expect(autumn.slice(2, 4)).toEqual(['2026-10-25T02:00:00+02:00', '2026-10-25T02:00:00+01:00'])
  })

  test('of a zone at 5:45 are its own, not those of UTC', () => {
    const [first] = hours('2026-11-01', 'Asia/Kathmandu')
    expect(first?.key).toBe('2026-11-01T00:00:00+05:45')
    expect(instantText(first?.fromS ?? 0)).toBe('2026-10-31T18:15:00Z')
  })

  test('break where the clock changes by half an hour', () => {
    const spring = hours('2026-10-04', 'Australia/Lord_Howe')
    expect(spring.slice(1, 4).map(({ key }) => key)).toEqual([
      '2026-10-04T01:00:00+10:30',
      '2026-10-04T02:30:00+11:00',
      '2026-10-04T03:00:00+11:00',
    ])
    expect(spring.reduce((sum, bucket) => sum + hoursOf(bucket), 0)).toBe(23.5)
  })

  test('west of Greenwich have a minus sign, in UTC +00:00', () => {
    expect(hours('2026-11-01', 'America/St_Johns')[0]?.key).toBe('2026-11-01T00:00:00-02:30')
    expect(hours('2026-11-02', 'UTC')[5]?.key).toBe('2026-11-02T05:00:00+00:00')
  })
})

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Africa/Casablanca',
  'America/Asuncion',
] as const
const dates = fc
  .integer({ min: at('2000-01-01T00:00:00Z') / 86_400, max: at('2036-01-01T00:00:00Z') / 86_400 })
  .map((day) => instantText(day * 86_400).slice(0, 10))

describe.each([
  ['days', (day: string, tz: string) => dayBuckets(day, day, tz)],
  ['hours', hours],
  ['minutes', (day: string, tz: string) => minuteBuckets(rangeOf(day, day, tz), tz)],
] as const)('%s of any date in any zone', (_name, bucketsOf) => {
  test('tile it without gap or overlap', () => {
    fc.assert(
      fc.property(dates, fc.constantFrom(...zones), (day, tz) => {
        const { fromS, toS } = rangeOf(day, day, tz)
        const buckets = bucketsOf(day, tz)
        expect(buckets[0]?.fromS).toBe(fromS)
        expect(buckets.at(-1)?.toS).toBe(toS)
        const gaps = buckets.filter((each, index) => each.fromS !== buckets[index - 1]?.toS)
        expect(gaps).toHaveLength(1)
        expect(buckets.filter((each) => each.toS <= each.fromS)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })
})

test('the key of an hour or a minute is its first instant', () => {
  fc.assert(
    fc.property(dates, fc.constantFrom(...zones), (day, tz) => {
      for (const { key, fromS } of hours(day, tz)) expect(at(key)).toBe(fromS)
    }),
  )
})
