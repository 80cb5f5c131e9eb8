// Lists the backups of a folder, finished or not.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { manifestFile, readManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'

export interface FoundBackup {
  readonly name: string
  /** Null: it cannot be restored. */
  readonly manifest: Manifest | null
  /** Why not; empty otherwise. */
  readonly why: string
}

/** In order of their names, which is that of time. Names with a dot are not backups. */
export function listBackups(folder: string): readonly FoundBackup[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
  return names.toSorted().map((name) => {
    const path = join(folder, name)
    if (!existsSync(manifestFile(path))) {
      return { name, manifest: null, why: 'not finished: under way, or to be removed' }
    }
    try {
      return { name, manifest: readManifest(path), why: '' }
    } catch {
      return { name, manifest: null, why: 'its manifest.json cannot be read' }
    }
  })
}
