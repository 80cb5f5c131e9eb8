// The truth in a file: whole days, one after the other; a day that a crash has cut off is written again.
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs'
import type { TrueDayEnd, TrueVideoDay } from '#schemas/truth.ts'

export interface TruthFile {
  /** Whether the day is there as a whole. */
  has(day: string): boolean
  /** Appends the lines of one day, its end last. */
  append(lines: readonly (TrueVideoDay | TrueDayEnd)[]): void
}

/** Reads which days are there, and removes what follows the last whole one. */
export function openTruthFile(path: string): TruthFile {
  const days = new Set<string>()
  if (existsSync(path)) {
    const bytes = readFileSync(path)
    let whole = 0
    for (let from = 0; from < bytes.length;) {
      const end = bytes.indexOf(10, from)
      if (end < 0) break
      // Only the end of a day begins so, and it has no ids.
      const line = bytes.toString('utf8', from, end)
      const day = /^\{"day":"([\d-]+)","videos":/.exec(line)?.[1]
      if (day !== undefined) {
        days.add(day)
        whole = end + 1
      }
      from = end + 1
    }
    if (whole < bytes.length) truncateSync(path, whole)
  }
  return {
    has: (day) => days.has(day),
    append(lines) {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
      appendFileSync(path, text, { mode: 0o600 })
      for (const line of lines) if ('videos' in line) days.add(line.day)
    },
  }
}
