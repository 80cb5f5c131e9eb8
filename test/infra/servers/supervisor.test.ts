// The supervisor on small processes: a dead one is back within 2 s, a fault of the configuration ends all, stopping has an end.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '#infra/runtime/clock.ts'
import type { PipelineError } from '#infra/runtime/errors.ts'
import { openGuard } from '#infra/servers/guard.ts'
import { identityOf } from '#infra/servers/process-identity.ts'
import { supervise } from '#infra/servers/supervisor.ts'
import type { ProcessSpec, SupervisedProcess } from '#infra/servers/supervisor.ts'

const never = new AbortController().signal
let logsDir = ''
let stack = new AsyncDisposableStack()
let told: string[] = []
let faults: PipelineError[] = []

beforeEach(() => {
  logsDir = mkdtempSync(join(tmpdir(), 'keepsake-logs-'))
  stack = new AsyncDisposableStack()
  told = []
  faults = []
})
afterEach(async () => {
  await stack.disposeAsync()
  rmSync(logsDir, { recursive: true })
})

function start(script: string, more: Partial<ProcessSpec> = {}): SupervisedProcess {
  const guard = stack.use(openGuard())
  const spec: ProcessSpec = {
    name: 'example',
    command: 'sh',
    args: ['-c', script],
    environment: { PATH: '/usr/bin:/bin' },
    lifeline: 'none',
    output: 'json',
    isServer: false,
    isReady: () => Promise.resolve(true),
    stopLimitMs: 5000,
    ...more,
  }
  const process = supervise(spec, {
    clock: systemClock,
    guard,
    logsDir,
    tell: ({ text }) => told.push(text),
    onChange: () => undefined,
    onFault: (fault) => faults.push(fault),
  })
  stack.defer(() => process.stop())
  return process
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 5000, interval: 20 }).toBe(true)
}

describe('a process that died', () => {
  test('is back within 2 s, and the terminal says so', async () => {
    const process = start('sleep 1000')
    const first = process.running?.pid ?? 0
    globalThis.process.kill(first, 'SIGKILL')
    const deadMs = systemClock.nowMs()
    await until(() => process.running !== null && process.running.pid !== first)
    expect(systemClock.nowMs() - deadMs).toBeLessThan(2000)
    expect(process.restarts).toBe(1)
    expect(told).toEqual(['was ended by SIGKILL; starting it again'])
  })

  test('is started again and again', async () => {
    const process = start('exit 0')
    await until(() => process.restarts >= 3)
    expect(faults).toEqual([])
  })

  test('fails the start when it never becomes ready, with its last words', async () => {
    const process = start('echo no disk >&2; exit 3', { isReady: () => Promise.resolve(false) })
    await expect(process.awaitReady(10_000, never)).rejects.toThrow(/every start:\s+no disk/)
  })
})

describe('a fault that a restart cannot mend', () => {
  test('is exit code 78: told once, with the message, and not tried again', async () => {
    const process = start('echo "KAFKA_BROKERS: must be set" >&2; exit 78')
    await until(() => faults.length > 0)
    expect(faults[0]?.message).toMatch(/78\s+KAFKA_BROKERS: must be set/)
    await expect(process.awaitReady(1000, never)).rejects.toBe(faults[0])
    expect(process.restarts).toBe(0)
  })

  test('is a program that is not there', async () => {
    start('', { command: '/no/such/program' })
    await until(() => faults.length > 0)
    expect(faults[0]?.message).toContain('cannot start')
  })
})

describe('stopping', () => {
  test('ends a process by SIGTERM and starts no other', async () => {
    const process = start('sleep 1000')
    const pid = process.running?.pid ?? 0
    await process.stop()
    expect(identityOf(pid)).toBeNull()
    expect(process.restarts).toBe(0)
  })

  test('ends one that will not by SIGKILL, after the limit', async () => {
    const process = start(
      `trap '' TERM; echo '{"level":"info","msg":"deaf"}'; while :; do sleep 1; done`,
      {
        stopLimitMs: 300,
      },
    )
    const pid = process.running?.pid ?? 0
    await until(() => readFileSync(join(logsDir, 'example.log'), 'utf8').includes('deaf'))
    await process.stop()
    expect(identityOf(pid)).toBeNull()
    expect(told).toEqual(['does not stop; ending it'])
  })

  test('is not held up by a process that waits to be started again', async () => {
    const process = start('exit 1')
    await until(() => process.restarts >= 2)
    await process.stop()
    expect(process.running).toBeNull()
  })
})

test('a child gets the environment that was made for it, and nothing of ours', async () => {
  start('env >&2; exit 78', { environment: { PATH: '/usr/bin:/bin', ONLY: 'this' } })
  await until(() => faults.length > 0)
  const names = readFileSync(join(logsDir, 'example.log'), 'utf8').match(/^\w+(?==)/gm)
  // A shell sets some of its own.
  expect(names?.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort()).toEqual([
    'ONLY',
    'PATH',
  ])
})
