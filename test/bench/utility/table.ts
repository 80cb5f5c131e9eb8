// Writes what the runs came to as tables of a document, and finds their place in it.
import { BUCKET_PEOPLE } from './breakdowns.ts'
import type { BreakdownRow } from './breakdowns.ts'
import type { YearFigures, YoungFigures } from './runs.ts'
import { SPIKES } from './runs.ts'

/** The place of a table: between two comments. */
export type TableName = 'first-28-days' | 'a-year' | 'spikes' | 'breakdowns'

export interface TableRow {
  readonly name: string
  readonly runs: number
}

export function youngTable(
  rows: readonly (TableRow & { readonly figures: YoungFigures })[],
): string {
  return tableOf(
    [
      'saves a day',
      'runs',
      'leaves',
      'total',
      '95 % of runs within',
      'as shown on day 28',
      'which ends',
      '7 days in +05:30',
      'within margin',
      'where views mislead',
      'whole leaves',
    ],
    rows.map(({ name, runs, figures }) => [
      name,
      whole(runs),
      decimal(figures.leaves),
      percent(figures.total.error),
      percent(figures.total.worst),
      percent(figures.published.error),
      `${decimal(figures.published.behindDays)} d before`,
      percent(figures.windows.error),
      cover(figures.windows.coverage),
      cover(figures.driftCoverage),
      cover(figures.wholeCoverage),
    ]),
  )
}

export function yearTable(rows: readonly (TableRow & { readonly figures: YearFigures })[]): string {
  return tableOf(
    [
      'saves a day',
      'runs',
      'leaves',
      'first clear number',
      '95 % of runs within',
      'total',
      '95 % of runs within',
      '7 days in +05:30',
      'within margin',
      'whole leaves',
    ],
    rows.map(({ name, runs, figures }) => [
      name,
      whole(runs),
      whole(figures.leaves),
      `${decimal(figures.firstClearDays.median)} d`,
      `${decimal(figures.firstClearDays.most)} d`,
      percent(figures.total.error),
      percent(figures.total.worst),
      percent(figures.windows.error),
      cover(figures.windows.coverage),
      cover(figures.wholeCoverage),
    ]),
  )
}

export function spikeTable(
  rows: readonly (TableRow & { readonly figures: YearFigures })[],
): string {
  return tableOf(
    ['saves a day before', ...SPIKES.map((saves) => `+ ${whole(saves)}`)],
    rows.map(({ name, figures }) => [
      name,
      ...SPIKES.map((saves) => minutes(figures.spikeMinutes.get(saves) ?? Infinity)),
    ]),
  )
}

export function breakdownTable(rows: readonly BreakdownRow[]): string {
  return tableOf(
    [
      'people in rows of their own, by',
      ...BUCKET_PEOPLE.map((people) => `of ${whole(people)}`),
      ...BUCKET_PEOPLE.map((people) => `off at ${whole(people)}`),
      'within margin',
    ],
    rows.map(({ dimension, figures }) => [
      dimension,
      ...figures.map(({ shown }) => `${(100 * shown).toFixed(0)} %`),
      ...figures.map(({ medianPoints }) => `${medianPoints.toFixed(2)} points`),
      cover(Math.min(...figures.map(({ coverage }) => coverage))),
    ]),
  )
}

/** @throws Error where the document has no place for the table. */
export function withTable(document: string, name: TableName, table: string): string {
  const [begin, end] = [`<!-- ${name} -->\n\n`, `\n\n<!-- end of ${name} -->`]
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the document lacks ${begin.trim()} ... ${end.trim()}`)
  return document.slice(0, from + begin.length) + table + document.slice(to)
}

/** Cells padded as oxfmt does it, so that a document that was written passes its check. */
function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows]
  const widths = head.map((_each, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  )
  const render = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [render(head), rule, ...rows.map(render)].join('\n')
}

function percent(part: number): string {
  const value = part * 100
  return `${value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)} %`
}

function cover(part: number): string {
  return `${(part * 100).toFixed(1)} %`
}

function decimal(value: number): string {
  return value < 100 ? value.toFixed(1) : whole(value)
}

function minutes(value: number): string {
  if (value === Infinity) return 'not in a day'
  return value < 120 ? `${value.toFixed(0)} min` : `${(value / 60).toFixed(0)} h`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
