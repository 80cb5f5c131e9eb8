// What a backup says of itself: when, of what, and where every consumer stood. Written last, so that a backup without it is none.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../runtime/errors.ts'
import { writeFileWhole } from '../servers/json-file.ts'
import { parts } from './archives.ts'

const offset = z.string().regex(/^\d+$/).transform(BigInt)

const archiveSchema = z.object({
  name: z.string(),
  server: z.enum(parts),
  /** As found in its folder; null: it is on a disk of the server. */
  files: z.number().nullable(),
  bytes: z.number(),
})

const manifestSchema = z.object({
  keepsake_backup: z.literal(1),
  made_at: z.string(),
  took_ms: z.number(),
  parts: z.array(z.enum(parts)),
  archives: z.array(archiveSchema),
  /** A disk in the configuration of the servers; null: the archives lie beside this file. */
  disk: z.string().nullable(),
  /** Of that disk. */
  disk_folder: z.string().nullable(),
  kafka_brokers: z.string(),
  vault_url: z.string(),
  rollups_url: z.string(),
  clickhouse: z.record(z.string(), z.string()),
  migrations: z.record(z.string(), z.array(z.string())),
  /** Next offsets of each group, read before anything else. */
  positions: z.array(
    z.object({ group: z.string(), topic: z.string(), partition: z.number(), offset }),
  ),
  /** Of each topic, read after the positions and before the first archive. */
  topics: z.array(
    z.object({ topic: z.string(), partition: z.number(), low: offset, high: offset }),
  ),
  /** The last pass of the sealer that was finished by then; null: none was. */
  last_generation: offset.nullable(),
  /** Tells the key of pseudonyms from another one; nothing can be learnt from it. */
  pseudonym_key: z.string().nullable(),
})

export type Manifest = Readonly<z.output<typeof manifestSchema>>
export type ArchiveEntry = Readonly<z.infer<typeof archiveSchema>>

export function manifestFile(folder: string): string {
  return join(folder, 'manifest.json')
}

/** Writes the manifest so that it survives a power cut. Everything else of the backup must by then. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const text = JSON.stringify(
    manifest,
    (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    2,
  )
  writeFileWhole(manifestFile(folder), `${text}\n`)
  for (const path of [manifestFile(folder), folder]) syncPath(path)
}

/** Brings what was written of a file or the names in a folder to the disk. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** @throws Error that says what the folder is instead. */
export function readManifest(folder: string): Manifest {
  const path = manifestFile(folder)
  if (!existsSync(folder)) throw new Error(`There is no folder ${folder}.`)
  if (!existsSync(path)) {
    throw new Error(
      `${folder} is no finished backup: it has no manifest.json, which is written last. ` +
        'Remove it, and take another one: npm run -s keepsake -- backup',
    )
  }
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
    throw new Error(`${path} cannot be read; a newer keepsake may have made it.\n${why}`, {
      cause: error,
    })
  }
}
