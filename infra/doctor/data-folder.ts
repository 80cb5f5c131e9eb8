// Whether the data folder can be written, is its owner's alone, and has room to grow.
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { bytesText, readDiskUse } from '../servers/disk-use.ts'
import type { DiskUse } from '../servers/disk-use.ts'
import { fault, ok, warning } from './finding.ts'
import type { Verdict } from './finding.ts'

export interface DataFolder {
  readonly path: string
  /** Permission bits and owner; null: it is not there yet. */
  readonly found: { readonly mode: number; readonly isOurs: boolean } | null
  /** Of the folder, or of the one that it will be made in. */
  readonly isWritable: boolean
  readonly disk: DiskUse
}

const GB = 1e9
const FREE_MIN = { fault: GB, warning: 5 * GB, share: 0.1 } as const
const PARTS_SHOWN = 3

export function judgeDataFolder({ path, found, isWritable, disk }: DataFolder): readonly Verdict[] {
  return [judgePlace(path, found, isWritable), judgeDisk(disk)]
}

function judgePlace(path: string, found: DataFolder['found'], isWritable: boolean): Verdict {
  if (!isWritable) {
    const what = found === null ? 'cannot be made' : 'cannot be written'
    return fault(
      `${path} ${what}`,
      'Give it to this user (chown), or set KEEPSAKE_DATA_DIR to another folder.',
    )
  }
  if (found === null) return ok(`${path} is made at the first start`)
  if (!found.isOurs) {
    return warning(
      `${path} belongs to another user`,
      'Give it to the user that runs keepsake (chown -R), or run keepsake as that user.',
    )
  }
  if ((found.mode & 0o077) !== 0) {
    return warning(`${path} lets other users of this machine in`, `Run: chmod 700 ${path}`)
  }
  return ok(`${path} can be written, by its owner only`)
}

function judgeDisk({ parts, dataBytes, freeBytes, totalBytes }: DiskUse): Verdict {
  const most = parts.slice(0, PARTS_SHOWN).map(([name, bytes]) => `${name} ${bytesText(bytes)}`)
  const of = most.length === 0 ? '' : ` (${most.join(', ')})`
  const takes = `keepsake takes ${bytesText(dataBytes)}${of}`
  const share = Math.floor((freeBytes / totalBytes) * 100)
  const left = `${bytesText(freeBytes)} of the disk are left (${share} %)`
  const remedy = 'Make room, or move the folder and set KEEPSAKE_DATA_DIR to it.'
  if (freeBytes < FREE_MIN.fault) {
    return fault(`the disk is full: ${left}, and ${takes}`, remedy)
  }
  if (freeBytes < FREE_MIN.warning || freeBytes < totalBytes * FREE_MIN.share) {
    return warning(`the disk is nearly full: ${left}, and ${takes}`, remedy)
  }
  return ok(`${left}; ${takes}`)
}

export async function readDataFolder(path: string): Promise<DataFolder> {
  const found = await stat(path).catch(() => null)
  return {
    path,
    found:
      found === null
        ? null
        : { mode: found.mode & 0o777, isOurs: found.uid === process.getuid?.() },
    isWritable: await canWrite(path),
    disk: await readDiskUse(path),
  }
}

/** Of a folder that is not there: whether it can be made. */
async function canWrite(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    const isThere = await stat(path).then(
      () => true,
      () => false,
    )
    return !isThere && dirname(path) !== path && canWrite(dirname(path))
  }
}
