// Time in answers: days and hours are those of the reader's clock, also on the days on which it changes.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  dayBuckets,
  hourBuckets,
  hourOfWeekBuckets,
  instantText,
  minuteBuckets,
  monthBuckets,
  rangeOf,
  weekBuckets,
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

describe('weeks', () => {
  const keys = (from: string, to: string): readonly unknown[] =>
    weekBuckets(from, to, 'UTC').map(({ key }) => key)

  test('belong to the year of their Thursday', () => {
    expect(keys('2020-12-28', '2021-01-04')).toEqual(['2020-W53', '2021-W01'])
    expect(keys('2024-12-29', '2024-12-30')).toEqual(['2024-W52', '2025-W01'])
    expect(keys('2027-01-01', '2027-01-03')).toEqual(['2026-W53'])
    expect(keys('2023-01-01', '2023-01-02')).toEqual(['2022-W52', '2023-W01'])
  })

  test('begin on the Monday of the zone, and are cut by the dates that were asked', () => {
    const weeks = weekBuckets('2026-10-31', '2026-11-10', 'Asia/Kathmandu')
    expect(weeks.map(({ key, fromS }) => [key, instantText(fromS)])).toEqual([
      ['2026-W44', '2026-10-30T18:15:00Z'],
      ['2026-W45', '2026-11-01T18:15:00Z'],
      ['2026-W46', '2026-11-08T18:15:00Z'],
    ])
    expect(weeks.map(hoursOf)).toEqual([48, 168, 48])
    expect(weekBuckets('2026-10-19', '2026-10-25', 'Europe/Berlin').map(hoursOf)).toEqual([169])
  })
})

describe('months', () => {
  test('are as long as the calendar and the clock make them', () => {
    const months = monthBuckets('2024-01-30', '2024-04-01', 'Europe/Berlin')
    expect(months.map(({ key }) => key)).toEqual(['2024-01', '2024-02', '2024-03', '2024-04'])
    expect(months.map(hoursOf)).toEqual([2 * 24, 29 * 24, 31 * 24 - 1, 24])
    expect(monthBuckets('2100-02-01', '2100-02-28', 'UTC').map(hoursOf)).toEqual([28 * 24])
  })
})

describe('hours of the week', () => {
  const week = (from: string, to: string, tz: string): readonly Bucket[] =>
    hourOfWeekBuckets(rangeOf(from, to, tz), tz)

  test('are always 168, from Monday 00:00 of the zone', () => {
    const rows = week('2026-11-02', '2026-11-08', 'Asia/Kathmandu')
    expect(rows.map(({ key }) => key)).toEqual(Array.from({ length: 168 }, (_, key) => key))
    expect(instantText(rows[0]?.fromS ?? 0)).toBe('2026-11-01T18:15:00Z')
    expect(new Set(rows.map(hoursOf))).toEqual(new Set([1]))
  })

  test('reach from their first to their last in the range, and are empty where it has none', () => {
    expect(week('2026-11-07', '2026-11-16', 'UTC')[5 * 24]).toMatchObject({
      fromS: at('2026-11-07T00:00:00Z'),
      toS: at('2026-11-14T01:00:00Z'),
    })
    const weekend = week('2026-11-07', '2026-11-08', 'UTC')
    expect(weekend.flatMap((hour, key) => (hoursOf(hour) === 0 ? [key] : []))).toEqual(
      Array.from({ length: 5 * 24 }, (_, key) => key),
    )
  })

  test('take an hour that the clock repeats twice, and lack the one that it leaps over', () => {
    const twoOnSunday = 6 * 24 + 2
    const autumn = week('2026-10-19', '2026-10-25', 'Europe/Berlin')
    expect(autumn[twoOnSunday]).toMatchObject({
      fromS: at('2026-10-25T00:00:00Z'),
      toS: at('2026-10-25T02:00:00Z'),
    })
    const spring = week('2026-03-23', '2026-03-29', 'Europe/Berlin')
    expect(spring.filter((hour) => hour.toS === hour.fromS)).toEqual([spring[twoOnSunday]])
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
  ['weeks', (day: string, tz: string) => weekBuckets(day, day, tz)],
  ['months', (day: string, tz: string) => monthBuckets(day, day, tz)],
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
      for (const { key, fromS } of hours(day, tz)) expect(at(String(key))).toBe(fromS)
    }),
  )
})
