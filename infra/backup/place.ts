// Where the archives of a backup are: in a folder of this machine that the servers may write to, or on a disk of the servers.
import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { syncPath } from './manifest.ts'

export interface Place extends Disposable {
  /** What a statement says after `to` or `from`. */
  locationOf(archive: string): string
}

export interface Size {
  readonly files: number
  readonly bytes: number
}

/** All that local servers may read and write as a backup. */
export function backupsFolder(dataDir: string): string {
  return join(dataDir, 'backups')
}

/**
 * A folder of this machine. One that lies elsewhere is reached by a link from the folder that the
 * servers are confined to; disposing takes the link away.
 */
export function openFolderPlace(dataDir: string, folder: string): Place {
  const root = resolve(backupsFolder(dataDir))
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const inside = relative(root, resolve(folder))
  if (inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`)) {
    return {
      locationOf: (archive) => `File('${quoted(join(root, inside, archive))}')`,
      [Symbol.dispose]: () => undefined,
    }
  }
  const link = join(root, `.link-${randomBytes(6).toString('hex')}`)
  symlinkSync(resolve(folder), link)
  return {
    locationOf: (archive) => `File('${quoted(join(link, archive))}')`,
    [Symbol.dispose]: () => rmSync(link, { force: true }),
  }
}

/** A disk that the configuration of both servers names and allows for backups. */
export function openDiskPlace(disk: string, folder: string): Place {
  return {
    locationOf: (archive) => `Disk('${quoted(disk)}', '${quoted(`${folder}/${archive}`)}')`,
    [Symbol.dispose]: () => undefined,
  }
}

/** A path cannot be a parameter of a backup. */
function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
}

/** What a folder holds; null where there is none. */
export function sizeOf(folder: string): Size | null {
  try {
    return walk(folder, () => undefined)
  } catch {
    return null
  }
}

/** Brings everything in a folder to the disk: the server does not do so for a backup. */
export function syncFolder(folder: string): Size {
  return walk(folder, syncPath)
}

function walk(folder: string, visit: (path: string) => void): Size {
  let files = 0
  let bytes = 0
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const found = lstatSync(path)
    if (found.isDirectory()) {
      const inner = walk(path, visit)
      files += inner.files
      bytes += inner.bytes
    } else {
      files += 1
      bytes += found.size
      visit(path)
    }
  }
  visit(folder)
  return { files, bytes }
}
