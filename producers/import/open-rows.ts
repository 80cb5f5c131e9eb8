// Opens the rows of a log by the format of its map, and says beforehand which columns the file lacks.
import { openCsvRows } from './csv-rows.ts'
import { columnsOf } from './import-map.ts'
import type { ImportMap } from './import-map.ts'
import { readText } from './log-file.ts'
import { readNdjsonRows } from './ndjson-rows.ts'
import { createColumns, FileError } from './rows.ts'
import type { Columns, Row } from './rows.ts'

export interface OpenRows {
  readonly columns: Columns
  readonly batches: AsyncGenerator<readonly Row[]>
}

/** @throws FileError when the file is not what the map says. */
export async function openRows(file: string, map: ImportMap): Promise<OpenRows> {
  const texts = readText(file)
  if (map.format === 'ndjson') {
    const columns = createColumns()
    return { columns, batches: readNdjsonRows(texts, columns) }
  }
  const rows = await openCsvRows(texts, map.delimiter)
  const { names } = rows.columns
  const missing = [...columnsOf(map)].filter((name) => !names.includes(name))
  if (missing.length === 0) return rows
  const has = names.slice(0, NAMED_MAX).join(' ')
  throw new FileError(
    `The file has no column ${missing.join(', ')}, which the map reads.\n` +
      `Its header, with the delimiter ${JSON.stringify(map.delimiter)}, has: ${has}`,
  )
}

const NAMED_MAX = 50
