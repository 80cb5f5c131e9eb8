// Runs `npm start` as a child, as often as a test likes, on a data folder of its own that is gone afterwards.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { inheritedEnvironment, readConfig } from '#infra/runtime/config.ts'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import type { PlatformState } from '#infra/servers/platform-state.ts'

export interface Start {
  readonly child: ChildProcess
  readonly output: () => string
}

export interface Starts extends AsyncDisposable {
  readonly dataDir: string
  start(...args: readonly string[]): Start
  /** The exit code, once the start has ended. */
  ended(run: Start): Promise<number | null>
  /** Waits for the table; fails with what was printed when the start ends instead. */
  untilUp(run: Start): Promise<PlatformState>
  /** Begins a command of the command line. */
  command(...args: readonly string[]): Start
  /** Runs a command of the command line. Never rejects. */
  keepsake(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }>
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const UP_LIMIT_MS = 150_000

export function openStarts(): Starts {
  const dataDir = mkdtempSync(join(tmpdir(), 'keepsake-start-'))
  const { common } = readConfig(['common'])
  symlinkSync(join(common.KEEPSAKE_DATA_DIR, 'jars'), join(dataDir, 'jars'))
  const started: Start[] = []
  const env = {
    ...inheritedEnvironment(),
    KEEPSAKE_DATA_DIR: dataDir,
    COLLECTOR_PORT: '0',
    SAVES_PORT: '0',
    REPORTS_PORT: '0',
  }

  async function ended({ child }: Start): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode
  }

  function begin(program: string, args: readonly string[]): Start {
    const child = spawn(process.execPath, [join(root, program), ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const begun = { child, output: () => output }
    started.push(begun)
    return begun
  }

  return {
    dataDir,
    ended,
    start: (...args) => begin('infra/cli/start.ts', args),
    command: (...args) => begin('infra/cli/keepsake.ts', args),
    async untilUp(run) {
      // The last line of the table: what is above it has been printed by then.
      await expect
        .poll(
          () => {
            if (run.child.exitCode !== null) throw new Error(run.output())
            return run.output()
          },
          { timeout: UP_LIMIT_MS },
        )
        .toMatch(/^status {2}.*\n/m)
      const state = readPlatformState(dataDir)
      if (state === null) throw new Error('there is no state')
      return state
    },
    async keepsake(...args) {
      const program = join(root, 'infra/cli/keepsake.ts')
      const child = spawn(process.execPath, [program, ...args], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const text = Promise.all([textOf(child.stdout), textOf(child.stderr)])
      const [code]: unknown[] = await once(child, 'close')
      return { code: typeof code === 'number' ? code : -1, text: (await text).join('') }
    },
    async [Symbol.asyncDispose]() {
      for (const { child } of started) child.kill('SIGTERM')
      await Promise.all(started.map(ended))
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
