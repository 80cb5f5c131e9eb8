// Writes a shaped report as JSON, CSV (RFC 4180) or one JSON object a line.
import { hashedWith, writeJson } from './cached-answer.ts'
import type { Written } from './cached-answer.ts'
import type { NextPage } from './page-token.ts'
import type { ReportFormat } from './parse-report.ts'
import type { ReportBody, Value } from './shape-report.ts'

/** The token of the next page is part of JSON; the other formats have it in a header alone. */
export function writeReport(
  report: ReportBody,
  format: ReportFormat,
  next: NextPage | null,
): Written {
  switch (format) {
    case 'json':
      return writeJson(report, next)
    case 'csv':
      return written('text/csv; charset=utf-8; header=present', csvOf(report), next)
    case 'ndjson':
      return written('application/x-ndjson; charset=utf-8', ndjsonOf(report), next)
    default:
      return format satisfies never
  }
}

function written(type: string, body: string, next: NextPage | null): Written {
  return { type, body, hashed: hashedWith(body, next) }
}

/** Dimensions as they are; a metric `m` as `m`, `m__state` and, with margins, `m__margin`. */
function flatten(report: ReportBody): {
  readonly names: readonly string[]
  readonly rows: readonly (readonly Value[])[]
} {
  const { columns, rows, states, margins } = report
  const names = columns.flatMap(({ name, role }) => {
    if (role === 'dimension') return [name]
    return [name, `${name}__state`, ...(margins === undefined ? [] : [`${name}__margin`])]
  })
  const flat = rows.map((row, index) =>
    columns.flatMap(({ role }, column): readonly Value[] => {
      const value = row[column] ?? null
      if (role === 'dimension') return [value]
      const state = states[index]?.[column] ?? null
      const margin = margins === undefined ? [] : [margins[index]?.[column] ?? null]
      return [value, state, ...margin]
    }),
  )
  return { names, rows: flat }
}

function csvOf(report: ReportBody): string {
  const { names, rows } = flatten(report)
  return [names, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('')
}

/** A field is empty for null, and quoted where it has to be. */
function csvField(value: Value): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function ndjsonOf(report: ReportBody): string {
  const { names, rows } = flatten(report)
  return rows
    .map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('')
}
