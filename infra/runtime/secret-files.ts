// Secrets that are made on first start and kept in files that only their owner can read.
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'

/**
 * The secret in `path`, made by `create` if there is none. Two processes that start at once end up
 * with the same secret: a finished file is linked into place, and only the first link succeeds.
 */
export function readOrCreateSecret(path: string, create: () => string): string {
  const kept = readIfThere(path)
  if (kept !== null) return kept
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, create(), { mode: 0o600 })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8')
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
