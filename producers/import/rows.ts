// A row of a platform's log as every later step sees it: cells by column, or what is wrong with it.
import type { EventProblem } from '#schemas/problems.ts'

/** Faults of a row beside those of events: not a row of its file's format, or too long to look at. */
export type RowProblem = EventProblem | 'not_a_row' | 'too_long'

/** Never has a value of the row. */
export interface RowFault {
  readonly code: RowProblem
  /** The field of the event, or empty: the whole row. */
  readonly field: string
  readonly message: string
}

export interface Row {
  /** From 1, without the header; as counted from the beginning of the file. */
  readonly number: number
  /** As `columns.names`; a cell that is missing or empty is ''. */
  readonly cells: readonly string[]
  /** Null: a row of its format. */
  readonly fault: RowFault | null
  /** The text of a row with a fault, as far as it is worth keeping. */
  readonly raw?: string
}

export const rowLimits = {
  /** Characters of one row; twice as much is held at most. */
  rowCharsMax: 1_048_576,
  /** Bytes that are looked at together: what a row becomes depends on the bytes alone. */
  blockBytes: 262_144,
  /** Columns of a file; in NDJSON each row can bring new ones. */
  columnsMax: 2000,
} as const

/** The columns of a file; those of NDJSON grow while it is read, and keep their places. */
export interface Columns {
  readonly names: readonly string[]
  /** The place of a column, which it is given if it has none yet; -1: there are too many. */
  placeOf(name: string): number
}

export function createColumns(names: readonly string[] = []): Columns {
  const known: string[] = [...names]
  const places = new Map(known.map((name, place) => [name, place]))
  return {
    names: known,
    placeOf(name) {
      const place = places.get(name)
      if (place !== undefined) return place
      if (known.length >= rowLimits.columnsMax) return -1
      places.set(name, known.length)
      return known.push(name) - 1
    },
  }
}

/** The file is not what the map says: nothing of it can be read. */
export class FileError extends Error {
  override readonly name = 'FileError'
}

export function brokenRow(number: number, message: string, raw: string): Row {
  return { number, cells: [], fault: { code: 'not_a_row', field: '', message }, raw }
}

export function longRow(number: number): Row {
  const message = `is longer than ${rowLimits.rowCharsMax} characters; is a quote not closed?`
  return { number, cells: [], fault: { code: 'too_long', field: '', message } }
}
