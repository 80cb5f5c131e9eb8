// Keeps a process running: starts it again within 2 s whenever it dies, without limit, until it is told to stop.
import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import { PipelineError } from '../runtime/errors.ts'
import { EXIT_CONFIG } from '../runtime/lifecycle.ts'
import { openBoundedLog } from './bounded-log.ts'
import type { Guard } from './guard.ts'
import { identityOf, signalGroup } from './process-identity.ts'
import { createProcessOutput } from './process-output.ts'
import type { Notice } from './process-output.ts'

export interface ProcessSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** All of it: nothing is inherited besides. */
  readonly environment: Readonly<Record<string, string>>
  /** How the child notices our death on its own: Node's channel, or the end of file of descriptor 3. */
  readonly lifeline: 'channel' | 'pipe' | 'none'
  readonly output: 'json' | 'text'
  /** Others need it to take their leave, so it ends after them. */
  readonly isServer: boolean
  /** Mends what the last end may have left behind; called before every start. */
  readonly beforeStart?: () => void
  /** One look whether it works; never rejects. */
  readonly isReady: () => Promise<boolean>
  /** From SIGTERM to SIGKILL. */
  readonly stopLimitMs: number
}

export interface SupervisorContext {
  readonly clock: Clock
  readonly guard: Guard
  readonly logsDir: string
  readonly tell: (notice: Notice) => void
  /** Called when a process was started or ended. */
  readonly onChange: () => void
  /** Called once with a fault that a restart cannot mend. */
  readonly onFault: (fault: PipelineError) => void
}

export interface SupervisedProcess {
  readonly name: string
  /** The running process; null between two. */
  readonly running: { readonly pid: number; readonly identity: string } | null
  readonly restarts: number
  /** @throws PipelineError `setup_failed` when it dies again and again, or `limitMs` have passed. */
  awaitReady(limitMs: number, stop: AbortSignal): Promise<void>
  /** SIGTERM, and SIGKILL after the limit. */
  stop(): Promise<void>
  /** SIGKILL, now. */
  kill(): void
}

const restartMs = { first: 100, longest: 1500 } as const
/** A process that ran this long before it died is started again at once. */
const STEADY_MS = 10_000
/** Deaths before the first readiness after which the start is given up. */
const FALSE_STARTS_MAX = 3
const READY_POLL_MS = 50
const ANSWER_LIMIT_MS = 2000

export function supervise(spec: ProcessSpec, context: SupervisorContext): SupervisedProcess {
  const { name } = spec
  const { clock, guard, tell, onChange } = context
  const log = openBoundedLog(
    join(context.logsDir, spec.output === 'json' ? `${name}.log` : `${name}-console.log`),
  )
  const output = createProcessOutput({ name, log, clock, tell, kind: spec.output })
  const stopping = new AbortController()
  let running: SupervisedProcess['running'] = null
  let starts = 0
  let fault: PipelineError | null = null

  async function keepRunning(): Promise<void> {
    let delayMs: number = restartMs.first
    while (!stopping.signal.aborted && fault === null) {
      const startedAtMs = clock.nowMs()
      starts += 1
      const how = await runOnce()
      if (stopping.signal.aborted) return
      if (clock.nowMs() - startedAtMs > STEADY_MS) delayMs = restartMs.first
      if (how.mendable) {
        tell({ from: name, level: 'warn', text: `${how.text}; starting it again` })
        await clock.sleep(delayMs, stopping.signal)
        delayMs = Math.min(delayMs * 2, restartMs.longest)
      } else {
        fault = failure(`${name} ${how.text}`)
        context.onFault(fault)
      }
    }
  }

  async function runOnce(): Promise<{ readonly mendable: boolean; readonly text: string }> {
    spec.beforeStart?.()
    const started = spawn(spec.command, spec.args, {
      env: spec.environment,
      // A group of its own: Ctrl-C in the terminal reaches only us, who stop things in order.
      detached: true,
      stdio: stdioFor(spec.lifeline),
    })
    if (started.stdout !== null) output.take(started.stdout)
    if (started.stderr !== null) output.take(started.stderr)
    const { pid } = started
    if (pid !== undefined) {
      guard.add(pid, spec.isServer ? 'last' : 'first')
      running = { pid, identity: identityOf(pid) ?? '' }
      onChange()
    }
    const how = await outcomeOf(started)
    if (pid !== undefined) guard.remove(pid)
    running = null
    onChange()
    return how
  }

  function failure(text: string): PipelineError {
    const lines = output.tail.map((line) => `\n    ${line}`).join('')
    return new PipelineError('setup_failed', `${text}${lines}`)
  }

  const ended = keepRunning().finally(() => log[Symbol.dispose]())
  return {
    name,
    get running() {
      return running
    },
    get restarts() {
      return Math.max(0, starts - 1)
    },
    async awaitReady(limitMs, stop) {
      const deadline = clock.nowMs() + limitMs
      while (!stop.aborted) {
        if (fault !== null) throw fault
        if (running !== null && (await spec.isReady())) return
        if (starts > FALSE_STARTS_MAX) throw failure(`${name} dies at every start:`)
        if (clock.nowMs() > deadline) {
          throw failure(`${name} is not ready after ${Math.round(limitMs / 1000)} s:`)
        }
        await clock.sleep(READY_POLL_MS, stop)
      }
    },
    async stop() {
      stopping.abort()
      if (running !== null) signalGroup(running.pid, 'SIGTERM')
      using _limit = clock.after(spec.stopLimitMs, () => {
        tell({ from: name, level: 'warn', text: 'does not stop; ending it' })
        if (running !== null) signalGroup(running.pid, 'SIGKILL')
      })
      await ended
    },
    kill() {
      stopping.abort()
      if (running !== null) signalGroup(running.pid, 'SIGKILL')
    },
  }
}

function stdioFor(lifeline: ProcessSpec['lifeline']): StdioOptions {
  const base = ['ignore', 'pipe', 'pipe'] as const
  switch (lifeline) {
    case 'channel':
      return [...base, 'ipc']
    case 'pipe':
      return [...base, 'pipe']
    case 'none':
      return [...base]
    default:
      return lifeline satisfies never
  }
}

function outcomeOf(
  child: ChildProcess,
): Promise<{ readonly mendable: boolean; readonly text: string }> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      // Only what could not be started at all: no exit follows.
      if (child.pid === undefined)
        resolve({ mendable: false, text: `cannot start: ${error.message}` })
    })
    // Descendants would hold the descriptors open, and ports and files with them.
    child.once('exit', () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
    })
    child.once('close', (code, signal) => {
      const text = signal === null ? `ended with code ${code}` : `was ended by ${signal}`
      resolve({ mendable: code !== EXIT_CONFIG, text })
    })
    // Nothing is said on the lifeline; its error is the child's end, told by the exit.
    child.stdio[3]?.on('error', () => undefined)
  })
}

/** Whether an address answers with success. */
export async function answersOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) })).ok
  } catch {
    return false
  }
}
