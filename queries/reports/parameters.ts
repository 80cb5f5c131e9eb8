// Reads query strings strictly: a name that is not known, or that is given twice, is refused by name.
import { HttpProblem } from '#infra/runtime/http.ts'
import { hintOf } from './nearest-name.ts'

/** Parameters of a request, each at most once. */
export type Parameters<Name extends string> = ReadonlyMap<Name, string>

/** How much of what a client sent is repeated to it. */
const ECHO_MAX = 64

/** The query string of a URL path. */
export function searchOf(url: string): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1))
}

/** @throws HttpProblem `unknown_parameter`, or `bad_parameter` for a name given twice. */
export function readParameters<Name extends string>(
  search: URLSearchParams,
  known: readonly Name[],
): Parameters<Name> {
  const read = new Map<Name, string>()
  for (const [given, value] of search) {
    const name = known.find((each) => each === given)
    if (name === undefined) {
      const parameter = echo(given)
      const detail = `There is no parameter "${parameter}"${hintOf(given, known)}`
      throw new HttpProblem('unknown_parameter', detail, { parameter })
    }
    if (read.has(name)) throw badParameter(name, 'is given twice')
    read.set(name, value)
  }
  return read
}

export function badParameter(parameter: string, fault: string): HttpProblem {
  return new HttpProblem('bad_parameter', `${parameter} ${fault}`, { parameter })
}

/** What a client sent, cut so that an answer stays small. */
export function echo(text: string): string {
  return text.length > ECHO_MAX ? `${text.slice(0, ECHO_MAX)}...` : text
}

/** A comma list without repeats; empty when the parameter is left out or empty. */
export function listOf<Name extends string>(
  parameters: Parameters<Name>,
  name: Name,
): readonly string[] {
  const text = parameters.get(name) ?? ''
  if (text === '') return []
  const items = text.split(',')
  if (items.includes('')) throw badParameter(name, 'has an empty item')
  if (new Set(items).size < items.length) throw badParameter(name, 'has an item twice')
  return items
}

export function booleanOf<Name extends string>(
  parameters: Parameters<Name>,
  name: Name,
  fallback: boolean,
): boolean {
  const text = parameters.get(name)
  if (text === undefined) return fallback
  if (text !== 'true' && text !== 'false') throw badParameter(name, 'must be true or false')
  return text === 'true'
}

/** How many rows a page has; see contracts of each route. */
export function maxResultsOf<Name extends string>(
  parameters: Parameters<Name>,
  name: Name,
  { fallback, max }: { readonly fallback: number; readonly max: number },
): number {
  const text = parameters.get(name)
  if (text === undefined) return fallback
  const value = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= max)) throw badParameter(name, `must be a whole number of 1 to ${max}`)
  return value
}

export interface SortKey<Column extends string> {
  readonly column: Column
  readonly descending: boolean
}

/** `-views,day`: a comma list of `columns`, `-` for descending. */
export function sortOf<Name extends string, Column extends string>(
  parameters: Parameters<Name>,
  name: Name,
  columns: readonly Column[],
): readonly SortKey<Column>[] {
  const keys = listOf(parameters, name).map((item) => {
    const descending = item.startsWith('-')
    const wanted = descending ? item.slice(1) : item
    const column = columns.find((each) => each === wanted)
    if (column === undefined) {
      const hint = hintOf(wanted, columns)
      throw badParameter(name, `names "${echo(wanted)}", which is no column here${hint}`)
    }
    return { column, descending }
  })
  if (new Set(keys.map(({ column }) => column)).size < keys.length) {
    throw badParameter(name, 'has a column twice')
  }
  return keys
}
