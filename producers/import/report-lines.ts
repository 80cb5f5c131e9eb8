// What an import and its dry run say at the end, in lines that fit the terminal.
import { count, duration, some } from '#infra/cli/progress.ts'
import { columns } from '#infra/cli/text-columns.ts'
import type { DistinctCount, DryRun } from './dry-run.ts'
import type { RefusalGroup } from './refusals.ts'
import type { Tally } from './tally.ts'
import type { OtherwiseTally } from './values-from-cells.ts'

const LABEL_CHARS = 12

/** A label and what follows it, on as many lines of at most `width` characters as it takes. */
export function labelled(
  label: string,
  parts: readonly string[],
  width: number,
): readonly string[] {
  const room = Math.max(20, width - LABEL_CHARS)
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    const joined = last === undefined ? part : `${last}  ${part}`
    if (last === undefined || joined.length > room) lines.push(part)
    else lines[lines.length - 1] = joined
  }
  return lines.map((line, index) => (index === 0 ? label : '').padEnd(LABEL_CHARS) + line)
}

/** Rows, events, time and what was left out: the part that both reports have. */
export function tallyLines(tally: Tally, width: number): readonly string[] {
  const { rows, refusals, withoutEvent, outside, events, fromMs, toMs } = tally
  const all = Object.values(events).reduce((sum, each) => sum + each, 0)
  const left = [
    ...(refusals.total > 0 ? [`${count(refusals.total)} refused`] : []),
    ...(withoutEvent > 0 ? [`${count(withoutEvent)} give no event`] : []),
    ...(outside > 0 ? [`${count(outside)} outside --from/--to`] : []),
  ]
  const byType = Object.entries(events)
    .sort(([, a], [, b]) => b - a)
    .map(([type, each]) => `${type} ${count(each)}`)
  return [
    ...labelled('rows', [count(rows), ...left], width),
    ...labelled('events', [count(all), ...byType], width),
    ...(fromMs === null || toMs === null ? [] : timeLines(fromMs, toMs)),
  ]
}

const DAY_MS = 86_400_000

function timeLines(fromMs: number, toMs: number): readonly string[] {
  const text = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
  const days = Math.floor(toMs / DAY_MS) - Math.floor(fromMs / DAY_MS) + 1
  const range = `${text(fromMs)} to ${text(toMs)} UTC, ${some(days, 'day')}`
  // Seconds that were taken for milliseconds all lie in January 1970.
  const hint = toMs < 365 * DAY_MS ? '  (is the unit right?)' : ''
  return labelled('time', [range + hint], Number.POSITIVE_INFINITY)
}

const REFUSALS_SHOWN = 12

/** A table of reasons, the most frequent first. */
export function refusalLines(groups: readonly RefusalGroup[], width: number): readonly string[] {
  if (groups.length === 0) return []
  const rows = groups.slice(0, REFUSALS_SHOWN).map((group) => {
    const more = group.count > group.rows.length ? ' ...' : ''
    const first = group.rows.map(String).join(' ')
    return [
      `  ${group.code}`,
      group.field === '' ? '(row)' : group.field,
      count(group.count).padStart(6),
      first + more,
    ]
  })
  const table = columns([['  refused', 'field', '  rows', 'first rows'], ...rows])
  const lines = table.flatMap((line, index) => {
    const message = index === 0 ? undefined : groups[index - 1]?.message
    return message === undefined ? [line] : [line, `      ${message}`]
  })
  const hidden = groups.length - REFUSALS_SHOWN
  const shown = lines.map((line) => cut(line, width))
  return ['', ...shown, ...(hidden > 0 ? [`  and ${hidden} more reasons`] : [])]
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 3)}...`
}

export function dryRunLines(run: DryRun, fell: OtherwiseTally, width: number): readonly string[] {
  const { tally, videos, creators, users, ids, duplicates, unused } = run
  const { told, refused, otherCreator } = tally.videos
  const seen = [distinct(videos, 'video'), distinct(creators, 'creator'), distinct(users, 'user')]
  const among = ids.full ? ` among the first ${count(ids.count)}` : ''
  const twice = `${some(duplicates, 'event')}${among} stand in the file twice, and count once`
  return [
    ...tallyLines(tally, width),
    ...labelled('with', seen, width),
    ...(told + refused > 0
      ? labelled(
          'catalogue',
          [`${some(told, 'video')} to tell`, ...faults(refused, otherCreator)],
          width,
        )
      : []),
    ...(duplicates > 0 ? labelled('duplicates', [twice], width) : []),
    ...(unused.length > 0 ? labelled('not in map', unused, width) : []),
    ...otherwiseLines(fell, width),
    ...refusalLines(tally.refusals.groups, width),
  ]
}

function faults(refused: number, otherCreator: number): readonly string[] {
  return [
    ...(refused > 0 ? [`${count(refused)} with a fault`] : []),
    ...(otherCreator > 0 ? [`${some(otherCreator, 'row')} with another creator`] : []),
  ]
}

function distinct({ count: seen, full }: DistinctCount, noun: string): string {
  return full ? `more than ${some(seen, noun)}` : some(seen, noun)
}

const OTHERWISE_SHOWN = 20

function otherwiseLines(fell: OtherwiseTally, width: number): readonly string[] {
  return [...fell]
    .filter(([, values]) => values.size > 0)
    .flatMap(([field, values]) => {
      const sorted = [...values].sort(([, a], [, b]) => b - a)
      const shown = sorted
        .slice(0, OTHERWISE_SHOWN)
        .map(([value, times]) => `${JSON.stringify(value)} ${count(times)}`)
      const more = sorted.length - shown.length
      const rest = more > 0 ? [`and ${more} more`] : []
      return labelled('otherwise', [`${field}:`, ...shown, ...rest], width)
    })
}

export interface Done {
  readonly tally: Tally
  readonly elapsedMs: number
  /** Rows of earlier runs. */
  readonly before: number
  readonly rejects: { readonly path: string; readonly rows: number }
  readonly width: number
}

/** The summary of an import, whole or stopped. */
export function summaryLines({
  tally,
  elapsedMs,
  before,
  rejects,
  width,
}: Done): readonly string[] {
  const { told, conflicts, refused, otherCreator } = tally.videos
  const seconds = elapsedMs / 1000
  const rate = seconds <= 0 ? 0 : (tally.rows - before) / seconds
  const pace = `${seconds < 60 ? `${seconds.toFixed(1)} s` : duration(seconds)}, ${count(rate)} rows/s`
  const frozen = conflicts > 0 ? [`${count(conflicts)} known otherwise, left as they are`] : []
  const videos = [`${some(told, 'video')} told`, ...frozen, ...faults(refused, otherCreator)]
  const resumed = before > 0 ? [`${count(before)} rows by an earlier run`] : []
  return [
    ...tallyLines(tally, width),
    ...(told + conflicts + refused > 0 ? labelled('catalogue', videos, width) : []),
    ...labelled('took', [pace, ...resumed], width),
    ...refusalLines(tally.refusals.groups, width),
    ...(rejects.rows > 0
      ? ['', `${count(rejects.rows)} refused rows to mend: ${rejects.path}`]
      : []),
  ]
}

export interface Look {
  readonly creator: string | null
  readonly fromMs: number
  readonly toMs: number
}

/** What to do next: a query takes at most 800 days, and 28 of them fit a screen. */
export function lookLines({ creator, fromMs, toMs }: Look): readonly string[] {
  if (creator === null) return []
  const end = new Date(toMs).toISOString().slice(0, 10)
  const start = new Date(Math.max(fromMs, toMs - 27 * DAY_MS)).toISOString().slice(0, 10)
  return [
    '',
    'Old days are counted in the background; what still waits, and a look at a creator:',
    '  npm run -s keepsake -- status',
    `  npm run -s keepsake -- query --metrics views,likes --dimensions day \\`,
    `    --creator ${creator} --start ${start} --end ${end}`,
  ]
}
