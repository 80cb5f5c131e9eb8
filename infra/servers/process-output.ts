// What a child process prints: all of it goes to a bounded file, what an operator must see also to the terminal.
import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { Clock } from '../runtime/clock.ts'
import type { BoundedLog } from './bounded-log.ts'

/** A line for whoever watches. */
export interface Notice {
  /** Name of the process. */
  readonly from: string
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
}

const LINE_CHARS_MAX = 16_384
const TAIL_LINES = 12
/** The same line of the same process is told once in this time: a loop of warnings hides the rest. */
const REPEAT_MS = 30_000

const lineSchema = z.object({
  level: z.string(),
  msg: z.string().default(''),
  err: z
    .object({ message: z.string(), code: z.union([z.string(), z.number()]).optional() })
    .optional(),
})

export interface ProcessOutput {
  /** The last lines, for the report of a failure. */
  readonly tail: readonly string[]
  take(stream: Readable): void
}

export interface ProcessOutputOptions {
  readonly name: string
  readonly log: BoundedLog
  readonly clock: Clock
  readonly tell: (notice: Notice) => void
  /** `json`: log lines of ours, told from level warn on. `text`: a server that keeps a log of its own. */
  readonly kind: 'json' | 'text'
}

export function createProcessOutput(options: ProcessOutputOptions): ProcessOutput {
  const { name, log, clock, kind } = options
  const tail: string[] = []
  const toldAtMs = new Map<string, number>()
  const tell = (notice: Notice): void => {
    const nowMs = clock.nowMs()
    for (const [text, atMs] of toldAtMs) if (nowMs - atMs > REPEAT_MS) toldAtMs.delete(text)
    if (toldAtMs.has(notice.text)) return
    toldAtMs.set(notice.text, nowMs)
    options.tell(notice)
  }
  return {
    tail,
    take(stream) {
      eachLine(stream, (line) => {
        log.writeLine(line)
        tail.push(readable(line))
        if (tail.length > TAIL_LINES) tail.shift()
        const notice = kind === 'json' ? noticeOf(name, line) : null
        if (notice !== null) tell(notice)
      })
    },
  }
}

/** What a line tells an operator; null where it can stay in the file. */
export function noticeOf(from: string, line: string): Notice | null {
  const entry = parseEntry(line)
  // Not of our log: a crash of Node itself, or a fault of the configuration.
  if (entry === null) return line.trim() === '' ? null : { from, level: 'error', text: line }
  const { level } = entry
  if (level === 'warn') return { from, level, text: readable(line) }
  return level === 'error' || level === 'fatal'
    ? { from, level: 'error', text: readable(line) }
    : null
}

function readable(line: string): string {
  const entry = parseEntry(line)
  if (entry === null) return line
  const { msg, err } = entry
  if (err === undefined) return msg
  return `${msg}: ${err.message}${err.code === undefined ? '' : ` (${err.code})`}`
}

function parseEntry(line: string): z.infer<typeof lineSchema> | null {
  if (!line.startsWith('{')) return null
  try {
    return lineSchema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}

function eachLine(stream: Readable, take: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX)
    for (const line of lines) take(line.slice(0, LINE_CHARS_MAX))
  })
  stream.on('end', () => {
    if (rest !== '') take(rest)
  })
  // The other end died in the middle of a line; its exit tells the rest.
  stream.on('error', () => undefined)
}
