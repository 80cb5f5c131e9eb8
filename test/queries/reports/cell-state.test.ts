// Values of metrics: each is its arithmetic on stored sums, and nothing over nothing.
import { describe, expect, test } from 'vitest'
import { cellOf, peopleCell } from '#queries/reports/cell-state.ts'
import type { Cell, Counted, StoredSum } from '#queries/reports/cell-state.ts'
import { metricColumn } from '#queries/reports/columns.ts'
import { isGuarded } from '#schemas/metric-kinds.ts'
import { isMetricName, metrics } from '#schemas/metrics.ts'
import type { Metric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'

const sums: Readonly<Record<StoredSum, number>> = {
  views: 12,
  engaged_views: 9,
  watch_time_ms: 60_000,
  completions: 5,
  timed_views: 10,
  timed_watch_ms: 45_000,
  duration_sum_ms: 90_000,
  likes: 4,
  unlikes: 6,
  comments: 3,
  uncomments: 1,
  follows: 2,
  unfollows: 2,
  stitches: 1,
  duets: 2,
  withheld_views: 0,
}
const closed: Counted = { fromS: 0, toS: 900, countedToS: 900, leavesOut: false }
const of = (name: MetricName, given: Partial<typeof sums> = sums, span = closed): Cell => {
  const metric: Metric = metrics[name]
  if (metric.kind === 'people' || metric.kind === 'people_ratio' || isGuarded(metric))
    throw new Error(`${name} is no open sum`)
  return cellOf(metric, (column) => given[column] ?? 0, span)
}

describe('a value', () => {
  test('is the arithmetic of its definition', () => {
    const names = Object.keys(metrics)
      .filter(isMetricName)
      .filter((name) => metrics[name].kind === 'sum' || metrics[name].kind === 'ratio')
    expect(Object.fromEntries(names.map((name) => [name, of(name).value]))).toEqual({
      views: 12,
      engaged_views: 9,
      watch_time_ms: 60_000,
      completions: 5,
      avg_watch_ms: 5000,
      avg_percent_viewed: 0.5,
      completion_rate: 0.5,
      skip_rate: 0.25,
      likes: 4,
      unlikes: 6,
      net_likes: -2,
      comments: 3,
      net_comments: 2,
      follows: 2,
      unfollows: 2,
      net_follows: 0,
      stitches: 1,
      duets: 2,
      remixes: 3,
      like_rate: 4 / 12,
      comment_rate: 0.25,
      follow_rate: 2 / 12,
      remix_rate: 0.25,
    })
  })

  test('of a net is zero only where both sides are even, and may be below it', () => {
    expect(of('net_follows')).toEqual({ value: 0, state: 'zero' })
    expect(of('net_likes')).toEqual({ value: -2, state: 'value' })
  })

  test('of what is left of 1 is 0 when all is taken, and nothing over nothing', () => {
    expect(of('skip_rate', { views: 7, engaged_views: 7 })).toEqual({ value: 0, state: 'zero' })
    expect(of('skip_rate', { views: 3, engaged_views: 2 }).value).toBe(1 / 3)
    expect(of('skip_rate', {})).toEqual({ value: null, state: 'not_applicable' })
  })

  test('that needs a duration is not there without one', () => {
    const untimed = { views: 5, watch_time_ms: 10_000 }
    expect(of('completion_rate', untimed).state).toBe('not_applicable')
    expect(of('avg_percent_viewed', untimed).state).toBe('not_applicable')
    expect(of('avg_watch_ms', untimed).value).toBe(2000)
  })

  test('that ran ahead of the clock is shown, also where its sides are even', () => {
    const ahead = { ...closed, fromS: 900, toS: 1800 }
    expect(of('net_follows', sums, ahead)).toEqual({ value: 0, state: 'partial' })
    expect(of('net_follows', {}, ahead)).toEqual({ value: null, state: 'not_yet' })
  })
})

describe('of a video that is not public', () => {
  test('what is left out by a cut day makes a value partial, also a zero', () => {
    const cut = { ...closed, leavesOut: true }
    expect(of('views', sums, cut)).toEqual({ value: 12, state: 'partial' })
    expect(of('views', {}, cut)).toEqual({ value: 0, state: 'partial' })
  })

  test('how so few people watched is not told, nor any ratio of it', () => {
    const few = { views: 4, likes: 1, withheld_views: 4 }
    expect(of('views', few)).toEqual({ value: 4, state: 'value' })
    expect(of('likes', few)).toEqual({ value: 1, state: 'value' })
    for (const name of ['watch_time_ms', 'completions', 'avg_watch_ms', 'like_rate'] as const) {
      expect(of(name, few)).toEqual({ value: null, state: 'suppressed' })
    }
  })

  test('beside others, watch time is partial and its averages are over the views that it is of', () => {
    const mixed = { ...sums, views: 16, withheld_views: 4 }
    expect(of('watch_time_ms', mixed)).toEqual({ value: 60_000, state: 'partial' })
    expect(of('avg_watch_ms', mixed)).toEqual({ value: 5000, state: 'partial' })
    expect(of('skip_rate', mixed)).toEqual({ value: 0.25, state: 'partial' })
    expect(of('like_rate', mixed)).toEqual({ value: 0.25, state: 'value' })
  })
})

describe('a count of people', () => {
  const day = { fromS: 0, toS: 86_400, countedToS: 86_400 }
  const five = { people: 5, isEstimated: false }

  test('is exact over whole days, estimated where an edge cuts one', () => {
    expect(peopleCell(five, day)).toEqual({ value: 5, state: 'value' })
    expect(peopleCell({ ...five, people: 0 }, day)).toEqual({ value: 0, state: 'zero' })
    expect(peopleCell({ ...five, isEstimated: true }, day)).toEqual({
      value: 5,
      state: 'estimated',
    })
  })

  test('is there once its day is closed and counted', () => {
    expect(peopleCell(five, { ...day, countedToS: 0 })).toEqual({ value: null, state: 'not_yet' })
    expect(peopleCell(five, { ...day, toS: 90_000 })).toEqual({ value: 5, state: 'partial' })
  })
})

test('a ratio says in its column what it is over, and in which unit', () => {
  expect(metricColumn('completion_rate')).toMatchObject({
    denominator: 'timed_views',
    unit: 'ratio',
    additive: false,
  })
  expect(metricColumn('avg_watch_ms')).toMatchObject({ denominator: 'views', unit: 'milliseconds' })
  expect(metricColumn('net_likes')).not.toHaveProperty('denominator')
})
