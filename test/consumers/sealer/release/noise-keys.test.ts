// Keys of the noise: one a day for everybody who asks, whole or not at all, closed to others, and gone after three days.
import { execFile } from 'node:child_process'
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { destroyOldNoiseKeys, noiseKeyAt } from '#consumers/sealer/release/noise-keys.ts'
import { destroySecret } from '#infra/runtime/secret-files.ts'

const DAY_MS = 86_400_000
const noon = Date.UTC(2026, 10, 25, 12)
const module = new URL('../../../../consumers/sealer/release/noise-keys.ts', import.meta.url)

let parent = ''
let folder = ''
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'noise-keys-'))
  folder = join(parent, 'keys', 'noise')
})
afterEach(() => rmSync(parent, { recursive: true }))

function hexAt(nowMs: number): string {
  return noiseKeyAt(folder, nowMs).export().toString('hex')
}

describe('the key of a day', () => {
  test('is made on first use, and stays the same from midnight to midnight UTC', () => {
    const first = hexAt(noon)
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect([hexAt(noon - DAY_MS / 2), hexAt(noon + DAY_MS / 2 - 1)]).toEqual([first, first])
    expect(hexAt(noon + DAY_MS / 2)).not.toBe(first)
    expect(readdirSync(folder)).toEqual(['2026-11-25', '2026-11-26'])
  })

  test('is the same for processes that make it at once', async () => {
    const program = `
      const { noiseKeyAt } = await import(process.argv[1])
      process.stdout.write(noiseKeyAt(process.argv[2], Number(process.argv[3])).export().toString('hex'))`
    const about = [module.href, folder, String(noon)]
    const run = (): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program, ...about])
    const keys = await Promise.all(Array.from({ length: 6 }, run))
    expect(new Set(keys.map(({ stdout }) => stdout))).toEqual(new Set([hexAt(noon)]))
    expect(readdirSync(folder)).toEqual(['2026-11-25'])
  })

  test('can be read by its owner only, and its folder be looked into by nobody else', () => {
    hexAt(noon)
    expect(statSync(join(folder, '2026-11-25')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  test.each([
    ['cut off', 'ab'.repeat(20)],
    ['empty', ''],
    ['of zeros that were never written', '\0'.repeat(64)],
  ])('is never one whose file is %s, and all pass over that alike', (_what, text) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, '2026-11-25'), text)
    const key = hexAt(noon)
    expect(hexAt(noon)).toBe(key)
    expect(readFileSync(join(folder, '2026-11-25.1'), 'utf8')).toBe(key)
  })

  test('is never the draft of somebody who died in the middle', () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, '2026-11-25.0123456789ab'), 'cd'.repeat(32))
    expect(hexAt(noon)).not.toBe('cd'.repeat(32))
  })

  test('shows nothing of itself where it is logged', () => {
    const hex = hexAt(noon)
    const key = noiseKeyAt(folder, noon)
    const shown = [inspect(key, { depth: 9, showHidden: true }), JSON.stringify({ key })]
    expect(shown.filter((each) => each.includes(hex.slice(0, 8)))).toEqual([])
  })

  test('is not to be had where its folder is none, and the message says which', () => {
    writeFileSync(join(parent, 'keys'), '')
    expect(() => noiseKeyAt(folder, noon)).toThrow(
      expect.objectContaining({
        code: 'setup_failed',
        message: expect.stringContaining(`the noise key of 2026-11-25 cannot be kept in ${folder}`),
      }),
    )
  })

  test('is not guessed for ever where every file is damaged', () => {
    mkdirSync(folder, { recursive: true })
    for (const end of ['', '.1', '.2', '.3', '.4', '.5', '.6', '.7']) {
      writeFileSync(join(folder, `2026-11-25${end}`), 'torn')
    }
    expect(() => noiseKeyAt(folder, noon)).toThrow(/8 noise keys of 2026-11-25 .* remove them/)
  })
})

describe('keys are destroyed', () => {
  test('once their day ended three days ago, with what a crash left of them, and no others', () => {
    for (const days of [0, 1, 2, 3, 4, 9]) hexAt(noon - days * DAY_MS)
    writeFileSync(join(folder, '2026-11-21.0123456789ab'), 'draft')
    writeFileSync(join(folder, '2026-11-21.1'), 'second')
    writeFileSync(join(folder, 'README'), 'not ours')
    expect(destroyOldNoiseKeys(folder, noon)).toEqual([
      '2026-11-16',
      '2026-11-21',
      '2026-11-21.0123456789ab',
      '2026-11-21.1',
    ])
    const kept = ['2026-11-22', '2026-11-23', '2026-11-24', '2026-11-25', 'README']
    expect(readdirSync(folder).toSorted()).toEqual(kept)
    expect(destroyOldNoiseKeys(folder, noon)).toEqual([])
  })

  test('where there is no folder yet: none', () => {
    expect(destroyOldNoiseKeys(folder, noon)).toEqual([])
  })

  test('and are overwritten before they are removed', () => {
    hexAt(noon)
    const [path, link] = [join(folder, '2026-11-25'), join(parent, 'the-same-file')]
    // A second name of the same bytes on the disk.
    linkSync(path, link)
    destroySecret(path)
    expect(existsSync(path)).toBe(false)
    expect(readFileSync(link, 'utf8')).toBe('\0'.repeat(64))
  })

  test('and that another was faster is no fault', () => {
    expect(() => destroySecret(join(parent, 'gone'))).not.toThrow()
  })
})
