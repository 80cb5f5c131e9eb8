// Structured logs: one JSON line each, about counts and codes; ids of users, videos or events never go in.
import { pino } from 'pino'
import type { Logger } from 'pino'

export type { Logger } from 'pino'

export interface LogOptions {
  /** Which process speaks. */
  readonly name: string
  readonly level: string
}

/** Opens the log of a process on standard output. */
export function createLog({ name, level }: LogOptions): Logger {
  return pino({
    name,
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // Errors of libraries can carry whole requests; only what helps an operator is written.
    serializers: { err: describeError },
  })
}

/** A failure as it goes into a log: name, code, message and where, with its causes, and nothing else. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  const code = 'code' in error ? { code: error.code } : {}
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) }
  return { name: error.name, ...code, message: error.message, stack: error.stack, ...cause }
}
