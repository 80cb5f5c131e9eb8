// Reads rows of NDJSON in bounded memory: objects become cells, with a dot for every level of nesting.
import { brokenRow, longRow, rowLimits } from './rows.ts'
import type { Columns, Row } from './rows.ts'

/** Rows in their order, some at a time; `columns` grows by the names that are met. */
export async function* readNdjsonRows(
  texts: AsyncIterable<string>,
  columns: Columns,
): AsyncGenerator<readonly Row[]> {
  let rest = ''
  let skipping = false
  let number = 0
  const read = (line: string): readonly Row[] =>
    line.trim() === '' ? [] : [rowOf(line, ++number, columns)]
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (skipping && lines.length > 0) {
      lines.shift()
      skipping = false
    }
    const rows = lines.flatMap(read)
    if (skipping) rest = ''
    if (rest.length > rowLimits.rowCharsMax) {
      rows.push(longRow(++number))
      rest = ''
      skipping = true
    }
    if (rows.length > 0) yield rows
  }
  const rows = skipping ? [] : read(rest)
  if (rows.length > 0) yield rows
}

function rowOf(line: string, number: number, columns: Columns): Row {
  if (line.includes('\uFFFD')) return brokenRow(number, 'is not text in UTF-8', line)
  let value: unknown
  try {
    value = parseExactly(line)
  } catch {
    return brokenRow(number, 'is not JSON', line)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return brokenRow(number, 'is not a JSON object', line)
  }
  const cells: string[] = columns.names.map(() => '')
  if (!fill(cells, '', value, columns)) {
    return brokenRow(number, `brings the file to more than ${rowLimits.columnsMax} columns`, line)
  }
  return { number, cells, fault: null }
}

/** 64-bit ids as numbers are past what JSON.parse keeps exactly: their digits are taken as text. */
function parseExactly(line: string): unknown {
  if (!/\d{16}/.test(line)) return JSON.parse(line)
  return JSON.parse(line, (_key, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source
    const digits = typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source)
    return digits ? source : value
  })
}

/** Puts the members of an object into their cells. @returns false where there are too many columns. */
function fill(cells: string[], before: string, value: object, columns: Columns): boolean {
  for (const [key, inner] of Object.entries(value)) {
    const nested: unknown = inner
    const name = before + key
    if (nested === null || nested === undefined) continue
    if (typeof nested === 'object' && !Array.isArray(nested)) {
      if (!fill(cells, `${name}.`, nested, columns)) return false
      continue
    }
    const place = columns.placeOf(name)
    if (place < 0) return false
    while (cells.length <= place) cells.push('')
    cells[place] = typeof nested === 'string' ? nested : JSON.stringify(nested)
  }
  return true
}
