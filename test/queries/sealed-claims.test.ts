// The key of sealed claims comes from a file, and a wrong file is a fault of the configuration that repeats nothing of it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readSealKey } from '#queries/sealed-claims.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepsake-seal-'))
afterAll(() => rmSync(folder, { recursive: true }))

function keyFile(content: string): string {
  const path = join(folder, 'key')
  writeFileSync(path, content)
  return path
}

test('a key is 64 hex digits', () => {
  const key = readSealKey('KEY_FILE', keyFile(`${'0f'.repeat(32)}\n`))
  expect([...key]).toEqual(Array.from({ length: 32 }, () => 15))
})

test.each(['0f'.repeat(31), '0g'.repeat(32), ''])('%s is none, and is not repeated', (content) => {
  const read = (): unknown => readSealKey('KEY_FILE', keyFile(content))
  expect(read).toThrow(/KEY_FILE: /)
  if (content !== '') expect(read).not.toThrow(new RegExp(content))
})

test('a file that is not there is told with its variable', () => {
  expect(() => readSealKey('KEY_FILE', join(folder, 'none'))).toThrow(/KEY_FILE: .*cannot be read/)
})
