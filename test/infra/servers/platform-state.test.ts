// A data folder belongs to one start at a time, and what a start that died left behind is ended, never a stranger.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '#infra/runtime/clock.ts'
import { claimDataFolder, readPlatformState } from '#infra/servers/platform-state.ts'
import { identityOf } from '#infra/servers/process-identity.ts'

let folder = ''
const sleepers: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keepsake-state-'))
  mkdirSync(join(folder, 'run'))
})
afterEach(() => {
  for (const sleeper of sleepers.splice(0)) sleeper.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

function startSleeper(): { readonly pid: number; readonly exit: Promise<unknown> } {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
  sleepers.push(child)
  return { pid: child.pid ?? 0, exit: once(child, 'exit') }
}

const emptyState = {
  kafka_brokers: 'localhost:1',
  vault_url: 'http://localhost:2',
  rollups_url: 'http://localhost:3',
  processes: [],
  ports: {},
}

/** As a start that was killed leaves it. */
function leaveState(processes: readonly { name: string; pid: number; identity: string }[]): void {
  const gone = { pid: 1, identity: 'gone', started_at: '2026-01-01T00:00:00Z' }
  writeFileSync(
    join(folder, 'run', 'state.json'),
    JSON.stringify({ ...emptyState, ...gone, processes }),
  )
  writeFileSync(join(folder, 'run', 'claim.json'), JSON.stringify({ pid: 1, identity: 'gone' }))
}

test('the state is readable while its start lives, by its owner only, and gone afterwards', async () => {
  const claim = await claimDataFolder(folder, systemClock)
  claim.write(emptyState)
  expect(readPlatformState(folder)).toMatchObject({ pid: process.pid, ...emptyState })
  expect(statSync(join(folder, 'run', 'state.json')).mode & 0o777).toBe(0o600)
  claim[Symbol.dispose]()
  expect(readPlatformState(folder)).toBeNull()
})

test('a folder on which a start lives is refused to another, with its process', async () => {
  const other = startSleeper()
  const holder = { pid: other.pid, identity: identityOf(other.pid) }
  writeFileSync(join(folder, 'run', 'claim.json'), JSON.stringify(holder))
  await expect(claimDataFolder(folder, systemClock)).rejects.toThrow(
    new RegExp(`already runs.*${other.pid}`),
  )
})

test('a start that died is succeeded, and the processes that it left are ended', async () => {
  const left = startSleeper()
  leaveState([{ name: 'kafka', pid: left.pid, identity: identityOf(left.pid) ?? '' }])
  using _claim = await claimDataFolder(folder, systemClock)
  await left.exit
  expect(identityOf(left.pid)).toBeNull()
})

test('a stranger that has got the number of a process of ours is left alone', async () => {
  const stranger = startSleeper()
  leaveState([{ name: 'kafka', pid: stranger.pid, identity: 'of the process before' }])
  using _claim = await claimDataFolder(folder, systemClock)
  expect(identityOf(stranger.pid)).not.toBeNull()
})
