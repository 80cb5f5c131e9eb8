// Repeats a step that can be repeated while a server does not answer or is short of something: a command is not to end by that.
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable } from '#infra/runtime/errors.ts'

export interface Patience {
  readonly clock: Clock
  readonly stop: AbortSignal
}

/** Above a restart of a server; somebody sits before the command. */
const LIMIT_MS = 120_000
const PAUSE_MS = 1000

/** @throws the step's own error when it cannot be mended, or after two minutes of trying. */
export async function patiently<T>({ clock, stop }: Patience, step: () => Promise<T>): Promise<T> {
  const deadlineMs = clock.nowMs() + LIMIT_MS
  for (;;) {
    try {
      return await step()
    } catch (error) {
      if (!isRetryable(error) || clock.nowMs() > deadlineMs) throw error
      await clock.sleep(PAUSE_MS, stop)
      stop.throwIfAborted()
    }
  }
}
