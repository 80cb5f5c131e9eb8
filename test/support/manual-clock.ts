// A clock that a test moves by hand: nothing waits, and what would have happened meanwhile happens in order.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '#infra/runtime/clock.ts'

export interface ManualClock extends Clock {
  /** Lets `ms` pass; every timer that falls due runs, and whatever it sets going comes to rest. */
  advance(ms: number): Promise<void>
  /** Lets what is going on come to rest without any time passing. */
  rest(): Promise<void>
}

interface Timer {
  readonly atMs: number
  readonly task: () => void
}

export function createManualClock(startMs = 1_790_000_000_000): ManualClock {
  let nowMs = startMs
  const timers = new Set<Timer>()
  const set = (ms: number, task: () => void): Disposable => {
    const timer = { atMs: nowMs + ms, task }
    timers.add(timer)
    return { [Symbol.dispose]: () => void timers.delete(timer) }
  }
  const rest = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await nextTurn()
  }
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = set(ms, resolve)
        signal?.addEventListener('abort', () => {
          timer[Symbol.dispose]()
          resolve()
        })
      }),
    after: set,
    rest,
    async advance(ms) {
      const untilMs = nowMs + ms
      await rest()
      for (;;) {
        const [next] = [...timers].sort((a, b) => a.atMs - b.atMs)
        if (next === undefined || next.atMs > untilMs) break
        timers.delete(next)
        nowMs = Math.max(nowMs, next.atMs)
        next.task()
        await rest()
      }
      nowMs = untilMs
      await rest()
    },
  }
}
