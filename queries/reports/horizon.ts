// How far the rollups know: the newest finished pass of the sealer, or that of an earlier moment.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'

/** A finished sealer pass. Published times are cut to the minute, since a finer one tells of acts. */
export interface Horizon {
  /** UInt64 as a decimal string: rows of later generations are not read. */
  readonly generation: string
  /** When it was finished: the moment that pages of one report share. */
  readonly finishedAtMs: number
  /** Everything that was appended before is counted. */
  readonly watermarkS: number
  /** End of the last closed quarter. */
  readonly completeThroughS: number
  /** End of the last UTC day whose people are counted. */
  readonly peopleThroughS: number
}

/** Minutes are dropped 3 h after their start; what is older is not relied on. */
export const MINUTES_KEPT_S = 2 * 3600

/** Whether the minutes since the last closed quarter are still there, seen from `nowMs`. */
export function hasMinutes({ completeThroughS }: Horizon, nowMs: number): boolean {
  return completeThroughS >= nowMs / 1000 - MINUTES_KEPT_S
}

const rowSchema = z
  .object({
    generation_text: z.string(),
    finished_at_ms: z.coerce.number(),
    watermark_s: z.coerce.number(),
    complete_through_s: z.coerce.number(),
    people_through_s: z.coerce.number(),
  })
  .transform((row): Horizon => ({
    generation: row.generation_text,
    finishedAtMs: row.finished_at_ms,
    watermarkS: row.watermark_s - (row.watermark_s % 60),
    completeThroughS: row.complete_through_s,
    peopleThroughS: row.people_through_s,
  }))

/** The newest horizon, or the one of `asOfMs`; null when nothing was published until then. */
export async function readHorizon(
  store: ClickhouseStore,
  asOfMs: number | null,
): Promise<Horizon | null> {
  const columns = `
    select toString(generation) as generation_text,
      toUnixTimestamp64Milli(finished_at) as finished_at_ms,
      toUnixTimestamp(watermark) as watermark_s,
      toUnixTimestamp(complete_through) as complete_through_s,
      toUnixTimestamp(people_through) as people_through_s
    from rollups.generations`
  // By generation first: that of a sealer that was taken over loses, however late it finishes.
  const newest = 'order by generation desc, finished_at desc limit 1'
  const [row] =
    asOfMs === null
      ? await store.rows(rowSchema, `${columns} ${newest}`)
      : await store.rows(
          rowSchema,
          `${columns}
           where finished_at <= fromUnixTimestamp64Milli({as_of_ms:Int64}, 'UTC') ${newest}`,
          { as_of_ms: String(asOfMs) },
        )
  return row ?? null
}
