// Logs are opened by what their bytes say, not by their names.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { identityOfFile, readText } from '#producers/import/log-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepsake-log-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function textOf(path: string): Promise<string> {
  let text = ''
  for await (const part of readText(path)) text += part
  return text
}

describe('a log', () => {
  const text = `user,title\n${'5,naïve 😀\n'.repeat(60_000)}`
  const bytes = Buffer.from(text)
  test.each([
    ['plain', bytes],
    ['gzip', gzipSync(text)],
    [
      'gzip in two parts',
      Buffer.concat([gzipSync(bytes.subarray(0, 999)), gzipSync(bytes.subarray(999))]),
    ],
    ['zstd', zstdCompressSync(text)],
    ['with a mark at its beginning', Buffer.from(`\uFEFF${text}`)],
  ])('that is %s is read whole, whatever its name', async (name, content) => {
    expect((await textOf(file(`${name}.dat`, content))) === text).toBe(true)
  })

  test('of no bytes is no text', async () => {
    expect(await textOf(file('empty', ''))).toBe('')
    expect(await textOf(file('tiny', 'a'))).toBe('a')
  })

  test('that is cut off says so', async () => {
    const packed = gzipSync(Buffer.from(Array.from({ length: 99_999 }, (_, i) => i % 251)))
    const cut = file('cut.gz', packed.subarray(0, packed.length - 20))
    await expect(textOf(cut)).rejects.toThrow(/cut.gz cannot be read to its end: unexpected end/)
  })

  test('that is packed as nothing we read says what to do', async () => {
    const zip = file('log.csv', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0]))
    await expect(textOf(zip)).rejects.toThrow('is a zip archive: unpack it')
    await expect(textOf(file('wide.csv', Buffer.from('\uFEFFa,b', 'utf16le')))).rejects.toThrow(
      'UTF-16',
    )
    await expect(textOf(join(folder, 'nowhere'))).rejects.toThrow('cannot be read')
  })

  test('of another name is the same, and one of another end is not', async () => {
    const content = 'x'.repeat(300_000)
    const identity = await identityOfFile(file('a', `${content}1`))
    expect(await identityOfFile(file('b', `${content}1`))).toBe(identity)
    expect(await identityOfFile(file('c', `${content}2`))).not.toBe(identity)
  })
})
