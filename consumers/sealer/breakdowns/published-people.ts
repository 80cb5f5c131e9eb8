// What is published of people, by which buckets end and are weighed: by UTC day of open measures, by leaf of guarded ones.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { brokenDownNames } from '#schemas/breakdowns.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { isGuardedMeasure } from '#schemas/guarded.ts'
import type { GuardedMeasure } from '#schemas/guarded.ts'
import { peopleMeasures } from '#schemas/measures.ts'
import type { PeopleMeasure } from '#schemas/measures.ts'
import { dayText } from '#schemas/spans.ts'
import { numbersByKey } from '#infra/clickhouse/fixed-rows.ts'

export type OpenBrokenDown = Extract<BrokenDownMeasure, PeopleMeasure>
export type GuardedBrokenDown = Extract<BrokenDownMeasure, GuardedMeasure>

/** Exact ones, by UTC day. */
export const openNames = brokenDownNames.filter((name): name is OpenBrokenDown =>
  Object.hasOwn(peopleMeasures, name),
)
/** Noised ones, by leaf. */
export const guardedBrokenDown = brokenDownNames.filter((name): name is GuardedBrokenDown =>
  isGuardedMeasure(name),
)

export interface PeopleSpan {
  readonly fromS: number
  /** Not included. */
  readonly toS: number
}

/** From the first beginning to the last end. */
export function spanOf(spans: readonly PeopleSpan[]): PeopleSpan {
  return {
    fromS: Math.min(...spans.map(({ fromS }) => fromS)),
    toS: Math.max(...spans.map(({ toS }) => toS)),
  }
}

export interface PublishedPeople {
  /** Days on which there were any, ascending: [start of the day, of each of `openNames`, ...]. */
  days(videoIds: readonly bigint[], span: PeopleSpan): Promise<NumbersByVideo>
  /** Leaves that begin in the span, ascending: [begin, end, of each of `guardedBrokenDown`, ...]. */
  leaves(videoIds: readonly bigint[], span: PeopleSpan): Promise<NumbersByVideo>
  /** Views by UTC day, ascending: [start of the day, views, ...]. */
  views(videoIds: readonly bigint[], span: PeopleSpan): Promise<NumbersByVideo>
}

export type NumbersByVideo = ReadonlyMap<bigint, readonly number[]>

const DAY_S = 86_400

export function createPublishedPeople(rollups: ClickhouseStore): PublishedPeople {
  const daysOf = ({ fromS, toS }: PeopleSpan) => ({
    from_day: dayText(fromS),
    to_day: dayText(toS + DAY_S - 1),
  })
  return {
    days: async (ids, span) =>
      numbersByKey(
        await rollups.read(newestDays('people_days', openNames), { ids, ...daysOf(span) }),
        1 + openNames.length,
      ),
    views: async (ids, span) =>
      numbersByKey(await rollups.read(newestDays('days', ['views']), { ids, ...daysOf(span) }), 2),
    async leaves(ids, { fromS, toS }) {
      const read = await rollups.read(LEAVES, { ids, from_s: fromS, to_s: toS })
      const numbers = await numbersByKey(read, 2 + guardedBrokenDown.length)
      return new Map([...numbers].map(([video, row]) => [video, row.map(signed)]))
    },
  }
}

/** Numbers below zero come as what they are modulo 2^32; times are below 2^31 until 2038. */
function signed(value: number, index: number): number {
  return index % (2 + guardedBrokenDown.length) < 2 ? value : value | 0
}

function newestDays(table: 'people_days' | 'days', columns: readonly string[]): string {
  const newest = columns.map((each) => `argMax(${each}, generation) as newest_${each}`)
  return `
    select video_id, toUnixTimestamp(toDateTime(day, 'UTC')) as day_s,
      ${columns.map((each) => `toUInt32(newest_${each})`).join(', ')}
    from (
      select video_id, day, ${newest.join(', ')}
      from rollups.video_${table}
      where video_id in {ids:Array(UInt64)} and day >= {from_day:Date} and day < {to_day:Date}
      group by video_id, day
    )
    where ${columns.map((each) => `newest_${each} > 0`).join(' or ')}
    order by video_id, day_s
    format RowBinaryWithNamesAndTypes`
}

const LEAVES = `
    select video_id, toUnixTimestamp(from_at) as from_s, toUnixTimestamp(to_at) as to_s,
      ${guardedBrokenDown.map((each) => `reinterpretAsUInt32(${each}) as wrapped_${each}`).join(', ')}
    from rollups.video_leaves final
    where video_id in {ids:Array(UInt64)}
      and from_at >= toDateTime({from_s:UInt32}, 'UTC') and from_at < toDateTime({to_s:UInt32}, 'UTC')
    order by video_id, leaf
    format RowBinaryWithNamesAndTypes`
