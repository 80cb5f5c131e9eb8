// The mutation gate, on two platforms side by side: every known way to build keepsake wrong is built, and the oracle finds it.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { mutations, TTL_MUTATION } from './mutations.ts'
import { chaos } from './run-chaos.ts'

const resultsSchema = z.array(z.object({ mutation: z.string(), difference: z.string().nullable() }))

test('every known mistake is found', async () => {
  const halves = await Promise.all(
    ['1/2', '2/2'].map((part) => chaos('--mutations', '--part', part)),
  )
  const results = halves.flatMap(({ last }) => resultsSchema.parse(last))
  expect(results.map(({ mutation }) => mutation).toSorted()).toEqual(
    [...Object.keys(mutations), TTL_MUTATION].toSorted(),
  )
  expect(results.filter(({ difference }) => difference === null)).toEqual([])
  expect(halves.map(({ code }) => code)).toEqual([0, 0])
}, 720_000)
