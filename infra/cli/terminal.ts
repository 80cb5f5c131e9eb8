// What a terminal can show: colours where it has them, lines as long as it is wide, and a screen that is redrawn in place.
import type { Clock } from '../runtime/clock.ts'

const codes = { good: '32', warn: '33', bad: '31', strong: '1', faint: '2' } as const
export type Tone = keyof typeof codes

/** Gives a text its tone; lengths are to be measured before. */
export type Paint = (tone: Tone, text: string) => string

export function createPaint(isColoured: boolean): Paint {
  return isColoured
    ? (tone, text) => `\u001B[${codes[tone]}m${text}\u001B[0m`
    : (_tone, text) => text
}

export const DEFAULT_WIDTH = 80

/** Words in lines of at most `width`; a word that is longer has a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines
}

/** The beginning of a text, with a mark where it was cut. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}

/** What is needed of a terminal's stream. */
export interface TerminalStream {
  write(text: string): unknown
  readonly columns?: number
  readonly rows?: number
  on(event: 'resize', listener: () => void): unknown
}

export interface Screen extends Disposable {
  /** Replaces what is shown. */
  draw(lines: readonly string[]): void
}

const escape = {
  /** Another screen, so that what was there before comes back at the end; no cursor. */
  enter: '\u001B[?1049h\u001B[?25l',
  leave: '\u001B[?25h\u001B[?1049l',
  home: '\u001B[H',
  clearLine: '\u001B[K',
  clearBelow: '\u001B[J',
} as const

/**
 * Takes the terminal over until disposed. Lines are written over those before and only the rest is
 * cleared, in one write: nothing flickers. What does not fit the height is left out.
 */
export function openScreen(stream: TerminalStream): Screen {
  stream.write(escape.enter)
  return {
    draw(lines) {
      const shown = lines.slice(0, stream.rows ?? lines.length)
      const text = shown.map((line) => `${line}${escape.clearLine}`).join('\r\n')
      stream.write(`${escape.home}${text}${escape.clearBelow}`)
    },
    [Symbol.dispose]: () => void stream.write(escape.leave),
  }
}

/** Calls `turn` every `everyMs`, the first time at once, until `stop` aborts. */
export async function repeatUntil(
  stop: AbortSignal,
  { clock, everyMs }: { readonly clock: Clock; readonly everyMs: number },
  turn: () => Promise<void>,
): Promise<void> {
  while (!stop.aborted) {
    await turn()
    await clock.sleep(everyMs, stop)
  }
}
