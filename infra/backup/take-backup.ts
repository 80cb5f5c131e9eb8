// Takes a backup while the platform goes on: first where every consumer stands, then the tables, at last the manifest.
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { mustNotBeUnfinished } from '../clickhouse/unfinished-restore.ts'
import type { ClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import { bytesText } from '../servers/disk-use.ts'
import { archivesOf, parts } from './archives.ts'
import type { Part } from './archives.ts'
import {
  bytesHeld,
  databasesLeftOut,
  migrationsOf,
  mustBeMigrated,
  pseudonymKeyMark,
  versionOf,
} from './connections.ts'
import type { Surroundings } from './connections.ts'
import { writeManifest } from './manifest.ts'
import type { ArchiveEntry, Manifest } from './manifest.ts'
import { backupsFolder, openDiskPlace, openFolderPlace, syncFolder } from './place.ts'
import { readPositions, readRanges } from './positions.ts'
import { runOnServer } from './server-work.ts'

export interface BackupWish {
  readonly parts: readonly Part[]
  /** New or empty; null: a folder named after the time, in the data folder. */
  readonly folder: string | null
  /** A disk of the servers that takes the archives; null: the folder does. */
  readonly disk: string | null
}

export interface TakenBackup {
  readonly folder: string
  readonly manifest: Manifest
}

/** @throws Error or PipelineError saying what to do; what was written by then is no backup. */
export async function takeBackup(wish: BackupWish, around: Surroundings): Promise<TakenBackup> {
  const { dataDir, clock, servers, connections, step } = around
  const { eventLog, stores } = connections
  for (const part of wish.parts) {
    await mustBeSound(stores[part], part)
    if (wish.disk === null) mustBeLocal(part, around)
  }
  const startedAtMs = clock.nowMs()
  const made_at = new Date(startedAtMs).toISOString()
  const name = made_at.slice(0, 19).replaceAll(':', '-') + 'Z'
  const folder = wish.folder ?? join(backupsFolder(dataDir), name)
  prepareFolder(folder)

  // The order is what makes the offsets belong to the tables: whatever is committed is stored, and
  // whatever was touched up to the ends of the topics is a fact by now.
  const positions = await readPositions(eventLog)
  const topicRanges = await readRanges(eventLog)
  const last_generation = await readLastGeneration(stores.rollups)

  using place =
    wish.disk === null ? openFolderPlace(dataDir, folder) : openDiskPlace(wish.disk, name)
  const entries: ArchiveEntry[] = []
  for (const archive of archivesOf(wish.parts)) {
    const store = stores[archive.server]
    const all = await bytesHeld(store, archive.server)
    const bytes = await step(`backing up ${archive.name}`, (tell) =>
      runOnServer(`backup ${archive.elements} to ${place.locationOf(archive.name)}`, {
        store,
        clock,
        tell: (done) => tell(`${bytesText(done)} of at most ${bytesText(all)}`),
      }),
    )
    const size = wish.disk === null ? syncFolder(join(folder, archive.name)) : null
    const { server } = archive
    entries.push({
      name: archive.name,
      server,
      files: size?.files ?? null,
      bytes: size?.bytes ?? bytes,
    })
  }

  const manifest: Manifest = {
    keepsake_backup: 1,
    made_at,
    took_ms: clock.nowMs() - startedAtMs,
    parts: [...wish.parts],
    archives: entries,
    disk: wish.disk,
    disk_folder: wish.disk === null ? null : name,
    kafka_brokers: servers.ground.kafkaBrokers,
    vault_url: servers.ground.vaultUrl,
    rollups_url: servers.ground.rollupsUrl,
    clickhouse: await ofEach(wish.parts, (part) => versionOf(stores[part])),
    migrations: await ofEach(wish.parts, async (part) => [...(await migrationsOf(stores[part]))]),
    positions: [...positions],
    topics: [...topicRanges],
    last_generation,
    pseudonym_key: pseudonymKeyMark(dataDir),
  }
  writeManifest(folder, manifest)
  return { folder, manifest }
}

async function mustBeSound(store: ClickhouseStore, part: Part): Promise<void> {
  await mustNotBeUnfinished(store, part)
  await mustBeMigrated(store, part)
  const left = await databasesLeftOut(store, part)
  if (left.length > 0) {
    throw new Error(
      `The ${part} hold databases that no backup would have: ${left.join(', ')}. ` +
        'Move them to another server, or drop them.',
    )
  }
}

/** @throws Error unless the server can write to a folder of this machine. */
export function mustBeLocal(part: Part, { servers }: Surroundings): void {
  if (servers.local.has(part)) return
  throw new Error(
    `The ${part} server is not a process of this data folder, so it cannot reach a folder of this ` +
      'machine. Give both servers a disk that their <backups><allowed_disk> names, and say ' +
      '--to-disk NAME.',
  )
}

function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (readdirSync(folder).length > 0) {
    throw new Error(`${folder} is not empty. Name a new folder: --to DIR`)
  }
}

const generationSchema = z.object({ generation: z.string() })

/** Read after the positions: all that this pass and those before it published is in the tables now. */
async function readLastGeneration(rollups: ClickhouseStore): Promise<bigint | null> {
  const [row] = await rollups.rows(
    generationSchema,
    `select toString(max(generation)) as generation from rollups.generations having count() > 0`,
  )
  return row === undefined ? null : BigInt(row.generation)
}

async function ofEach<T>(
  wanted: readonly Part[],
  read: (part: Part) => Promise<T>,
): Promise<Record<string, T>> {
  const found = parts
    .filter((part) => wanted.includes(part))
    .map(async (part) => [part, await read(part)] as const)
  return Object.fromEntries(await Promise.all(found))
}
