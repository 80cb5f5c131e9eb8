// Runs one BACKUP or RESTORE statement on a server, and tells how far it is until it is over.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { ClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import type { Clock } from '../runtime/clock.ts'
import { PipelineError } from '../runtime/errors.ts'

export interface ServerWork {
  readonly store: ClickhouseStore
  readonly clock: Clock
  /** Bytes written or read by now. */
  readonly tell: (bytes: number) => void
}

const POLL_MS = 100

const workSchema = z.object({
  status: z.string(),
  error: z.string(),
  bytes: z.coerce.number(),
})

/**
 * Runs `backup ... to` or `restore ... from`. The statement goes on in the server, so that no limit
 * of a request applies, and ends there also when this process does.
 * @returns bytes of the archive.
 * @throws PipelineError `store_*`, or `setup_failed` with what the server says.
 */
export async function runOnServer(statement: string, work: ServerWork): Promise<number> {
  const { store, clock, tell } = work
  const id = randomUUID()
  await store.command(`${statement} settings id = '${id}', async = 1`)
  for (;;) {
    const [row] = await store.rows(
      workSchema,
      `select toString(status) as status, error,
         toString(greatest(compressed_size, bytes_read,
           ProfileEvents['WriteBufferFromFileDescriptorWriteBytes'])) as bytes
       from system.backups where id = {id:String}`,
      { id },
    )
    if (row === undefined) {
      throw new PipelineError('setup_failed', 'The server was started again meanwhile. Try again.')
    }
    tell(row.bytes)
    if (row.status === 'BACKUP_CREATED' || row.status === 'RESTORED') return row.bytes
    if (!row.status.startsWith('CREATING') && !row.status.startsWith('RESTORING')) {
      const [why = ''] = row.error.split(/, Stack trace|\n/, 1)
      throw new PipelineError('setup_failed', `ClickHouse: ${why === '' ? row.status : why}`)
    }
    await clock.sleep(POLL_MS)
  }
}

/** Whether a backup or a restore is under way, as of a command that was killed. */
export async function isBusy(store: ClickhouseStore): Promise<boolean> {
  const rows = await store.rows(
    z.object({ id: z.string() }),
    `select id from system.backups where status in ('CREATING_BACKUP', 'RESTORING')`,
  )
  return rows.length > 0
}
