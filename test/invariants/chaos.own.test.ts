// A short trial of a fixed seed: every named point is struck once, and every table equals what was sent.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { chaos } from './run-chaos.ts'
import { nameOf, strikePoints } from './strike-points.ts'

const resultSchema = z.object({
  kills: z.number(),
  events: z.number(),
  compared: z.number(),
  differences: z.number(),
  found: z.array(z.string()),
  sometimes: z.record(z.string(), z.number()),
})

test('under fire, every table equals what was sent', async () => {
  const { last } = await chaos(
    // Bounds: a machine that has more to do than this takes longer to come by every point.
    '--minutes',
    '8',
    '--round-seconds',
    '480',
    '--until-struck',
    '--seed',
    '7',
  )
  const result = resultSchema.parse(last)
  expect(result.found).toEqual([])
  expect(result.differences).toBe(0)
  expect(result.events).toBeGreaterThan(2000)
  expect(result.compared).toBeGreaterThan(result.events)
  expect(result.kills).toBeGreaterThanOrEqual(strikePoints.length)
  const { sometimes } = result
  const wanted = [
    'imports',
    'leaves',
    'buckets',
    'repeats',
    'late',
    'disputes',
    'refused_ahead',
    'poison',
    'old_create_time',
  ]
  const quiet = [...strikePoints.map(nameOf), ...wanted].filter(
    (name) => (sometimes[name] ?? 0) === 0,
  )
  expect(quiet).toEqual([])
}, 720_000)
