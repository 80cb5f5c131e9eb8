// When videos were not public: whoever acted then is in no cell.
import { z } from 'zod'
import { idArray } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'

/** From up to, not with, to; Unix seconds. */
export type ClosedPeriod = readonly [fromS: number, toS: number]

const rowSchema = z.object({
  video: z.string(),
  periods: z.array(z.tuple([z.number(), z.number()])),
})

/** Of those of the videos that have any. */
export async function readClosedPeriods(
  vault: ClickhouseStore,
  videoIds: readonly bigint[],
): Promise<ReadonlyMap<bigint, readonly ClosedPeriod[]>> {
  const rows = await vault.rows(
    rowSchema,
    `select toString(video_id) as video,
       arrayMap(
         each -> tuple(toFloat64(toUnixTimestamp64Milli(each.1)) / 1000, toFloat64(toUnixTimestamp64Milli(each.2)) / 1000),
         closed) as periods
     from vault.attribution final
     where video_id in {ids:Array(UInt64)} and notEmpty(closed)`,
    { ids: idArray([...new Set(videoIds)].map(String)) },
  )
  return new Map(rows.map(({ video, periods }) => [BigInt(video), periods]))
}

/** Whether one of the periods holds a part of the span. */
export function isClosedIn(periods: readonly ClosedPeriod[], fromS: number, toS: number): boolean {
  return periods.some((period) => period[0] < toS && period[1] > fromS)
}

/** Whether one of the periods holds all of it. */
export function isClosedThroughout(
  periods: readonly ClosedPeriod[],
  fromS: number,
  toS: number,
): boolean {
  return periods.some((period) => period[0] <= fromS && period[1] >= toS)
}
