// Turns cells into what fields of events hold: instants, amounts of time, and values of closed domains.
import type { Amount, Choice, TimeSource } from './import-map.ts'
import type { Columns, RowFault } from './rows.ts'

/** Milliseconds since 1970, or what is wrong with the cell. */
export function cellTime(
  { column, unit }: TimeSource,
  field: string,
  columns: Columns,
): (cells: readonly string[]) => number | RowFault {
  const place = columns.placeOf(column)
  const missing: RowFault = { code: 'missing_field', field, message: 'is required' }
  const message =
    unit === 'rfc3339' ? 'must be RFC 3339, as 2026-11-01T12:00:00Z' : `must be a number of ${unit}`
  const wrong: RowFault = { code: 'wrong_type', field, message }
  const read = unit === 'rfc3339' ? instantOf : (text: string) => epochMs(text, unit)
  return (cells) => {
    const text = cells[place] ?? ''
    if (text === '') return missing
    const atMs = read(text)
    return Number.isNaN(atMs) ? wrong : atMs
  }
}

function epochMs(text: string, unit: 's' | 'ms' | 'us'): number {
  const scaled = scaledNumber(text, unit)
  return Math.floor(scaled)
}

/** RFC 3339 with an offset, `T` or a blank; more than milliseconds is cut off. */
const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,3})?\d*([Zz]|[+-]\d\d:\d\d)$/

function instantOf(text: string): number {
  const parts = RFC3339.exec(text)
  if (parts === null) return Number.NaN
  const [, day, time, fraction = '', zone = ''] = parts
  return Date.parse(`${day}T${time}${fraction}${zone.toUpperCase()}`)
}

const DECIMAL = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** A decimal number in milliseconds; NaN where it is none. */
function scaledNumber(text: string, unit: 's' | 'ms' | 'us'): number {
  const whole = wholeNumber(text)
  if (whole >= 0 && unit !== 'us') return unit === 's' ? whole * 1000 : whole
  if (!DECIMAL.test(text)) return Number.NaN
  if (unit === 'ms') return Number(text)
  return unit === 'us' ? Number(text) / 1000 : secondsInMs(text)
}

/** 4.035 s times 1000 are 4034.9999999999995 in binary: the fraction is scaled by itself. */
function secondsInMs(text: string): number {
  const [, sign, whole, fraction] = /^(-?)(\d+)\.(\d+)$/.exec(text) ?? []
  if (whole === undefined) return Number(text) * 1000
  const part = Number((Number(`0.${fraction}`) * 1000).toPrecision(12))
  const scaled = Number(whole) * 1000 + part
  return sign === '-' ? -scaled : scaled
}

/** A number of at most 15 digits and nothing else; -1 where it is not one. Most cells are. */
export function wholeNumber(text: string): number {
  if (text.length === 0 || text.length > 15) return -1
  let value = 0
  for (let place = 0; place < text.length; place++) {
    const digit = text.charCodeAt(place) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

const rounding = {
  nearest: Math.round,
  down: Math.floor,
  up: Math.ceil,
} as const

/** Whole milliseconds; undefined where the cell is empty; a text that is no number stays a text. */
export function cellAmount(
  source: Amount,
  columns: Columns,
): (cells: readonly string[]) => number | string | undefined {
  if (typeof source === 'number') return () => source
  const place = columns.placeOf(source.column)
  const round = rounding[source.round]
  return (cells) => {
    const text = cells[place] ?? ''
    if (text === '') return undefined
    const scaled = scaledNumber(text, source.unit)
    return Number.isNaN(scaled) ? text : round(scaled)
  }
}

/** How often foreign values fell to `otherwise`, by field. */
export type OtherwiseTally = Map<string, Map<string, number>>

/** Values of a domain are few; what has more is not one, and its rest is told as one. */
const OTHERWISE_VALUES_MAX = 1000
const OTHERWISE_CHARS_MAX = 40
export const REST = '(more values)'

/**
 * A value of a closed domain; undefined where the cell is empty. A value that is neither ours nor
 * translated is passed on, to be refused with its event.
 */
export function cellChoice(
  source: Choice,
  options: { readonly field: string; readonly columns: Columns; readonly fell: OtherwiseTally },
): (cells: readonly string[]) => string | undefined {
  if (typeof source === 'string') return () => source
  const place = options.columns.placeOf(source.column)
  const { values, otherwise } = source
  if (values === undefined) return (cells) => (cells[place] === '' ? undefined : cells[place])
  const ours = new Map(Object.entries(values))
  const fell = new Map<string, number>()
  options.fell.set(options.field, fell)
  return (cells) => {
    const foreign = cells[place] ?? ''
    const found = ours.get(foreign)
    if (found !== undefined) return found
    if (foreign === '') return undefined
    if (otherwise === undefined) return foreign
    const shown = Buffer.from(foreign.slice(0, OTHERWISE_CHARS_MAX)).toString()
    const name = fell.has(shown) || fell.size < OTHERWISE_VALUES_MAX ? shown : REST
    fell.set(name, (fell.get(name) ?? 0) + 1)
    return otherwise
  }
}

/** A title with the cells of a row in its braces, at most 500 characters. */
export function cellTemplate(
  template: string,
  columns: Columns,
): (cells: readonly string[]) => string {
  const parts = template.split(/\{([^{}]+)\}/g)
  const readers = parts.map((part, index) => {
    if (index % 2 === 0) return () => part
    const place = columns.placeOf(part)
    return (cells: readonly string[]) => cells[place] ?? ''
  })
  return (cells) =>
    readers
      .map((read) => read(cells))
      .join('')
      .slice(0, TITLE_CHARS_MAX)
}

const TITLE_CHARS_MAX = 500
