// Ports: free ones, kept from start to start, and given up only to a stranger.
import { createServer } from 'node:net'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { choosePorts, isFreePort } from '#infra/servers/ports.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keepsake-ports-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('ports are different, free, and the same at the next start', async () => {
  const file = join(folder, 'ports.json')
  const first = await choosePorts(file, ['kafka', 'vault', 'rollups'])
  expect(new Set(Object.values(first)).size).toBe(3)
  for (const port of Object.values(first)) expect(await isFreePort(port)).toBe(true)
  expect(await choosePorts(file, ['kafka', 'vault', 'rollups'])).toEqual(first)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a port that a stranger has taken meanwhile is chosen anew, the others stay', async () => {
  const file = join(folder, 'ports.json')
  const before = await choosePorts(file, ['kafka', 'vault'])
  const stranger = createServer().listen(before.vault, '127.0.0.1')
  await once(stranger, 'listening')
  const after = await choosePorts(file, ['kafka', 'vault'])
  stranger.close()
  expect(after.kafka).toBe(before.kafka)
  expect(after.vault).not.toBe(before.vault)
})
