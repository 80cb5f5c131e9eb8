// Shows how far long work is: one line rewritten where there is a terminal, else a line now and then.
import type { Clock } from '../runtime/clock.ts'
import { renderProgress } from './progress.ts'
import type { Screen } from './start-steps.ts'

export interface ProgressLine extends Disposable {
  /** What is done by now; the screen is written to by a timer, however often this is called. */
  done(amount: number): void
}

export interface ProgressLineOptions {
  readonly screen: Screen
  readonly clock: Clock
  /** As `importing`. */
  readonly title: string
  readonly unit: string
  readonly all: number | null
  /** What an earlier run had done. */
  readonly before?: number
}

const REWRITE_MS = 250
const REPEAT_MS = 10_000

/** Disposing clears a rewritten line. */
export function openProgressLine(options: ProgressLineOptions): ProgressLine {
  const { screen, clock, title, unit, all, before = 0 } = options
  const startedAtMs = clock.nowMs()
  const everyMs = screen.isTerminal ? REWRITE_MS : REPEAT_MS
  let amount = before
  let shown = false
  const show = (): void => {
    const elapsedMs = clock.nowMs() - startedAtMs
    const line = `${title}  ${renderProgress({ done: amount, all, elapsedMs, before, unit })}`
    // A line that is wrapped could not be rewritten.
    const fits = line.slice(0, Math.max(1, screen.width - 1))
    screen.write(screen.isTerminal ? `\r${fits}\u001B[K` : `${line}\n`)
    shown = true
  }
  const tick = (): void => {
    show()
    timer = clock.after(everyMs, tick)
  }
  let timer = clock.after(everyMs, tick)
  return {
    done(now) {
      amount = now
    },
    [Symbol.dispose]() {
      timer[Symbol.dispose]()
      if (shown && screen.isTerminal) screen.write('\r\u001B[K')
    },
  }
}
