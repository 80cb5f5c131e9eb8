// Progress of a start: each step in a line with its seconds, counted up while it lasts where there is a terminal.
import type { Clock } from '../runtime/clock.ts'
import { DEFAULT_WIDTH } from './terminal.ts'

export interface Screen {
  write(text: string): void
  /** Whether a line can be rewritten and coloured. */
  readonly isTerminal: boolean
  /** Characters of a line. */
  readonly width: number
}

/** A stream of this process; in a pipe its lines are as long as on a small terminal. */
export function screenOf(stream: NodeJS.WriteStream): Screen {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY,
    get width() {
      return stream.isTTY ? stream.columns : DEFAULT_WIDTH
    },
  }
}

/** Says how far a step is, as often as it likes. */
export type TellDetail = (detail: string) => void

const TICK_MS = 1000
/** Without a terminal a long step says this often how far it is. */
const PLAIN_TICKS = 10
const TITLE_CHARS = 50
const SECONDS_CHARS = 8

export interface Steps {
  /** Runs a step and shows that it runs, how far it is, and how long it took. */
  step<T>(title: string, work: (tell: TellDetail) => Promise<T>): Promise<T>
  /** Writes a line, above the running step. */
  line(text: string): void
}

export function createSteps(screen: Screen, clock: Clock): Steps {
  let running: string | null = null
  const clear = (): void => {
    if (running !== null && screen.isTerminal) screen.write('\r\u001B[K')
  }
  const show = (text: string): void => {
    if (running === null || !screen.isTerminal) return
    // A line that wraps could not be rewritten.
    screen.write(`\r\u001B[K${text.slice(0, screen.width - 1)}`)
  }
  return {
    async step(title, work) {
      const startedAtMs = clock.nowMs()
      const secondsText = (digits: number): string =>
        `${((clock.nowMs() - startedAtMs) / 1000).toFixed(digits)} s`
      running = title
      show(`  ${title} ...`)
      let detail = ''
      let ticks = 0
      let timer: Disposable
      const tick = (): void => {
        show(`  ${title} ... ${detail === '' ? secondsText(0) : detail}`)
        ticks += 1
        if (!screen.isTerminal && detail !== '' && ticks % PLAIN_TICKS === 0) {
          screen.write(`    ${detail}\n`)
        }
        timer = clock.after(TICK_MS, tick)
      }
      timer = clock.after(TICK_MS, tick)
      try {
        const result = await work((text) => {
          detail = text
        })
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
