// Renders the reads of breakdowns: cells of buckets summed by row in time, each by the part of its people that lies inside, and from when on people are told of by none.
import type { QueryParams } from '#infra/clickhouse/clickhouse-store.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { isGuardedMeasure } from '#schemas/guarded.ts'
import { dayText } from '#schemas/spans.ts'
import type { BucketsPlan } from './plan-breakdown.ts'
import { videosOf } from './render-guarded.ts'
import type { Statement } from './render-read.ts'

/**
 * Weights are whole numbers of this part of 1, and squared errors of the part below: sums of whole
 * numbers do not depend on the order in which the server takes them, so that the same rows give the
 * same answer to the last digit.
 */
export const WEIGHT_ONE = 2 ** 20
export const SQUARE_ONE = 64

export interface BucketsOf {
  readonly metrics: readonly BrokenDownMeasure[]
  /** Of each video only what lies before the first people of any of these metrics who are not told. */
  readonly together: boolean
}

/**
 * Rows `metric`, `start_s` (the row in time), `policy`; of all buckets of that policy `people_sum` and
 * `squares` of weights, `is_cut` whether one lies in the row by a part, `cell_sums` weighted, and
 * `spread_sums` what their errors grow by where buckets are cut; both in the order of the dimension's values.
 * Weights and sums in units of `WEIGHT_ONE`, spreads in those of `SQUARE_ONE`.
 *
 * A bucket weighs as much of its people curve as lies inside of the row: people by day, spread evenly
 * over the part of the day that is the bucket's.
 */
export function renderBuckets(plan: BucketsPlan, { metrics, together }: BucketsOf): Statement {
  const { condition, params } = videosOf(plan.subject)
  const { dimension } = plan
  const columns = `metric, policy, days, people, ${dimension} as cells, toUnixTimestamp(from_at) as from_s,
        toUnixTimestamp(to_at) as to_s`
  const inRange = `metric in {metrics:Array(String)} and generation <= {generation:UInt64}
        and to_s <= {counted_to_s:UInt32} and to_s > {from_s:UInt32} and from_s < {to_s:UInt32}`
  const ends = `
        inner join (
          select video_id, min(through_s) as end_s from (${throughOf(plan)}
          ) group by video_id having count() = length({metrics:Array(String)})
        ) as ends using video_id`
  const ofVideos = `
      select ${columns}, ${together ? 'end_s' : 'to_s'} as end_s
      from (
        select * from rollups.video_buckets final
        where ${condition} and pooled_by = 0 and metric in {metrics:Array(String)}
        and generation <= {generation:UInt64}
      ) as own${together ? ends : ''}
      where ${inRange}`
  const ofPool = `
      select ${columns}, to_s as end_s
      from rollups.pool_buckets final
      where creator_id = {pool_of:UInt64} and ${inRange}`
  const sql = `
  select metric, start_s, policy, toFloat64(sum(weight * weight)) as squares,
    toFloat64(sum(weight * whole)) as people_sum, max(between > 0) as is_cut,
    arrayMap(sum -> toFloat64(sum), sumForEach(arrayMap(cell -> cell * weight, cells))) as cell_sums,
    arrayMap(sum -> toFloat64(sum), sumForEach(if(between = 0, emptyArrayInt64(),
      arrayMap(cell -> toInt64(round({square_one:Int64} * (between * greatest(cell, 0)
        + 0.04 * between * between * cell * cell))), cells)))) as spread_sums
  from (
    select metric, start_s, policy, whole, cells, weight,
      (weight / {one:Int64}) * (1 - weight / {one:Int64}) as between
    from (
      select metric, start_s, policy, whole, cells,
        toInt64(round({one:Int64} * greatest(0., least(1., inside / whole)))) as weight
      from (
        select metric, start_s, policy, whole, cells,
          arraySum((day_s, some) -> some * greatest(0, least(day_s + 86400, to_s, stop_s)
              - greatest(day_s, from_s, start_s))
            / greatest(1, least(day_s + 86400, to_s) - greatest(day_s, from_s)), days_s, people) as inside
        from (
          select metric, row.1 as start_s, least(row.2, end_s) as stop_s, policy, whole, cells, from_s, to_s,
            days_s, people
          from (
            select metric, policy, cells, people, from_s, to_s, end_s, toInt64(arraySum(people)) as whole,
              arrayMap(day -> toInt64(toUnixTimestamp(toDateTime(day, 'UTC'))), days) as days_s,
              arrayJoin(arraySlice(arrayZip({starts:Array(Int64)}, {row_ends:Array(Int64)}),
                first_row, last_row + 1 - first_row)) as row
            from (
              select metric, policy, days, people, cells, from_s, to_s, end_s,
                greatest(1, ${rowOf('from_s')}) as first_row,
                least(length({starts:Array(Int64)}), ${rowOf('to_s - 1')}) as last_row
              from (${plan.poolOf === null ? ofVideos : `${ofVideos}\n      union all${ofPool}`}
              )
            )
          )
        )
        where whole > 0
      )
    )
    where weight > 0
  )
  group by metric, start_s, policy
  order by metric, start_s, policy`
  const starts = plan.rows.map(({ fromS }) => fromS)
  const toS = plan.rows.at(-1)?.toS ?? 0
  const edges = [...new Set([0, ...starts, toS])]
  return {
    sql,
    params: {
      ...params,
      ...sharedParams(plan, metrics),
      edges,
      numbers: edges.map((edge) => rowAt(starts, edge) + (edge >= toS ? 1 : 0)),
      starts,
      row_ends: plan.rows.map((row) => row.toS),
      one: WEIGHT_ONE,
      square_one: SQUARE_ONE,
      counted_to_s: plan.countedToS,
    },
  }
}

function rowAt(starts: readonly number[], edge: number): number {
  return starts.filter((startS) => startS <= edge).length
}

/** The number of the row in which an instant lies, from 1; 0 before all of them, one more after. */
function rowOf(at: string): string {
  return `transform(roundDown(toUInt32(${at}), {edges:Array(UInt32)}), {edges:Array(UInt32)},
                  {numbers:Array(Int64)}, toInt64(0))`
}

/**
 * Rows `metric`, `gap_s`: the first instant of the rows at which a video has people whom no bucket
 * tells yet; of metrics that have none there is no row.
 */
export function renderGaps(plan: BucketsPlan): Statement {
  const { subject, measures } = plan
  const { condition, params } = videosOf(subject)
  const open = measures.filter((measure) => !isGuardedMeasure(measure))
  const guarded = measures.filter((measure) => isGuardedMeasure(measure))
  const ofDays = `
      select video_id, metric, toUnixTimestamp(toDateTime(day, 'UTC')) as at_s, at_s + 86400 as until_s
      from (
        select video_id, day, arrayJoin([${open.map(pairOf).join(', ')}]) as pair,
          tupleElement(pair, 1) as metric, tupleElement(pair, 2) as some
        from (
          select video_id, day, ${open.map((each) => `argMax(${each}, generation) as ${each}`).join(', ')}
          from rollups.video_people_days
          where ${condition} and day >= {from_day:Date} and day <= {to_day:Date}
            and generation <= {generation:UInt64}
          group by video_id, day
        )
        where some > 0
      )`
  const ofLeaves = `
      select video_id, metric, toUnixTimestamp(from_at) as at_s, toUnixTimestamp(to_at) as until_s
      from (
        select video_id, from_at, to_at, arrayJoin([${guarded.map(pairOf).join(', ')}]) as pair,
          tupleElement(pair, 1) as metric, tupleElement(pair, 2) as some
        from rollups.video_leaves final
        where ${condition} and generation <= {generation:UInt64}
          and toUnixTimestamp(to_at) > {from_s:UInt32} and toUnixTimestamp(from_at) < {to_s:UInt32}
      )
      where some > 0`
  const acts = [open.length > 0 ? [ofDays] : [], guarded.length > 0 ? [ofLeaves] : []].flat()
  const sql = `
  select metric, toUInt32(min(greatest(at_s, through_s))) as gap_s
  from (${acts.join('\n      union all')}
  ) as acts
  left join (${throughOf(plan)}
  ) as through on through.video_id = acts.video_id and through.metric = acts.metric
  where until_s > through_s and until_s > {from_s:UInt32} and at_s < {to_s:UInt32}
  group by metric`
  return {
    sql,
    params: {
      ...params,
      ...sharedParams(plan, measures),
      from_day: dayText(plan.rows[0]?.fromS ?? 0),
      to_day: dayText(plan.rows.at(-1)?.toS ?? 0),
    },
  }
}

function pairOf(measure: BrokenDownMeasure): string {
  return `('${measure}', toInt64(${measure}))`
}

/**
 * Rows `video_id`, `metric`, `through_s`: up to where buckets tell of all people of a video. One that was
 * handed to the pool tells for a report of the creator, once a bucket of the pool has it.
 */
function throughOf(plan: BucketsPlan): string {
  const { condition } = videosOf(plan.subject)
  const bucket = `
            select video_id, toString(metric) as metric, from_at, to_at, pooled_by, generation
            from rollups.video_buckets final
            where ${condition} and metric in {metrics:Array(String)} and generation <= {generation:UInt64}`
  const pools = `
            left join (
              select toString(metric) as metric, max(generation) as pool_generation
              from rollups.pool_buckets final
              where creator_id = {pool_of:UInt64} and generation <= {generation:UInt64}
              group by metric
            ) as pools using metric`
  const inPool = 'pooled_by = {pool_of:UInt64} and generation <= pool_generation'
  return `
        select video_id, metric, toUnixTimestamp(if(countIf(not is_told) > 0, minIf(from_at, not is_told),
          max(to_at))) as through_s
        from (
          select video_id, metric, from_at, to_at,
            pooled_by = 0${plan.poolOf === null ? '' : ` or (${inPool})`} as is_told
          from (${bucket}
          ) as buckets${plan.poolOf === null ? '' : pools}
        )
        group by video_id, metric`
}

function sharedParams(plan: BucketsPlan, metrics: readonly BrokenDownMeasure[]): QueryParams {
  return {
    metrics,
    generation: plan.generation,
    from_s: plan.rows[0]?.fromS ?? 0,
    to_s: plan.rows.at(-1)?.toS ?? 0,
    ...(plan.poolOf === null ? {} : { pool_of: plan.poolOf }),
  }
}
