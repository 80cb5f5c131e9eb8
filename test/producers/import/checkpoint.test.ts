// What an import keeps between two runs: how far it came, and the rows that were refused.
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openCheckpoint } from '#producers/import/checkpoint.ts'
import { openRejectsFile } from '#producers/import/rejects-file.ts'
import type { Row } from '#producers/import/rows.ts'
import { countEvents, createTally, stateOf } from '#producers/import/tally.ts'
import { mapOf } from './maps.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepsake-checkpoint-'))
afterAll(() => rmSync(folder, { recursive: true }))

const fault = { code: 'wrong_type', field: 'user_id', message: 'must be a number' } as const
const refused = (number: number, ...cells: readonly string[]): Row => ({ number, cells, fault })

describe('a checkpoint', () => {
  const file = join(folder, 'log.csv')
  writeFileSync(file, 'a,b\n1,2\n')
  const open = (path = file, map = mapOf()) =>
    openCheckpoint({ dataDir: folder, file: path, map, more: [] })

  test('gives back what was written, to the same file under another name too', async () => {
    const checkpoint = await open()
    expect(checkpoint.read()).toBeNull()
    const tally = createTally()
    tally.rows = 7
    tally.refusals.add(3, fault)
    const time = { fromMs: 1, toMs: 9, rows: 10 }
    const state = { time, tally: stateOf(tally), logRecords: '12', rejectBytes: 5, rejectRows: 1 }
    checkpoint.write(state)
    const moved = join(folder, 'renamed.csv')
    renameSync(file, moved)
    const again = await open(moved)
    expect(again.read()).toEqual(state)
    expect(createTally(again.read()?.tally).refusals.groups).toEqual(tally.refusals.groups)
    again.remove()
    expect((await open(moved)).read()).toBeNull()
    renameSync(moved, file)
  })

  test('is of one map: another one begins anew', async () => {
    const [one, two] = [await open(), await open(file, mapOf({ namespace: 'another' }))]
    expect(one.beside('.json')).not.toBe(two.beside('.json'))
  })

  test('keeps no creator', () => {
    const tally = createTally()
    countEvents(tally, [], 1)
    expect(Object.keys(stateOf(tally))).not.toContain('creators')
  })
})

describe('refused rows', () => {
  const path = join(folder, 'rejects.csv')
  const openFile = (before: { bytes: number; rows: number } | null, format = 'csv') =>
    openRejectsFile({ path, map: mapOf({ format }), names: ['a', 'b'], before })

  test('are kept under the header of their log, for their owner alone', () => {
    {
      using file = openFile(null)
      file.add(refused(1, 'x', 'y,z'))
      file.add({ number: 2, cells: [], fault, raw: '1,"2' })
      file.add({ number: 3, cells: [], fault: { ...fault, code: 'too_long' } })
      expect(file.rows).toBe(2)
    }
    expect(readFileSync(path, 'utf8')).toBe('a,b\nx,"y,z"\n1,"2\n')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('go on after a death where the checkpoint was, none twice', () => {
    let before: { bytes: number; rows: number }
    {
      using file = openFile(null)
      file.add(refused(1, 'x', 'y'))
      file.flush()
      before = { bytes: file.bytes, rows: file.rows }
      file.add(refused(2, 'lost', 'lost'))
    }
    {
      using file = openFile(before)
      file.add(refused(2, 'v', 'w'))
    }
    expect(readFileSync(path, 'utf8')).toBe('a,b\nx,y\nv,w\n')
  })

  test('of NDJSON are objects by the same names', () => {
    {
      using file = openFile(null, 'ndjson')
      file.add(refused(1, 'x', ''))
    }
    expect(readFileSync(path, 'utf8')).toBe('{"a":"x"}\n')
  })

  test('without any there is no file', () => {
    openFile(null)[Symbol.dispose]()
    expect(() => statSync(path)).toThrow(/ENOENT/)
  })
})
