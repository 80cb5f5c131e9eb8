// Strike points and mutations are changes of real lines: whoever moves such a line finds out here, within seconds.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { mutations } from './mutations.ts'
import { patchSource } from './source-patches.ts'
import type { SourcePatch } from './source-patches.ts'
import { strikePatches } from './strike-points.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

function patched(patches: readonly SourcePatch[]): readonly string[] {
  const files = Map.groupBy(patches, ({ file }) => file)
  return [...files].map(([file, own]) => patchSource(readFileSync(join(root, file), 'utf8'), own))
}

test('every strike point has its place', () => {
  expect(
    patched(strikePatches)
      .join('')
      .match(/keepsakeTrial/g),
  ).toHaveLength(
    // All but the one that shortens sessions.
    strikePatches.length - 1,
  )
})

test.each(Object.entries(mutations))(
  'mutation "%s" changes something, and can be struck',
  (_name, own) => {
    const [before, after] = [patched(strikePatches), patched([...own, ...strikePatches])]
    expect(after.join('')).not.toBe(before.join(''))
  },
)

test('a place that is gone is named', () => {
  const patch = { file: 'a.ts', find: 'gone', replace: '' }
  expect(() => patchSource('here', [patch])).toThrow('a.ts has 0 places that read "gone"')
  expect(() => patchSource('gone, gone', [patch])).toThrow('2 places')
})
