// Renders the reads of breakdowns: plain selects, of which this process makes sums, since one statement that does takes the server longer to understand than to run.
import { idArray } from '#infra/clickhouse/clickhouse-store.ts'
import type { QueryParams } from '#infra/clickhouse/clickhouse-store.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import type { PeopleMeasure } from '#schemas/measures.ts'
import { isGuardedMeasure } from '#schemas/guarded.ts'
import type { GuardedMeasure } from '#schemas/guarded.ts'
import { dayText } from '#schemas/spans.ts'
import type { BucketsPlan, RateNumerator } from './plan-breakdown.ts'
import type { Statement } from './render-read.ts'
import type { ColumnType } from '#infra/clickhouse/mixed-rows.ts'
import type { Span } from './time-buckets.ts'

/** A select, the types of its columns, and what it is of. */
export interface BinaryStatement extends Statement {
  readonly types: readonly ColumnType[]
}

/** Ids of one statement: they go in its URL, of which a field may have 128 KiB, an id some 20 bytes. */
export const VIDEOS_MAX = 5000

const FORMAT = 'format RowBinaryWithNamesAndTypes'
const fromS = 'toUnixTimestamp(from_at)'
const toS = 'toUnixTimestamp(to_at)'
const times = `${fromS} as from_s, ${toS} as to_s`
const isInRange = `${toS} <= {counted_to_s:UInt32} and ${toS} > {from_s:UInt32} and ${fromS} < {to_s:UInt32}`
const isOfVideos = `video_id in {video_ids:Array(UInt64)}`
const isPublished = 'generation <= {generation:UInt64}'
const isAsked = 'metric in {metrics:Array(String)}'

/** Cells are read of these buckets alone: prewhere is right with final, since a row never changes. */
const hasOwnCells = `prewhere ${isOfVideos} and ${isAsked} and pooled_by = 0 and ${isPublished} and ${isInRange}`

const bucketTypes = [
  'UInt64',
  'LowCardinality(String)',
  'LowCardinality(String)',
  'UInt32',
  'UInt32',
  'Array(Date)',
  'Array(Int32)',
  'Array(Int32)',
] as const satisfies readonly ColumnType[]

/** Videos of one statement. */
export interface BucketBatch {
  readonly videoIds: readonly string[]
  /** Of each rate of the plan, and of each video in the same order: the time in which both parts are told. */
  readonly together: readonly (readonly Span[])[]
}

/**
 * Rows `metric`, `policy`, `start_s` (the row in time), `rates` (bit by bit, in the order of the plan's:
 * whether the time of that rate has them), `buckets`, `people_sum`, `cell_sums`: sums of the buckets that no edge
 * of a row and of no such time cuts.
 */
export function renderWhole(plan: BucketsPlan, batch: BucketBatch): BinaryStatement {
  const rates = plan.rates.map((rate, index) => `(${isInside(rate, index)}) * ${2 ** index}`)
  const sql = `
  select metric, policy, toUInt32(roundDown(${fromS}, {edges:Array(UInt32)})) as start_s,
    toUInt32(${rates.length === 0 ? '0' : rates.join(' + ')}) as rates, toUInt32(count()) as buckets,
    sum(arraySum(people)) as people_sum, sumForEach(${plan.dimension}) as cell_sums
  from rollups.video_buckets final
  ${hasOwnCells} and ${isWhole(plan)}
  where arraySum(people) > 0
  group by metric, policy, start_s, rates
  ${FORMAT}`
  return {
    sql,
    types: [
      'LowCardinality(String)',
      'LowCardinality(String)',
      'UInt32',
      'UInt32',
      'UInt32',
      'Int64',
      'Array(Int64)',
    ],
    params: cellParams(plan, batch),
  }
}

/** Rows `video_id`, `metric`, `policy`, `from_s`, `to_s`, `days`, `people`, `cells`: the other buckets in the rows. */
export function renderCut(plan: BucketsPlan, batch: BucketBatch): BinaryStatement {
  const sql = `
  select video_id, metric, policy, ${times}, days, people, ${plan.dimension} as cells
  from rollups.video_buckets final
  ${hasOwnCells} and not (${isWhole(plan)})
  ${FORMAT}`
  return { sql, types: bucketTypes, params: cellParams(plan, batch) }
}

function isWhole({ rates }: BucketsPlan): string {
  const ofRates = rates.map(
    (rate, index) => `
    and (${isInside(rate, index)} or ${isOutside(rate, index)})`,
  )
  return `roundDown(${fromS}, {edges:Array(UInt32)}) = roundDown(${toS} - 1, {edges:Array(UInt32)})${ofRates.join('')}`
}

function isInside(rate: RateNumerator, index: number): string {
  return `metric in ('${rate}', 'viewers') and ${fromS} >= ${edgeOf('begins', index)} and ${toS} <= ${edgeOf('ends', index)}`
}

function isOutside(rate: RateNumerator, index: number): string {
  return `metric not in ('${rate}', 'viewers') or ${toS} <= ${edgeOf('begins', index)} or ${fromS} >= ${edgeOf('ends', index)}`
}

function edgeOf(name: 'begins' | 'ends', index: number): string {
  return `transform(video_id, {video_ids:Array(UInt64)}, {${name}_${index}:Array(UInt32)}, toUInt32(0))`
}

/** The same of the buckets of a pool, with `generation` for the video; those outside of the rows without cells. */
export function renderPool(plan: BucketsPlan, poolOf: string): BinaryStatement {
  const sql = `
  select generation, metric, policy, ${times}, days, people,
    if(${isInRange}, ${plan.dimension}, emptyArrayInt32()) as cells
  from rollups.pool_buckets final
  where creator_id = {pool_of:UInt64} and ${isAsked} and ${isPublished}
  ${FORMAT}`
  return { sql, types: bucketTypes, params: { ...bucketParams(plan), pool_of: poolOf } }
}

/** Rows `video_id`, `metric`, `from_s`, `to_s`, `some` (people), `pooled_by`, `generation`: all buckets. */
export function renderBucketTimes(plan: BucketsPlan, videoIds: readonly string[]): BinaryStatement {
  const sql = `
  select video_id, metric, ${times}, arraySum(people) as some, pooled_by, generation
  from rollups.video_buckets final
  where ${isOfVideos} and ${isAsked} and ${isPublished}
  ${FORMAT}`
  return {
    sql,
    types: ['UInt64', 'LowCardinality(String)', 'UInt32', 'UInt32', 'Int64', 'UInt64', 'UInt64'],
    params: { ...askedParams(plan), ...idsOf(videoIds) },
  }
}

/** Statements with rows `video_id`, `at_s`, `until_s`, and 1 or 0 for each of `measures`: whether somebody acted. */
export interface ActsStatement extends BinaryStatement {
  readonly measures: readonly BrokenDownMeasure[]
}

/** Times in the rows in which people are known to have acted: UTC days, and leaves of guarded measures. */
export function renderActs(
  plan: BucketsPlan,
  videoIds: readonly string[],
): readonly ActsStatement[] {
  const open = plan.measures.filter((measure) => !isGuardedMeasure(measure))
  const guarded = plan.measures.filter((measure) => isGuardedMeasure(measure))
  return [
    ...(open.length > 0 ? [renderDays(plan, videoIds, open)] : []),
    ...(guarded.length > 0 ? [renderLeaves(plan, videoIds, guarded)] : []),
  ]
}

function renderDays(
  plan: BucketsPlan,
  videoIds: readonly string[],
  measures: readonly Extract<BrokenDownMeasure, PeopleMeasure>[],
): ActsStatement {
  const newest = measures.map((each) => `toUInt32(argMax(${each}, generation) > 0) as has_${each}`)
  const sql = `
  select video_id, toUnixTimestamp(toDateTime(day, 'UTC')) as at_s, toUInt32(at_s + 86400) as until_s,
    ${newest.join(', ')}
  from rollups.video_people_days
  where ${isOfVideos} and day >= {from_day:Date} and day <= {to_day:Date} and ${isPublished}
  group by video_id, day
  ${FORMAT}`
  const range = rangeOf(plan)
  return {
    sql,
    measures,
    types: actTypes(measures),
    params: {
      ...idsOf(videoIds),
      generation: plan.generation,
      from_day: dayText(range.from_s),
      to_day: dayText(range.to_s),
    },
  }
}

function renderLeaves(
  plan: BucketsPlan,
  videoIds: readonly string[],
  measures: readonly Extract<BrokenDownMeasure, GuardedMeasure>[],
): ActsStatement {
  const sql = `
  select video_id, toUnixTimestamp(from_at) as at_s, toUnixTimestamp(to_at) as until_s,
    ${measures.map((each) => `toUInt32(${each} > 0) as has_${each}`).join(', ')}
  from rollups.video_leaves final
  where ${isOfVideos} and ${isPublished} and until_s > {from_s:UInt32} and at_s < {to_s:UInt32}
  ${FORMAT}`
  return {
    sql,
    measures,
    types: actTypes(measures),
    params: { ...idsOf(videoIds), ...rangeOf(plan), generation: plan.generation },
  }
}

function actTypes(measures: readonly BrokenDownMeasure[]): readonly ColumnType[] {
  return ['UInt64', 'UInt32', 'UInt32', ...measures.map(() => 'UInt32' as const)]
}

function idsOf(videoIds: readonly string[]): QueryParams {
  return { video_ids: idArray(videoIds) }
}

function askedParams({ measures, generation }: BucketsPlan): QueryParams {
  return { metrics: measures, generation }
}

function bucketParams(plan: BucketsPlan): QueryParams {
  return { ...askedParams(plan), ...rangeOf(plan), counted_to_s: plan.countedToS }
}

function cellParams(plan: BucketsPlan, { videoIds, together }: BucketBatch): QueryParams {
  const edges = new Set([0, ...plan.rows.flatMap((row) => [row.fromS, row.toS])])
  return {
    ...bucketParams(plan),
    ...idsOf(videoIds),
    edges: [...edges].toSorted((a, b) => a - b),
    ...Object.fromEntries(
      together.flatMap((told, index) => [
        [`begins_${index}`, told.map((span) => span.fromS)],
        [`ends_${index}`, told.map((span) => span.toS)],
      ]),
    ),
  }
}

function rangeOf({ rows }: BucketsPlan): { readonly from_s: number; readonly to_s: number } {
  return { from_s: rows[0]?.fromS ?? 0, to_s: rows.at(-1)?.toS ?? 0 }
}
