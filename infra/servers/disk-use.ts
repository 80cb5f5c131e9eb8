// How much of the disk the data folder takes, by what it holds, and how much is left.
import type { StatsFs } from 'node:fs'
import { lstat, readdir, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface DiskUse {
  /** Bytes on disk of each entry of the data folder, largest first. */
  readonly parts: readonly (readonly [name: string, bytes: number])[]
  readonly dataBytes: number
  /** What a process of ours can still write. */
  readonly freeBytes: number
  readonly totalBytes: number
}

const BLOCK_BYTES = 512

/** Also of a folder that is not there yet: then of the one that it will be made in. */
export async function readDiskUse(dataDir: string): Promise<DiskUse> {
  const { bavail, blocks, bsize } = await statfsAbove(dataDir)
  const names = await readdir(dataDir).catch(() => [])
  const parts = await Promise.all(
    names.map(async (name) => [name, await bytesOf(join(dataDir, name))] as const),
  )
  return {
    parts: parts.toSorted(([, a], [, b]) => b - a),
    dataBytes: parts.reduce((sum, [, bytes]) => sum + bytes, 0),
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
  }
}

async function statfsAbove(path: string): Promise<StatsFs> {
  try {
    return await statfs(path)
  } catch (error) {
    if (dirname(path) === path) throw error
    return statfsAbove(dirname(path))
  }
}

/** Files come and go while this looks: what is gone counts nothing. */
async function bytesOf(path: string): Promise<number> {
  try {
    const found = await lstat(path)
    if (!found.isDirectory()) return found.blocks * BLOCK_BYTES
    let sum = 0
    for (const name of await readdir(path)) sum += await bytesOf(join(path, name))
    return sum
  } catch {
    return 0
  }
}

/** `1.2 GB`; powers of ten, as disks are sold. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value.toFixed(value < 9.95 && unit > 2 ? 1 : 0)} ${units[unit]}`
}
