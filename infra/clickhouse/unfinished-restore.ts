// The mark of a restore that has begun and not ended: an empty database, so that it lies where the tables do and every start meets it.
import { z } from 'zod'
import { PipelineError } from '../runtime/errors.ts'
import type { ClickhouseStore } from './clickhouse-store.ts'

/** Name of the database; while it is there, the tables beside it are not to be trusted. */
export const unfinishedRestore = 'unfinished_restore'

export async function isRestoreUnfinished(store: ClickhouseStore): Promise<boolean> {
  const rows = await store.rows(
    z.object({ name: z.string() }),
    `select name from system.databases where name = '${unfinishedRestore}'`,
  )
  return rows.length > 0
}

/** @throws PipelineError `setup_failed` while a restore of this server has begun and not ended. */
export async function mustNotBeUnfinished(store: ClickhouseStore, server: string): Promise<void> {
  if (!(await isRestoreUnfinished(store))) return
  throw new PipelineError(
    'setup_failed',
    `A restore of the ${server} began here and did not end, so its tables are not whole. ` +
      'Run it again: npm run -s keepsake -- restore DIR',
  )
}

export async function markUnfinished(store: ClickhouseStore): Promise<void> {
  await store.command(`create database if not exists ${unfinishedRestore}`)
}

export async function markFinished(store: ClickhouseStore): Promise<void> {
  await store.command(`drop database if exists ${unfinishedRestore} sync`)
}
