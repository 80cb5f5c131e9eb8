// The guard: whatever ends the supervisor, SIGKILL included, its children end too.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { identityOf } from '#infra/servers/process-identity.ts'

/** Starts two sleepers in groups of their own, guards them, forgets the second, and tells their numbers. */
const parentProgram = `
  import { spawn } from 'node:child_process'
  import { openGuard } from '${fileURLToPath(new URL('../../../infra/servers/guard.ts', import.meta.url))}'
  const guard = openGuard()
  const pids = [1, 2].map(() => {
    const { pid } = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
    guard.add(pid, 'first')
    return pid
  })
  guard.remove(pids[1])
  console.log(pids.join(' '))
  setInterval(() => {}, 1000)
`

test('children of a parent that was killed are ended, and those that were forgotten are not', async () => {
  const args = ['--input-type=module', '-e', parentProgram]
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line]: unknown[] = await once(parent.stdout, 'data')
  const [guarded = 0, forgotten = 0] = String(line).trim().split(' ').map(Number)
  try {
    expect(identityOf(guarded)).not.toBeNull()
    parent.kill('SIGKILL')
    await expect.poll(() => identityOf(guarded), { timeout: 5000 }).toBeNull()
    expect(identityOf(forgotten)).not.toBeNull()
  } finally {
    process.kill(forgotten, 'SIGKILL')
  }
})
