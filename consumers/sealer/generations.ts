// Finished passes: what readers go by, and where a sealer goes on after a restart.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { FENCE } from './fence.ts'

export interface Generation {
  /** epoch << 40 | at least the offset of the newest touched record that was counted. */
  readonly generation: bigint
  readonly watermarkMs: number
  readonly completeThroughS: number
  /** End of the last UTC day that is closed and whose people are counted. */
  readonly peopleThroughS: number
}

const rowSchema = z.object({
  generation_text: z.string(),
  watermark_ms: z.number(),
  complete_through_s: z.number(),
  people_through_s: z.number(),
})

/** The newest finished pass, or null on an empty server. */
export async function readLastGeneration(rollups: ClickhouseStore): Promise<Generation | null> {
  const [row] = await rollups.rows(
    rowSchema,
    `select toString(generation) as generation_text,
       toFloat64(toUnixTimestamp64Milli(watermark)) as watermark_ms,
       toUnixTimestamp(complete_through) as complete_through_s,
       toUnixTimestamp(people_through) as people_through_s
     from rollups.generations
     order by generation desc, finished_at desc
     limit 1`,
  )
  if (row === undefined) return null
  return {
    generation: BigInt(row.generation_text),
    watermarkMs: row.watermark_ms,
    completeThroughS: row.complete_through_s,
    peopleThroughS: row.people_through_s,
  }
}

/** Written last in a pass: from now on readers see its rows. */
export async function finishGeneration(
  rollups: ClickhouseStore,
  { generation, watermarkMs, completeThroughS, peopleThroughS }: Generation,
  finishedAtMs: number,
): Promise<void> {
  await rollups.insertSelect(
    `insert into rollups.generations
       (finished_at, generation, watermark, complete_through, people_through)
     select fromUnixTimestamp64Milli({finished_at:Int64}), {generation:UInt64},
       fromUnixTimestamp64Milli({watermark:Int64}), toDateTime({complete_through:UInt32}, 'UTC'),
       toDateTime({people_through:UInt32}, 'UTC')
     where ${FENCE}`,
    {
      finished_at: finishedAtMs,
      generation: generation.toString(),
      watermark: watermarkMs,
      complete_through: completeThroughS,
      people_through: peopleThroughS,
    },
  )
}
