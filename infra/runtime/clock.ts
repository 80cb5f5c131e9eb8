// The one place that reads the time and sets timers, so that everything else can be given another clock.
import { setTimeout as delay } from 'node:timers/promises'

export interface Clock {
  /** Milliseconds since 1970 UTC. */
  nowMs(): number
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `task` once after `ms` unless disposed before. */
  after(ms: number, task: () => void): Disposable
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal })
    } catch {
      // Aborted: the caller looks at its own signal.
    }
  },
  after(ms, task) {
    const timer = setTimeout(task, ms)
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}
