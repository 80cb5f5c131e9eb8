// The table of metrics: each says in words what it counts, and ratios what they are over.
import { describe, expect, test } from 'vitest'
import { openMeasures } from '#schemas/measures.ts'
import { measuresOf } from '#schemas/metric-kinds.ts'
import { isMetricName, metrics } from '#schemas/metrics.ts'
import type { Metric } from '#schemas/metric-kinds.ts'

const all: readonly (readonly [string, Metric])[] = Object.entries(metrics)
const ratios = all.filter(([, { kind }]) => kind === 'ratio')

describe('a metric', () => {
  test.each(all)('%s has its name in its definition, and a sentence for people', (name, metric) => {
    expect(metric.definition).toBe(`${name}@1`)
    expect(metric.title).not.toBe('')
    expect(metric.description).toMatch(/^[A-Z].*\.$/)
  })

  test.each(ratios)('%s, a ratio, names what it is divided by', (_name, { description }) => {
    expect(description).toContain('divided by')
  })

  test('has a name of its own, nothing that objects have anyway', () => {
    expect(isMetricName('net_likes')).toBe(true)
    expect(isMetricName('toString')).toBe(false)
  })
})

test('every stored measure is part of a metric', () => {
  const used = new Set(all.flatMap(([, metric]) => measuresOf(metric)))
  expect([...used].toSorted()).toEqual(Object.keys(openMeasures).toSorted())
})
