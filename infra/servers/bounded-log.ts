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
  writeLine(line: string): void
}

/** Appends to `path`; older lines are in `path.1` and `path.2`. */
export function openBoundedLog(path: string, bytesMax = BYTES_MAX): BoundedLog {
  mkdirSync(dirname(path), { recursive: true })
  let file = openSync(path, 'a', 0o600)
  let bytes = fstatSync(file).size
  return {
    writeLine(line) {
      if (bytes >= bytesMax) {
        closeSync(file)
        rotate(path)
        file = openSync(path, 'a', 0o600)
        bytes = 0
      }
      bytes += writeSync(file, `${line}\n`)
    },
    [Symbol.dispose]: () => closeSync(file),
  }
}

function rotate(path: string): void {
  for (let age = OLD_FILES; age > 0; age -= 1) {
    const younger = age === 1 ? path : `${path}.${age - 1}`
    if (existsSync(younger)) renameSync(younger, `${path}.${age}`)
  }
}
