// A log that cannot be written costs lines, never the process; one that is full makes room.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openBoundedLog } from '#infra/servers/bounded-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepsake-log-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a full disk is survived', () => {
  // A device on which every write finds the disk full.
  using log = openBoundedLog('/dev/full')
  expect(() => log.writeLine('a')).not.toThrow()
  expect(() => log.writeLine('b')).not.toThrow()
})

test('a log keeps its last lines, in three files at most', () => {
  const path = join(folder, 'a.log')
  using log = openBoundedLog(path, 100)
  for (let line = 0; line < 60; line++) log.writeLine(`line ${line}`)
  const kept = [`${path}.2`, `${path}.1`, path].map((file) => readFileSync(file, 'utf8')).join('')
  expect(kept.trim().split('\n').at(-1)).toBe('line 59')
  expect(kept.length).toBeLessThan(400)
})
