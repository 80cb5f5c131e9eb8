// The end of a start: addresses, logins and a first report, compact enough for 80 columns.
import { columns } from './text-columns.ts'

export interface Login {
  /** `creator 900`, `viewer 5001` or `analyst`. */
  readonly who: string
  /** How much there is to see. */
  readonly size: string
  /** A link, or where the credentials are. */
  readonly credentials: string
}

export interface FirstReport {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface StartTable {
  readonly addresses: readonly (readonly [name: string, url: string, what: string])[]
  readonly logins: readonly Login[]
  /** Why there is none, when it is a text. */
  readonly report: FirstReport | string
  readonly hints: readonly (readonly [what: string, command: string])[]
}

const WIDTH = 80

/** @returns lines of at most 80 characters, unless a path is longer than the rest of its line. */
export function renderStartTable(table: StartTable): readonly string[] {
  const { addresses, logins, report, hints } = table
  return [
    rule('addresses'),
    ...columns(addresses),
    ...(logins.length === 0 ? [] : [rule('logins')]),
    ...columns(logins.map(({ who, size, credentials }) => [who, size, credentials])),
    rule('first report'),
    ...(typeof report === 'string' ? [report] : renderReport(report)),
    rule('next'),
    ...columns(hints),
  ]
}

function renderReport({ title, columns: names, rows }: FirstReport): readonly string[] {
  const all = [names, ...rows]
  const width = (index: number): number => Math.max(...all.map((row) => row[index]?.length ?? 0))
  // Numbers end under each other.
  return [title, ...all.map((row) => row.map((cell, at) => cell.padStart(width(at))).join('  '))]
}

function rule(title: string): string {
  return `-- ${title} ${'-'.repeat(WIDTH - title.length - 4)}`
}
