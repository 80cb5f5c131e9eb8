// Secrets that are made on first start and kept in files that only their owner can read.
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'

/**
 * The secret in `path`, made by `create` if there is none. Two processes that start at once end up
 * with the same secret: a finished file is linked into place, and only the first link succeeds. It is
 * on the disk by then: a secret that was used and is gone after a power cut cannot be had again.
 */
export function readOrCreateSecret(path: string, create: () => string): string {
  const kept = readIfThere(path)
  if (kept !== null) return kept
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, create(), { mode: 0o600, flush: true })
    linkSync(draft, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolder(dirname(path))
  return readFileSync(path, 'utf8')
}

/**
 * Removes a secret for good, as far as a program can: the file is overwritten, and then removed. A
 * file system that writes in place holds it no more after that; a copy-on-write one, a journal, the
 * spare blocks of a solid-state disk, a snapshot or a backup of the folder may. What is gone already
 * is no fault.
 */
export function destroySecret(path: string): void {
  try {
    const { size } = statSync(path)
    writeFileSync(path, Buffer.alloc(size), { flag: 'r+', flush: true })
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
  }
  rmSync(path, { force: true })
  syncFolder(dirname(path))
}

/** A password of 192 random bits, safe in URLs and shells. */
export function randomPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** A 256-bit key as 64 hex digits. */
export function randomKey(): string {
  return randomBytes(32).toString('hex')
}

/** Writes a file that is not secret, readable by all, whole or not at all. */
export function writeFileOnce(path: string, content: string): void {
  readOrCreateSecret(path, () => content)
  chmodSync(path, 0o644)
}

/** Names of a folder are on the disk once the folder is, not once their files are. */
function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
