// The catalog: what it lists can be asked, what it does not list is refused with the nearest that can.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCatalog } from '#queries/reports/catalog-route.ts'
import { nearestLegal } from '#queries/reports/legality.ts'
import { isMetricName, metrics } from '#schemas/metrics.ts'
import { isReportDimension, reportDimensions } from '#schemas/report-dimensions.ts'
import { planOf, problemOf, requestOf, video } from './report-samples.ts'

const metricNames = Object.keys(metrics).filter(isMetricName)
const dimensionNames = Object.keys(reportDimensions).filter(isReportDimension)
const key = (dimensions: readonly string[]): string => dimensions.toSorted().join()

describe('the catalog', () => {
  test('describes every metric and dimension', () => {
    const catalog = createCatalog()
    expect(catalog.metrics.map(({ name }) => name)).toEqual(metricNames)
    expect(catalog.dimensions.map(({ name }) => name)).toEqual(dimensionNames)
    for (const { title, description } of [...catalog.metrics, ...catalog.dimensions]) {
      expect(title).not.toBe('')
      expect(description).not.toBe('')
    }
  })

  test('lists exactly what can be asked', () => {
    const legal = new Map(
      createCatalog().matrix.map(({ metric, dimensions }) => [
        metric,
        new Set(dimensions.map(key)),
      ]),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...metricNames),
        fc.uniqueArray(fc.constantFrom(...dimensionNames)),
        (metric, dimensions) => {
          const ask = (): unknown =>
            planOf({ metrics: metric, dimensions: dimensions.join() }, { listed: [video('77')] })
          if (legal.get(metric)?.has(key(dimensions)) === true) ask()
          else expect(problemOf(ask).code).toBe('illegal_pair')
        },
      ),
    )
  })

  test('says which numbers are guarded, by every cut of time but the minute', () => {
    const { metrics: described, matrix } = createCatalog()
    const guarded = described.filter(
      ({ name, exposure }) => exposure === 'guarded' && !name.endsWith('_viewers'),
    )
    expect(guarded.map(({ name }) => name)).toEqual([
      'saves',
      'unsaves',
      'net_saves',
      'shares',
      'save_rate',
      'share_rate',
      'engagements',
      'engagement_rate',
    ])
    for (const { name } of guarded) {
      const sets = matrix.find(({ metric }) => metric === name)?.dimensions.map(key) ?? []
      for (const time of ['hour', 'day', 'week', 'month', 'hour_of_week']) {
        expect(sets).toContain(time)
        expect(sets).toContain(key([time, 'video']))
      }
      expect(sets).toContain(key(['video', 'video_age_day']))
      expect(sets.join()).not.toContain('minute')
    }
  })

  test('breaks people down by one attribute, alone or by day, week or month, and nothing else', () => {
    const attributes = ['region', 'age_band', 'gender', 'traffic_source', 'device']
    const people = ['viewers', 'likers', 'commenters', 'remixers', 'saves', 'shares']
    const rates = ['save', 'share', 'like', 'remix'].map((kind) => `${kind}_rate_viewers`)
    const cuts = ['', 'day', 'week', 'month']
    const expected = cuts.flatMap((cut) =>
      attributes.map((each) => key([cut, each].filter(Boolean))),
    )
    for (const { metric, dimensions } of createCatalog().matrix) {
      const sets = dimensions.map(key)
      const broken = sets.filter((set) => attributes.some((each) => set.split(',').includes(each)))
      const isBroken = people.includes(metric) || rates.includes(metric)
      expect([metric, broken.toSorted()]).toEqual([metric, isBroken ? expected.toSorted() : []])
      if (rates.includes(metric)) expect(sets.length).toBe(broken.length)
    }
  })

  test('names what counts people, where something else is to be broken down', () => {
    const nearest = (metric: string, dimensions: string): string =>
      problemOf(() => requestOf({ metrics: metric, dimensions })).detail.split('; ')[1] ?? ''
    expect(nearest('views', 'region')).toBe('the nearest legal is viewers with region')
    expect(nearest('save_rate', 'day,age_band')).toBe(
      'the nearest legal is save_rate_viewers with day,age_band',
    )
    expect(nearest('saves', 'hour,gender')).toBe('the nearest legal is saves with hour')
    expect(nearest('saves', 'gender,video')).toBe('the nearest legal is saves with gender')
    expect(nearest('saves', 'region,device')).toBe('the nearest legal is saves with region')
    expect(nearest('watch_time_ms', 'region')).toBe(
      'the nearest legal is watch_time_ms with no dimension',
    )
    expect(nearest('save_rate_viewers', '')).toBe(
      'the nearest legal is save_rate_viewers with region',
    )
  })

  test('of what is refused, the nearest legal one keeps the most, what was named first above all', () => {
    expect(nearestLegal('views', ['day', 'hour', 'video'])).toEqual(['day', 'video'])
    expect(nearestLegal('views', ['hour', 'day'])).toEqual(['hour'])
    expect(nearestLegal('views', ['video'])).toEqual(['video'])
    const { detail } = problemOf(() => requestOf({ dimensions: 'day,video,hour' }))
    expect(detail).toBe(
      'views does not go with day,video,hour; the nearest legal is views with day,video',
    )
  })
})
