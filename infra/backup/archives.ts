// What a backup is made of: which databases are stored as which archive, in an order that keeps a backup of a running platform exact.
import type { ClickhouseServer } from '../clickhouse/users.ts'

/** What is backed up and restored together. */
export const parts = ['vault', 'rollups'] as const
export type Part = (typeof parts)[number]

export interface Archive {
  /** Folder of the archive within its backup. */
  readonly name: string
  readonly server: Part & ClickhouseServer
  /** What the statement says to back up. */
  readonly elements: string
}

/**
 * In the order in which they are taken. A statement reads its tables one after the
 * other while the platform goes on, so what says that something is done must not be younger than
 * what was done:
 * - the directory before the rollups: a video that is shown has its counts published;
 * - the rollups before the vault: see `settle.ts` for late spans that are counted in between;
 * - ends of leaves and buckets before the snapshots of whom they count, and those before people: one that
 *   has its end and no snapshot any more must have its marks, or its people would be counted once more;
 * - facts before the list of their days: a day whose facts are gone must not look countable; one
 *   that was dropped in between has some, which the sealer drops at its first turn.
 */
export const archives: readonly Archive[] = [
  {
    name: 'directory',
    server: 'rollups',
    elements: 'database migrations, database directory',
  },
  { name: 'rollups', server: 'rollups', elements: 'database rollups' },
  {
    name: 'seal-ends',
    server: 'vault',
    elements: 'table vault.video_leaves, table vault.video_buckets',
  },
  {
    name: 'snapshots',
    server: 'vault',
    elements: 'table vault.seal_snapshots, table vault.bucket_snapshots',
  },
  {
    name: 'vault',
    server: 'vault',
    elements:
      'database migrations, database vault except tables vault.video_leaves, vault.video_buckets, vault.seal_snapshots, vault.bucket_snapshots, vault.fact_days',
  },
  { name: 'fact-days', server: 'vault', elements: 'table vault.fact_days' },
]

/** Databases of each server that a restore replaces; the archives above hold all of them. */
export const databases: Readonly<Record<Part, readonly string[]>> = {
  vault: ['vault', 'migrations'],
  rollups: ['rollups', 'directory', 'migrations'],
}

/** `vault`, `rollups` or `all`. */
export function parsePart(word: string): readonly Part[] | null {
  if (word === 'all') return parts
  const part = parts.find((each) => each === word)
  return part === undefined ? null : [part]
}

export function archivesOf(wanted: readonly Part[]): readonly Archive[] {
  return archives.filter(({ server }) => wanted.includes(server))
}

/** In the order in which they are restored: single tables come into databases that are there. */
export function restoredInOrder(wanted: readonly Part[]): readonly Archive[] {
  const isTable = ({ elements }: Archive): boolean => elements.startsWith('table ')
  const own = archivesOf(wanted)
  return [...own.filter((each) => !isTable(each)), ...own.filter(isTable)]
}
