// Remembers how far an import came, so that the same command goes on there after any death of it.
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJsonFile, writeFileWhole } from '#infra/servers/json-file.ts'
import type { ImportMap } from './import-map.ts'
import { identityOfFile } from './log-file.ts'
import { tallySchema } from './tally.ts'

const checkpointSchema = z.object({
  /** What the first pass found; `toMs` is exclusive. */
  time: z.object({ fromMs: z.number(), toMs: z.number(), rows: z.number().nullable() }),
  tally: tallySchema,
  /** Records of the event log then; a log with fewer is another one. */
  logRecords: z.string(),
  /** Length of the file of refused rows then. */
  rejectBytes: z.number(),
  rejectRows: z.number(),
})

export type CheckpointState = z.infer<typeof checkpointSchema>

export interface Checkpoint {
  /** Where a file beside the checkpoint would lie, by its ending. */
  beside(ending: string): string
  read(): CheckpointState | null
  write(state: CheckpointState): void
  remove(): void
}

export interface CheckpointOptions {
  readonly dataDir: string
  readonly file: string
  readonly map: ImportMap
  /** What else makes it another import: the range that was asked for, the platform. */
  readonly more: readonly string[]
}

/** The checkpoint of a file and a map: another name of the file is the same import. */
export async function openCheckpoint(options: CheckpointOptions): Promise<Checkpoint> {
  const folder = join(options.dataDir, 'imports')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const identity = await identityOfFile(options.file)
  const content = JSON.stringify([identity, mapText(options.map), ...options.more])
  const name = createHash('sha256').update(content).digest('hex').slice(0, 16)
  const path = join(folder, `${name}.json`)
  return {
    beside: (ending) => join(folder, `${name}${ending}`),
    read: () => readJsonFile(path, checkpointSchema),
    write: (state) => writeFileWhole(path, JSON.stringify(state)),
    remove: () => rmSync(path, { force: true }),
  }
}

function mapText(map: ImportMap): string {
  return JSON.stringify(map, (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  )
}
