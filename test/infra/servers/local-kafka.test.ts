// What a full disk leaves of Kafka's folder is mended before the next start, and nothing else is touched.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeEmptySnapshots } from '#infra/servers/local-kafka.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepsake-kafka-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('empty snapshots are removed; whole ones and empty logs stay', () => {
  const metadata = join(folder, '__cluster_metadata-0')
  mkdirSync(metadata)
  const file = (name: string, content: string): string => {
    const path = join(metadata, name)
    writeFileSync(path, content)
    return path
  }
  const empty = file('00000000000000000077.snapshot', '')
  const whole = file('00000000000000000075.snapshot', '0123456789')
  const log = file('00000000000000000000.log', '')
  removeEmptySnapshots(folder)
  expect([empty, whole, log].map((path) => existsSync(path))).toEqual([false, true, true])
})
