// What is published of views, by which leaves end: nothing else decides when a number is drawn.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { spans, startOf } from '#schemas/spans.ts'
import { eachFixedRow, numbersByKey } from '#infra/clickhouse/fixed-rows.ts'
import { EDGE_S } from './ladder.ts'
import type { ViewSteps } from './leaf-walk.ts'

export interface ViewsBefore {
  /** Views before the open leaf. */
  readonly viewsBefore: number
  /** Views of the video's first 24 hours that lie before the open leaf. */
  readonly firstDayViews: number
}

export interface LeafBegin {
  readonly videoId: bigint
  readonly startS: number
  readonly fromS: number
}

export interface PublishedViews {
  /** Views by edge from `fromS` up to `toS`: by quarter what is closed and long ago, by minutes the last hours. */
  steps(
    videoIds: readonly bigint[],
    span: { readonly fromS: number; readonly toS: number },
  ): Promise<ReadonlyMap<bigint, ViewSteps>>
  before(leaves: readonly LeafBegin[]): Promise<ReadonlyMap<bigint, ViewsBefore>>
}

/** Minutes are published for two hours; older ones are read by quarter. */
const BY_MINUTES_S = 3600

export function createPublishedViews(rollups: ClickhouseStore): PublishedViews {
  return {
    async steps(videoIds, { fromS, toS }) {
      const minutesFromS =
        fromS >= toS - BY_MINUTES_S ? fromS : startOf('quarter', toS - BY_MINUTES_S)
      const read = await rollups.read(STEPS, {
        ids: videoIds,
        // A quarter in which the leaf began counts with it.
        from_s: startOf('quarter', fromS),
        minutes_from_s: minutesFromS,
        to_s: toS,
      })
      return numbersByKey(read, 2)
    },
    async before(leaves) {
      const found = new Map<bigint, ViewsBefore>()
      const read = await rollups.read(BEFORE, {
        ids: leaves.map(({ videoId }) => videoId),
        starts: leaves.map(({ startS }) => startS),
        froms: leaves.map(({ fromS }) => fromS),
      })
      await eachFixedRow(read, { keys: 1, numbers: 2 }, ([video = 0n], [before = 0, day = 0]) => {
        found.set(video, { viewsBefore: before, firstDayViews: day })
      })
      return found
    },
  }
}

function latest(span: 'minute' | 'quarter' | 'day', wanted: string): string {
  return `
      select video_id, ${span}, views from rollups.video_${span}s
      where video_id in {ids:Array(UInt64)} and ${wanted}
      order by video_id, ${span}, generation desc
      limit 1 by video_id, ${span}`
}

const STEPS = `
    select video_id, toUInt32(to_s) as end_s, toUInt32(sum(views)) as seen
    from (
      select video_id, toUnixTimestamp(quarter) + ${spans.quarter.seconds} as to_s, views
      from (${latest(
        'quarter',
        `quarter >= toDateTime({from_s:UInt32}, 'UTC')
          and quarter < toDateTime({minutes_from_s:UInt32}, 'UTC')
          and {from_s:UInt32} + ${spans.quarter.seconds} <= {minutes_from_s:UInt32}`,
      )})
      union all
      select video_id, (intDiv(toUnixTimestamp(minute), ${EDGE_S}) + 1) * ${EDGE_S} as to_s, views
      from (${latest(
        'minute',
        `minute >= toDateTime({minutes_from_s:UInt32}, 'UTC')
          and minute < toDateTime({to_s:UInt32}, 'UTC')`,
      )})
    )
    where views > 0
    group by video_id, to_s
    order by video_id, to_s
    format RowBinaryWithNamesAndTypes`

const FROM_S = 'transform(video_id, {ids:Array(UInt64)}, {froms:Array(UInt32)}, toUInt32(0))'
const START_S = 'transform(video_id, {ids:Array(UInt64)}, {starts:Array(UInt32)}, toUInt32(0))'
const DAY_S = spans.day.seconds

/** Whole days before the one in which the leaf begins, and the quarters of that one. */
const BEFORE = `
    select video_id, toUInt32(sum(before)) as before_leaf, toUInt32(sum(first_day)) as of_first_day
    from (
      select video_id, views as before, 0 as first_day
      from (${latest('day', `toUnixTimestamp(toDateTime(day, 'UTC')) < intDiv(${FROM_S}, ${DAY_S}) * ${DAY_S}`)})
      union all
      select video_id,
        if(at_s >= intDiv(from_s, ${DAY_S}) * ${DAY_S}, views, 0) as before,
        if(at_s >= start_s and at_s < start_s + ${DAY_S}, views, 0) as first_day
      from (
        select video_id, views, toUnixTimestamp(quarter) as at_s,
          ${FROM_S} as from_s, ${START_S} as start_s
        from (${latest(
          'quarter',
          `toUnixTimestamp(quarter) < ${FROM_S} and (
            toUnixTimestamp(quarter) >= intDiv(${FROM_S}, ${DAY_S}) * ${DAY_S}
            or (toUnixTimestamp(quarter) >= ${START_S} and toUnixTimestamp(quarter) < ${START_S} + ${DAY_S}))`,
        )})
      )
    )
    group by video_id
    format RowBinaryWithNamesAndTypes`
