// The life of a process: opens resources in order, waits for a signal, and closes them in reverse under a deadline.
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { ConfigError, readConfig } from './config.ts'
import { createLog } from './log.ts'
import type { Logger } from './log.ts'

/** Exit code of a fault that a restart cannot mend (sysexits.h, EX_CONFIG). */
export const EXIT_CONFIG = 78

/** How long closing may take before the process ends all the same; the log replays what is cut off. */
const CLOSE_DEADLINE_MS = 10_000

export interface ProcessScope {
  /** Closed in reverse order at the end. */
  readonly stack: AsyncDisposableStack
  readonly log: Logger
  readonly clock: Clock
  /** Aborts when the process is asked to end. */
  readonly stop: AbortSignal
  /** Ends the process with code 1, for what cannot go on; the supervisor starts it again. */
  readonly fail: (error: unknown) => void
}

/**
 * Runs a process: `open` composes it and returns once it works. Ends on SIGTERM, SIGINT, the loss of
 * its parent, or `fail`. Faults of the configuration end it with EXIT_CONFIG.
 */
export async function runProcess(
  name: string,
  open: (scope: ProcessScope) => Promise<void>,
): Promise<void> {
  const controller = new AbortController()
  let exitCode = 0
  let log: Logger | undefined
  const end = Promise.withResolvers<void>()
  const finish = (code: number): void => {
    exitCode ||= code
    controller.abort()
    end.resolve()
  }
  const fail = (error: unknown): void => {
    log?.fatal({ err: error }, 'cannot go on')
    finish(1)
  }
  process.once('SIGTERM', () => finish(0))
  process.once('SIGINT', () => finish(0))
  // A child that lost its parent must not stay behind; without a parent's channel nothing is sent.
  process.once('disconnect', () => finish(0))
  process.on('unhandledRejection', fail)
  process.on('uncaughtException', fail)

  const stack = new AsyncDisposableStack()
  try {
    const { common } = readConfig(['common'])
    log = createLog({ name, level: common.LOG_LEVEL })
    await open({ stack, log, clock: systemClock, stop: controller.signal, fail })
    if (!controller.signal.aborted) log.info('started')
    await end.promise
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${name}: ${error.message}\n`)
      exitCode = EXIT_CONFIG
    } else fail(error)
  }
  await closeUnderDeadline(stack, log)
  process.exit(exitCode)
}

async function closeUnderDeadline(stack: AsyncDisposableStack, log?: Logger): Promise<void> {
  using _deadline = systemClock.after(CLOSE_DEADLINE_MS, () => {
    log?.error({ deadline_ms: CLOSE_DEADLINE_MS }, 'closing took too long')
    process.exit(1)
  })
  try {
    await stack.disposeAsync()
    log?.info('stopped')
  } catch (error) {
    log?.error({ err: error }, 'closing failed')
  }
}
