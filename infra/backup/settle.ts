// After tables were restored: takes back what they say is done and the backup does not hold, so that the sealer does it again.
import { z } from 'zod'
import type { ClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import type { Part } from './archives.ts'

export interface Settling {
  readonly restored: readonly Part[]
  readonly stores: Readonly<Record<Part, ClickhouseStore>>
  /** The last finished pass whose offsets the backup has. */
  readonly lastGeneration: bigint | null
  /** The lowest offset of `videos.v1` from which the sealer reads again. */
  readonly videosFrom: bigint
  /** Whether records of `touched.v1` are missing, so that nothing tells what to count again. */
  readonly touchedIsMissing: boolean
}

/** Every step can be repeated. @throws PipelineError `store_*`. */
export async function settle(settling: Settling): Promise<void> {
  const { restored, stores, touchedIsMissing } = settling
  if (restored.includes('rollups')) {
    await forgetGenerations(settling)
    await awaitLateAgain(settling)
  } else {
    await forgetShownVideos(settling)
  }
  if (touchedIsMissing) await awaitAllAgain(stores)
}

/**
 * Passes that ended while tables were read: some of their rows are in the backup and some not, so
 * they close their quarters and days once more. The rows that are there stay, and are replaced.
 */
async function forgetGenerations({ stores, lastGeneration }: Settling): Promise<void> {
  await stores.rollups.command(
    'delete from rollups.generations where generation > {last:UInt64} or {none:Bool}',
    { last: lastGeneration ?? 0n, none: lastGeneration === null },
  )
}

/** Late spans that were counted since, whose counts went with the rollups: they wait again. */
async function awaitLateAgain({ stores, lastGeneration }: Settling): Promise<void> {
  await stores.vault.insertSelect(
    `insert into vault.late_spans (span, start, since, waiting, generation)
     select span, start, since, true, generation + 1
     from vault.late_spans final
     where not waiting and generation > {last:UInt64}`,
    { last: lastGeneration ?? 0n },
  )
}

/**
 * The sealer tells what a record of the catalogue changes by what the directory shows. Where that is
 * newer than the vault, a video would count as done that is not attributed yet: as if it were new,
 * all of its past is counted again.
 */
async function forgetShownVideos({ stores, videosFrom }: Settling): Promise<void> {
  await stores.rollups.command('delete from directory.videos where version >= {from:UInt64}', {
    from: videosFrom,
  })
}

const throughSchema = z.object({ through_s: z.number() })

/** Every closed quarter and day that has facts waits to be counted, within the sealer's budget. */
export async function awaitAllAgain(stores: Settling['stores']): Promise<void> {
  const [last] = await stores.rollups.rows(
    throughSchema,
    `select toUnixTimestamp(complete_through) as through_s from rollups.generations
     order by generation desc, finished_at desc limit 1`,
  )
  await stores.vault.insertSelect(
    `insert into vault.late_spans (span, start, since, waiting, generation)
     with (select max(generation) from vault.late_spans) as newest
     select tupleElement(each, 1), toDateTime(tupleElement(each, 2), 'UTC'), now(), true, newest + 1
     from (
       select distinct toUnixTimestamp(toDateTime(toDate(partition), 'UTC')) as day_s
       from system.parts where active and database = 'vault' and table = 'facts'
     ) as days
     array join arrayConcat(
       [('day', day_s, 86400)],
       arrayMap(number -> ('quarter', day_s + number * 900, 900), range(96))) as each
     where tupleElement(each, 2) + tupleElement(each, 3) <= {through_s:UInt32}`,
    { through_s: last?.through_s ?? 0 },
  )
}
