// Keeps refused rows in a file of the log's own format, readable by its owner alone, to be mended and imported.
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import Papa from 'papaparse'
import type { ImportMap } from './import-map.ts'
import type { Row } from './rows.ts'

export const rejectLimits = {
  rowsMax: 100_000,
  bytesMax: 64 * 1_048_576,
} as const

export interface RejectsFile extends Disposable {
  readonly path: string
  /** Rows in the file; more were refused when it is full or they were too long to keep. */
  readonly rows: number
  readonly bytes: number
  add(row: Row): void
  /** Everything so far is in the file. */
  flush(): void
}

export interface RejectsFileOptions {
  readonly path: string
  readonly map: ImportMap
  /** May grow. */
  readonly names: readonly string[]
  /** Of the run before: what came after these bytes is dropped. */
  readonly before: { readonly bytes: number; readonly rows: number } | null
}

/** Opens the file; it is made with the first row, and an older one of another run is replaced. */
export function openRejectsFile(options: RejectsFileOptions): RejectsFile {
  const { path, map, names, before } = options
  let written = before?.bytes ?? 0
  let rows = before?.rows ?? 0
  let waiting: string[] = []
  let waitingBytes = 0
  let file: number | null = null
  if (written === 0) rmSync(path, { force: true })

  function write(text: string): void {
    waiting.push(text)
    waitingBytes += Buffer.byteLength(text)
  }
  const csvLine = (cells: readonly string[]): string =>
    `${Papa.unparse([[...cells]], { delimiter: map.delimiter })}\n`
  function textOf({ cells, raw }: Row): string | null {
    if (raw !== undefined) return `${raw}\n`
    if (cells.length === 0) return null
    if (map.format === 'csv') return csvLine(cells)
    const entries = names.map((name, place) => [name, cells[place] ?? ''])
    return `${JSON.stringify(Object.fromEntries(entries.filter(([, cell]) => cell !== '')))}\n`
  }
  function flush(): void {
    if (waiting.length === 0) return
    const content = Buffer.from(waiting.join(''))
    if (file === null) {
      file = openSync(path, written === 0 ? 'w' : 'r+', 0o600)
      ftruncateSync(file, written)
    }
    written += writeSync(file, content, 0, content.length, written)
    waiting = []
    waitingBytes = 0
  }

  return {
    path,
    get rows() {
      return rows
    },
    get bytes() {
      return written + waitingBytes
    },
    add(row) {
      const text = textOf(row)
      if (text === null || rows >= rejectLimits.rowsMax) return
      const bytes = written + waitingBytes
      if (bytes + text.length > rejectLimits.bytesMax) return
      if (bytes === 0 && map.format === 'csv') write(csvLine(names))
      write(text)
      rows++
      if (waiting.length >= FLUSH_ROWS) flush()
    },
    flush,
    [Symbol.dispose]() {
      flush()
      if (file !== null) closeSync(file)
    },
  }
}

const FLUSH_ROWS = 1000
