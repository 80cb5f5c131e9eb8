// Progress of a start: each step in a line with its seconds, counted up while it lasts where there is a terminal.
import type { Clock } from '../runtime/clock.ts'

export interface Screen {
  write(text: string): void
  /** Whether a line can be rewritten and coloured. */
  readonly isTerminal: boolean
}

const TICK_MS = 1000
const TITLE_CHARS = 50
const SECONDS_CHARS = 8

export interface Steps {
  /** Runs a step and shows that it runs, and how long it took. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>
  /** Writes a line, above the running step. */
  line(text: string): void
}

export function createSteps(screen: Screen, clock: Clock): Steps {
  let running: string | null = null
  const clear = (): void => {
    if (running !== null && screen.isTerminal) screen.write('\r\u001B[K')
  }
  const show = (text: string): void => {
    if (running !== null && screen.isTerminal) screen.write(`\r${text}`)
  }
  return {
    async step(title, work) {
      const startedAtMs = clock.nowMs()
      const secondsText = (digits: number): string =>
        `${((clock.nowMs() - startedAtMs) / 1000).toFixed(digits)} s`
      running = title
      show(`  ${title} ...`)
      let timer: Disposable
      const tick = (): void => {
        show(`  ${title} ... ${secondsText(0)}`)
        timer = clock.after(TICK_MS, tick)
      }
      timer = clock.after(TICK_MS, tick)
      try {
        const result = await work()
        clear()
        screen.write(`  ${title.padEnd(TITLE_CHARS)} ${secondsText(1).padStart(SECONDS_CHARS)}\n`)
        return result
      } catch (error) {
        clear()
        const how = error instanceof Error && error.name === 'AbortError' ? 'stopped' : 'failed'
        screen.write(`  ${title.padEnd(TITLE_CHARS)} ${how.padStart(SECONDS_CHARS)}\n`)
        throw error
      } finally {
        running = null
        timer[Symbol.dispose]()
      }
    },
    line(text) {
      clear()
      screen.write(`${text}\n`)
    },
  }
}
