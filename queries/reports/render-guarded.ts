// Renders the reads of guarded numbers: how far videos are sealed, their leaves by row, and the views inside of leaves that rows cut.
import { idArray } from '#infra/clickhouse/clickhouse-store.ts'
import type { QueryParams } from '#infra/clickhouse/clickhouse-store.ts'
import { dayText } from '#schemas/spans.ts'
import type { GuardedPlan } from './plan-guarded.ts'
import { ownerOf } from './render-read.ts'
import type { Statement } from './render-read.ts'
import type { Subject } from './scope.ts'

/** Videos of one statement, and what is known of them. */
export interface VideoBatch {
  readonly videoIds: readonly string[]
  /** The full hour of publication, in the same order. */
  readonly publishedS: readonly number[]
}

/**
 * Rows `id`, `published_s`, `deleted`, and of published leaves `begin_s`, `through_s` (both 0: none):
 * all videos of the subject, by id.
 */
export function renderSeals({ subject, countedToS, generation }: GuardedPlan): Statement {
  const { condition, params } = videosOf(subject)
  const sql = `
  select toString(video_id) as id, published_s, deleted, begin_s, through_s
  from (
    select video_id, toUInt32(greatest(0, intDiv(toUnixTimestamp64Milli(published_at), 3600000) * 3600))
      as published_s, visibility = 'deleted' as deleted
    from directory.videos final where ${condition}
  ) as video
  left join (
    select video_id, toUnixTimestamp(min(from_at)) as begin_s, toUnixTimestamp(max(to_at)) as through_s
    from rollups.video_leaves final
    where ${condition} and generation <= {generation:UInt64}
      and toUnixTimestamp(to_at) <= {counted_to_s:UInt32}
    group by video_id
  ) as sealed using video_id
  order by video_id`
  return { sql, params: { ...params, generation, counted_to_s: countedToS } }
}

/** Numbers of a creator are those of the videos that are theirs now, the deleted ones included. */
export function videosOf(subject: Subject): {
  readonly condition: string
  readonly params: QueryParams
} {
  const { condition, params } = ownerOf(subject.kind === 'creator' ? ofCreator(subject) : subject)
  if (subject.kind === 'videos') return { condition, params }
  return {
    condition: `${condition} and video_id in (select video_id from directory.videos final
        where ${condition} and creator_id = {creator_id:UInt64})`,
    params,
  }
}

function ofCreator({ creatorId }: { readonly creatorId: string }): Subject {
  return { kind: 'videos_of', creatorId }
}

/**
 * Rows by `id` and time: leaves that rows of the report cut, each by its number `leaf`; with `leaf` 0
 * the sums of all leaves of a policy that lie in the same piece of a row, which begins at `part_s`.
 * `people` in the order of the measures.
 */
export function renderLeaves(plan: GuardedPlan, batch: VideoBatch): Statement {
  const sums = plan.measures.map((measure) => `toFloat64(sum(${measure}))`)
  const sql = `
  select toString(video_id) as id, if(first_part = last_part, 0, ordinal) as leaf,
    any(first_part) as part_s, policy, toUInt32(count()) as leaves,
    toUInt32(min(leaf_from_s)) as from_s, toUInt32(max(leaf_to_s)) as to_s, [${sums.join(', ')}] as people
  from (${leavesOf(plan)}
  )
  group by video_id, leaf, policy, if(leaf = 0, first_part, 0)
  order by video_id, from_s, leaf, policy`
  return { sql, params: paramsOf(plan, batch) }
}

/** Videos whose leaves are cut, and how. */
export interface CutBatch extends VideoBatch {
  /** UTC days that lie in such a leaf, where views are read by the day. */
  readonly wholeDaysS: readonly number[]
  /** Other UTC days that such leaves touch. */
  readonly cutDaysS: readonly number[]
  /** Whether an edge of a leaf or a row lies inside of a quarter. */
  readonly cutsQuarters: boolean
}

/**
 * Rows `id`, `leaf`, `parts_s`, `views`: of every leaf that rows cut its parts that have views, by their
 * first instants ascending, and these views in nine-hundredths. Days that no edge cuts are read as such,
 * the rest by quarters, spread evenly in steps of five minutes, since leaves end at these; minutes are
 * read where quarters are not closed yet.
 */
export function renderLeafViews(plan: GuardedPlan, batch: CutBatch): Statement {
  const { wholeDaysS, cutDaysS } = batch
  const steps = batch.cutsQuarters ? [0, 300, 600] : [0]
  const isOfWholeDay = `day_s >= leaf_from_s and day_s + 86400 <= leaf_to_s and day_s < {days_to_s:UInt32}`
  const selects = [
    wholeDaysS.length === 0 ? [] : [viewsOfDays],
    cutDaysS.length === 0 ? [] : [viewsOfQuarters(plan)],
    plan.open ? [viewsOfMinutes] : [],
  ].flat()
  const sql = `
  with cut as (
    select video_id, ordinal, leaf_from_s, leaf_to_s from (${leavesOf(plan)}
    ) where first_part <> last_part
  )
  select toString(video_id) as id, leaf, arraySort(groupArray((part, sum_views))) as parts,
    tupleElement(parts, 1) as parts_s, tupleElement(parts, 2) as views
  from (
    select video_id, ordinal as leaf, ${partOf('at', plan)} as part, toFloat64(sum(some)) as sum_views
    from (
      select *, at - at % 86400 as day_s from (${selects.join('\n      union all')}
      )
    ) as viewed
    asof join cut on viewed.video_id = cut.video_id and viewed.at >= cut.leaf_from_s
    where at < leaf_to_s and some > 0 and is_day = (${isOfWholeDay})
    group by video_id, leaf, part
  )
  group by video_id, leaf`
  return {
    sql,
    params: {
      ...paramsOf(plan, batch),
      days_to_s: Math.max(0, plan.daysToS),
      complete_through_s: plan.completeThroughS,
      ...(wholeDaysS.length === 0 ? {} : { whole_days: wholeDaysS.map(dayText) }),
      ...(cutDaysS.length === 0
        ? {}
        : { cut_days: cutDaysS.map(dayText), steps_s: steps, step_weight: 900 / steps.length }),
    },
  }
}

const viewsOfDays = `
      select video_id, toUnixTimestamp(toDateTime(day, 'UTC')) as at,
        argMax(views, generation) * 900 as some, true as is_day
      from rollups.video_days
      where video_id in {video_ids:Array(UInt64)} and day in {whole_days:Array(Date)}
        and generation <= {generation:UInt64}
      group by video_id, day`

function viewsOfQuarters({ daysToS }: GuardedPlan): string {
  // Of days that a leaf of one video cuts, those of the other videos are read as days.
  const ownDays = `
          and (toUnixTimestamp(quarter) >= {days_to_s:UInt32} or (video_id, toDate(quarter)) in (
            select video_id, toDate(toDateTime(arrayJoin([leaf_from_s, leaf_to_s - 1]), 'UTC')) from cut))`
  return `
      select video_id, quarter_s + arrayJoin({steps_s:Array(UInt32)}) as at,
        quarter_views * {step_weight:UInt32} as some, false as is_day
      from (
        select video_id, toUnixTimestamp(quarter) as quarter_s, argMax(views, generation) as quarter_views
        from rollups.video_quarters
        where video_id in {video_ids:Array(UInt64)} and toDate(quarter) in {cut_days:Array(Date)}
          and toUnixTimestamp(quarter) < {complete_through_s:UInt32} and generation <= {generation:UInt64}${
            daysToS === -Infinity ? '' : ownDays
          }
        group by video_id, quarter
      )`
}

const viewsOfMinutes = `
      select video_id, toUnixTimestamp(minute) as at, argMax(views, generation) * 900 as some,
        false as is_day
      from rollups.video_minutes
      where video_id in {video_ids:Array(UInt64)} and toUnixTimestamp(minute) >= {complete_through_s:UInt32}
        and generation <= {generation:UInt64}
      group by video_id, minute`

/** Leaves that touch the span, with the pieces of rows in which their first and last seconds lie. */
function leavesOf(plan: GuardedPlan): string {
  const { measures } = plan
  return `
    select video_id, ordinal, policy, leaf_from_s, leaf_to_s, ${measures.join(', ')},
      ${partOf('leaf_from_s', plan)} as first_part, ${partOf('leaf_to_s - 1', plan)} as last_part
    from (
      select video_id, leaf as ordinal, policy, toUnixTimestamp(from_at) as leaf_from_s,
        toUnixTimestamp(to_at) as leaf_to_s, ${measures.join(', ')}
      from rollups.video_leaves final
      where video_id in {video_ids:Array(UInt64)} and generation <= {generation:UInt64}
        and leaf_to_s > {from_s:UInt32} and leaf_from_s < {to_s:UInt32}
        and leaf_to_s <= {counted_to_s:UInt32}
    )`
}

/** The first instant of the piece of a row in which `at` lies; before the span 0, after it its end. */
function partOf(at: string, { timeCut }: GuardedPlan): string {
  const edge = `roundDown(${at}, {edges:Array(UInt32)})`
  const isInside = `${at} >= {from_s:UInt32} and ${at} < {to_s:UInt32}`
  switch (timeCut?.kind) {
    case undefined:
    case 'edges':
      return `toUInt32(${edge})`
    case 'hour_of_week': {
      const offset = `transform(roundDown(${at}, {offset_edges:Array(UInt32)}),
        {offset_edges:Array(UInt32)}, {offsets:Array(Int32)}, toInt32(0))`
      const change = `roundDown(${at}, {offset_edges:Array(UInt32)})`
      return `toUInt32(if(${isInside},
        greatest(toInt64(${change}), toInt64(${at}) - (toInt64(${at}) + ${offset}) % 3600), ${edge}))`
    }
    case 'video_age_day': {
      const published =
        'transform(video_id, {video_ids:Array(UInt64)}, {published_s:Array(UInt32)}, toUInt32(0))'
      return `toUInt32(if(${isInside} and ${at} >= ${published},
        greatest(toInt64(${edge}),
          toInt64(${published}) + intDiv(toInt64(${at}) - ${published}, 86400) * 86400), ${edge}))`
    }
    default:
      return timeCut satisfies never
  }
}

function paramsOf(plan: GuardedPlan, { videoIds, publishedS }: VideoBatch): QueryParams {
  const { span, timeCut, edgesS, generation, countedToS } = plan
  return {
    video_ids: idArray(videoIds),
    edges: edgesS,
    from_s: span.fromS,
    to_s: span.toS,
    counted_to_s: countedToS,
    generation,
    ...(timeCut?.kind === 'video_age_day' ? { published_s: publishedS } : {}),
    ...(timeCut?.kind === 'hour_of_week'
      ? {
          offset_edges: timeCut.offsets.map(({ fromS }) => fromS),
          offsets: timeCut.offsets.map(({ offsetS }) => offsetS),
        }
      : {}),
  }
}
