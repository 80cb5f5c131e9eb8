// Reads rows of CSV (RFC 4180) in bounded memory: a broken row costs itself, and reading goes on at the next line.
import Papa from 'papaparse'
import type { ParseResult } from 'papaparse'
import { brokenRow, createColumns, FileError, longRow, rowLimits } from './rows.ts'
import type { Columns, Row } from './rows.ts'

export interface CsvRows {
  readonly columns: Columns
  /** Rows in their order, some at a time. */
  readonly batches: AsyncGenerator<readonly Row[]>
}

type Parsed = Pick<ParseResult<string[]>, 'data' | 'errors' | 'meta'>

/** Reads the header. @throws FileError when there is none, or two columns have one name. */
export async function openCsvRows(
  texts: AsyncIterable<string>,
  delimiter: string,
): Promise<CsvRows> {
  const reader = createReader(delimiter)
  const source = texts[Symbol.asyncIterator]()
  /** @returns whether there was more. */
  const next = async (): Promise<boolean> => {
    const { done, value } = await source.next()
    if (done !== true) reader.add(value)
    return done !== true
  }
  let more = await next()
  let header = reader.takeHeader(!more)
  while (header === null && more) {
    more = await next()
    header = reader.takeHeader(!more)
  }
  if (header === null) throw new FileError('The file is empty: it has no header')
  const twice = header.find((name, place) => header.indexOf(name) !== place)
  if (twice !== undefined) throw new FileError(`The header names the column ${twice} twice`)
  const width = header.length
  async function* batches(): AsyncGenerator<readonly Row[]> {
    for (;;) {
      const rows = reader.takeRows(width, !more)
      if (rows.length > 0) yield rows
      if (!more) return
      more = await next()
    }
  }
  return { columns: createColumns(header), batches: batches() }
}

function createReader(delimiter: string) {
  let rest = ''
  /** Within a row that is too long, up to the end of its line. */
  let skipping = false
  let number = 0

  const parse = (whole: boolean): Parsed =>
    new Papa.Parser({ delimiter, newline: '\n' }).parse(rest, 0, !whole)
  // The library's fast mode says a place after one row too many.
  const parseFirst = (whole: boolean, preview: number): Parsed =>
    new Papa.Parser({ delimiter, newline: '\n', preview, fastMode: false }).parse(rest, 0, !whole)

  /** Drops the first line of what is left. @returns whether its end was seen. */
  function dropLine(from = 0): boolean {
    const end = rest.indexOf('\n', from)
    rest = end < 0 ? '' : rest.slice(end + 1)
    return end >= 0
  }

  /** Takes whole rows up to the first that is broken over several lines. @returns whether it met one. */
  function takeSome(width: number, ended: boolean, rows: Row[]): boolean {
    const { data, errors, meta } = parse(ended)
    const dirty = rest.includes('\uFFFD')
    const quoted = rest.includes('"')
    const quotes = new Set(errors.map(({ row }) => row))
    for (const [index, cells] of data.entries()) {
      const last = cells.length - 1
      const tail = cells[last] ?? ''
      if (tail.endsWith('\r')) cells[last] = tail.slice(0, -1)
      if (cells.length === 1 && cells[0] === '') continue
      const fault = faultOf(cells, width, quotes.has(index), dirty)
      if (fault === null) {
        rows.push({ number: ++number, cells, fault: null })
        continue
      }
      const lines = cells.some((cell) => cell.includes('\n'))
      if (!lines) {
        const raw = quoted ? Papa.unparse([cells], { delimiter }) : cells.join(delimiter)
        rows.push(brokenRow(++number, fault, raw))
        continue
      }
      // Its quote may have swallowed sound rows: only its first line is given up.
      const start = index === 0 ? 0 : parseFirst(ended, index).meta.cursor
      rows.push(brokenRow(++number, fault, rest.slice(start, rest.indexOf('\n', start))))
      dropLine(start)
      return true
    }
    rest = ended ? '' : rest.slice(meta.cursor)
    return false
  }

  return {
    add(text: string): void {
      rest += text
    },
    takeHeader(ended: boolean): readonly string[] | null {
      const { data, errors, meta } = parseFirst(ended, 1)
      const [cells] = data
      if (rest.length > rowLimits.rowCharsMax || (cells !== undefined && errors.length > 0)) {
        throw new FileError('The header is not a line of CSV')
      }
      if (cells === undefined) return null
      rest = rest.slice(ended && meta.cursor === 0 ? rest.length : meta.cursor)
      if (cells.length > rowLimits.columnsMax) {
        throw new FileError(`The header has more than ${rowLimits.columnsMax} columns`)
      }
      return cells.map((name, place) =>
        place === cells.length - 1 && name.endsWith('\r') ? name.slice(0, -1) : name,
      )
    },
    takeRows(width: number, ended: boolean): readonly Row[] {
      const rows: Row[] = []
      if (skipping) skipping = !dropLine()
      for (;;) {
        while (takeSome(width, ended, rows));
        if (rest.length <= rowLimits.rowCharsMax) return rows
        rows.push(longRow(++number))
        skipping = !dropLine()
      }
    },
  }
}

function faultOf(
  cells: readonly string[],
  width: number,
  quotes: boolean,
  dirty: boolean,
): string | null {
  if (quotes) return 'has a quote that is not closed, or stands within a cell'
  if (cells.length !== width) return `has ${cells.length} cells where the header has ${width}`
  return dirty && cells.some((cell) => cell.includes('\uFFFD')) ? 'is not text in UTF-8' : null
}
