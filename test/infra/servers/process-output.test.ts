// What a process prints: everything in a bounded file, the bad news on the terminal in words.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBoundedLog } from '#infra/servers/bounded-log.ts'
import { createProcessOutput, noticeOf } from '#infra/servers/process-output.ts'
import { createManualClock } from '../../support/manual-clock.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keepsake-output-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('warnings and errors are told in words, the rest stays in the file', () => {
  const warn = '{"level":"warn","time":"t","name":"facts","msg":"lag grows"}'
  expect(noticeOf('facts', warn)).toEqual({ from: 'facts', level: 'warn', text: 'lag grows' })
  const error = '{"level":"fatal","msg":"cannot go on","err":{"message":"no route","code":"EHOST"}}'
  expect(noticeOf('facts', error)?.text).toBe('cannot go on: no route (EHOST)')
  expect(noticeOf('facts', '{"level":"info","msg":"started"}')).toBeNull()
})

test('a crash of Node itself is told as it stands', () => {
  expect(noticeOf('facts', 'SyntaxError: oops')).toMatchObject({ level: 'error' })
})

test('a line that comes again and again is told once in a while', async () => {
  const clock = createManualClock()
  const told: string[] = []
  using log = openBoundedLog(join(folder, 'a.log'))
  const tell = ({ text }: { readonly text: string }): number => told.push(text)
  const output = createProcessOutput({ name: 'a', log, clock, tell, kind: 'json' })
  const say = async (): Promise<void> => {
    const stream = Readable.from([
      '{"level":"warn",',
      '"msg":"again"}\n{"level":"warn","msg":"again"}\n',
    ])
    output.take(stream)
    await finished(stream)
  }
  await say()
  expect(told).toEqual(['again'])
  await clock.advance(31_000)
  await say()
  expect(told).toEqual(['again', 'again'])
  expect(readFileSync(join(folder, 'a.log'), 'utf8').split('\n')).toHaveLength(5)
})

test('a log takes at most three times its size', () => {
  const path = join(folder, 'b.log')
  {
    using log = openBoundedLog(path, 1000)
    for (let line = 0; line < 500; line += 1) log.writeLine(`line ${line} ${'x'.repeat(90)}`)
  }
  expect(readdirSync(folder).sort()).toEqual(['b.log', 'b.log.1', 'b.log.2'])
  for (const name of readdirSync(folder)) {
    expect(statSync(join(folder, name)).size).toBeLessThan(1200)
  }
  expect(readFileSync(path, 'utf8')).toContain('line 499')
})
