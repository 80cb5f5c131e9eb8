// Whether the server behind a service answers, asked only when somebody wants to know: an idle process does nothing.
import { isRetryable } from './errors.ts'
import type { Readiness } from './ops-server.ts'

/**
 * Gives the last known state and asks again in the background, unless one asking is under way.
 * `probe` resolves when the server answers and does what it is needed for.
 */
export function probeWhenAsked(server: string, probe: () => Promise<unknown>): () => Readiness {
  let state: Readiness = { ready: false, why: `${server} was not reached yet` }
  let asking = false
  async function ask(): Promise<void> {
    asking = true
    try {
      await probe()
      state = { ready: true }
    } catch (error) {
      const why = isRetryable(error) ? 'does not answer' : 'refuses'
      state = { ready: false, why: `${server} ${why}` }
    }
    asking = false
  }
  void ask()
  return () => {
    if (!asking) void ask()
    return state
  }
}
