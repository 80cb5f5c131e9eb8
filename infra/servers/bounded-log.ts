// A log file that cannot fill the disk: at its size it makes room for a new one, and only two old ones are kept.
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

const BYTES_MAX = 10 * 1024 * 1024
const OLD_FILES = 2

export interface BoundedLog extends Disposable {
  /** Never throws: a full disk costs lines of the log, not the process that is logged. */
  writeLine(line: string): void
}

/** Appends to `path`; older lines are in `path.1` and `path.2`. @throws when it cannot be opened. */
export function openBoundedLog(path: string, bytesMax = BYTES_MAX): BoundedLog {
  mkdirSync(dirname(path), { recursive: true })
  let file: number | null = openSync(path, 'a', 0o600)
  let bytes = fstatSync(file).size
  let lost = 0
  const append = (line: string): void => {
    if (file !== null && bytes >= bytesMax) {
      closeSync(file)
      file = null
      rotate(path)
    }
    if (file === null) {
      file = openSync(path, 'a', 0o600)
      bytes = fstatSync(file).size
    }
    bytes += writeSync(file, `${line}\n`)
  }
  return {
    writeLine(line) {
      try {
        if (lost > 0) append(`${lost} lines are missing here: they could not be written`)
        lost = 0
        append(line)
      } catch {
        lost += 1
      }
    },
    [Symbol.dispose]() {
      if (file !== null) closeSync(file)
    },
  }
}

function rotate(path: string): void {
  for (let age = OLD_FILES; age > 0; age -= 1) {
    const younger = age === 1 ? path : `${path}.${age - 1}`
    if (existsSync(younger)) renameSync(younger, `${path}.${age}`)
  }
}
