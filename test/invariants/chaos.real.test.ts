// Short trials of a fixed seed: every named point is struck once and all is equal, and every known mistake is found.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { mutations, TTL_MUTATION } from './mutations.ts'
import { nameOf, strikePoints } from './strike-points.ts'

const program = fileURLToPath(new URL('./chaos.ts', import.meta.url))

/** Runs the program with its progress in the test's own output. */
async function chaos(
  ...args: readonly string[]
): Promise<{ readonly code: unknown; readonly last: unknown }> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output = text(child.stdout)
  const [code]: unknown[] = await once(child, 'close')
  const last: unknown = JSON.parse((await output).trimEnd().split('\n').at(-1) ?? 'null')
  return { code, last }
}

const resultSchema = z.object({
  kills: z.number(),
  events: z.number(),
  compared: z.number(),
  differences: z.number(),
  sometimes: z.record(z.string(), z.number()),
})

test('under fire, every table equals what was sent', async () => {
  const { last } = await chaos(
    '--minutes',
    '3',
    '--round-seconds',
    '180',
    '--until-struck',
    '--seed',
    '7',
  )
  const result = resultSchema.parse(last)
  expect(result.differences).toBe(0)
  expect(result.events).toBeGreaterThan(2000)
  expect(result.compared).toBeGreaterThan(result.events)
  expect(result.kills).toBeGreaterThanOrEqual(strikePoints.length)
  const { sometimes } = result
  const wanted = [
    'repeats',
    'late',
    'late_recounts',
    'disputes',
    'refused_ahead',
    'poison',
    'old_create_time',
  ]
  const quiet = [...strikePoints.map(nameOf), ...wanted].filter(
    (name) => (sometimes[name] ?? 0) === 0,
  )
  expect(quiet).toEqual([])
}, 480_000)

test('every known mistake is found', async () => {
  const { code, last } = await chaos('--mutations')
  const results = z
    .array(z.object({ mutation: z.string(), difference: z.string().nullable() }))
    .parse(last)
  expect(results.map(({ mutation }) => mutation).toSorted()).toEqual(
    [...Object.keys(mutations), TTL_MUTATION].toSorted(),
  )
  expect(results.filter(({ difference }) => difference === null)).toEqual([])
  expect(code).toBe(0)
}, 480_000)
