// The mutation gate: every known way to build keepsake wrong is built, and the oracle finds it.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { mutations, TTL_MUTATION } from './mutations.ts'
import { chaos } from './run-chaos.ts'

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
