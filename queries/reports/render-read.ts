// Renders a read of the rollups as one statement: the newest finished row of every span, summed per row of the report.
import { idArray } from '#infra/clickhouse/clickhouse-store.ts'
import type { QueryParams } from '#infra/clickhouse/clickhouse-store.ts'
import type { StoredSum } from './cell-state.ts'
import type { Grain, Piece } from './pieces.ts'
import type { ReadPlan } from './read-plan.ts'
import type { Subject } from './scope.ts'
import { MONDAY_BEFORE_1970_S } from './time-buckets.ts'
import type { TimeCut } from './time-cut.ts'

export interface Statement {
  readonly sql: string
  readonly params: QueryParams
}

/** How each table names and types the start of its spans. */
const grains = {
  days: { column: 'day', type: 'Date', seconds: `toUnixTimestamp(toDateTime(day, 'UTC'))` },
  quarters: { column: 'quarter', type: `DateTime('UTC')`, seconds: 'toUnixTimestamp(quarter)' },
  minutes: { column: 'minute', type: `DateTime('UTC')`, seconds: 'toUnixTimestamp(minute)' },
} as const satisfies Record<Grain, object>

/**
 * Answers rows `id` (a video, or empty), `at_s` (start of the bucket, its number where buckets are
 * numbered, or 0) and `sums` in the order of the measures; rows without any count are absent. Sums are
 * exact below 2^53.
 */
export function renderRead(plan: ReadPlan): Statement {
  const { subject, measures, byVideo, timeCut, pieces } = plan
  const owner = ownerOf(subject)
  const bucket = bucketOf(timeCut, owner)
  const sums = measures.map((_, index) => `toFloat64(sum(m${index}))`)
  const newest = pieces.flatMap((piece, index) =>
    tablesOf(piece.grain).map((table) =>
      newestOf(measures, { owner, table, grain: piece.grain, bounds: index }),
    ),
  )
  return {
    sql: summedByRow({ byVideo, bucket, sums, from: newest.join('\n    union all') }),
    params: {
      ...owner.params,
      ...bucket.params,
      ...Object.fromEntries(pieces.flatMap(boundsOf)),
      generation: plan.generation,
    },
  }
}

export interface SummedSpans {
  readonly byVideo: boolean
  readonly bucket: BucketSql
  /** Aggregates in the order of the measures. */
  readonly sums: readonly string[]
  /** Rows of stored spans with `owner` and `at`. */
  readonly from: string
}

/** Sums stored spans into the rows of `renderRead`. */
export function summedByRow({ byVideo, bucket, sums, from }: SummedSpans): string {
  return `
  select ${byVideo ? 'toString(owner)' : `''`} as id, ${bucket.sql} as at_s,
    [${sums.join(', ')}] as sums
  from (${from}
  ) as newest${bucket.join}
  group by id, at_s`
}

export interface StoredSpans {
  readonly owner: Owner
  /** The last part of the table's name. */
  readonly table: string
  readonly grain: Grain
  /** Number of the parameters that hold the bounds. */
  readonly bounds: number
  /** What else is asked of a span. */
  readonly condition?: string
}

/** Rows `owner`, `at` (start of a stored span) and `m0`, `m1` ... in the order of the measures. */
export function newestOf(
  measures: readonly StoredSum[],
  { owner, table, grain, bounds, condition = '' }: StoredSpans,
): string {
  const { column, type, seconds } = grains[grain]
  const columns = measures.map((measure, each) => {
    // Nothing is withheld but of videos that were not public.
    const isAbsent = measure === 'withheld_views' && table !== 'restricted_days'
    return `${isAbsent ? 'toUInt64(0)' : `argMax(${measure}, generation)`} as m${each}`
  })
  return `
    select ${owner.column} as owner, ${seconds} as at,
      ${columns.join(', ')}
    from rollups.${owner.table}_${table}
    where ${owner.condition}
      and ${column} >= {from_${bounds}:${type}} and ${column} < {to_${bounds}:${type}}
      and generation <= {generation:UInt64}${condition}
    group by owner, ${column}`
}

/** Acts on videos that were not public are told by whole days alone. */
export function tablesOf(grain: Grain): readonly string[] {
  return grain === 'days' ? ['days', 'restricted_days'] : [grain]
}

/** How a stored span is told to which row in time it belongs. */
interface BucketSql {
  readonly sql: string
  /** What else has to be read for it. */
  readonly join: string
  readonly params: QueryParams
}

export function bucketOf(timeCut: TimeCut | null, owner: Owner): BucketSql {
  if (timeCut === null) return { sql: 'toUInt32(0)', join: '', params: {} }
  switch (timeCut.kind) {
    case 'edges':
      return {
        sql: 'toUInt32(roundDown(at, {edges:Array(UInt32)}))',
        join: '',
        params: { edges: timeCut.edgesS },
      }
    case 'hour_of_week':
      return {
        sql: `toUInt32(intDiv({monday_s:UInt32} + at + transform(roundDown(at, {edges:Array(UInt32)}),
      {edges:Array(UInt32)}, {offsets:Array(Int32)}, toInt32(0)), 3600) % 168)`,
        join: '',
        params: {
          monday_s: MONDAY_BEFORE_1970_S,
          edges: timeCut.offsets.map(({ fromS }) => fromS),
          offsets: timeCut.offsets.map(({ offsetS }) => offsetS),
        },
      }
    case 'video_age_day':
      return {
        sql: 'toInt32(if(at < published_s, -1, intDiv(at - published_s, 86400)))',
        join: `
  inner join (
    select video_id, intDiv(toUnixTimestamp64Milli(published_at), 3600000) * 3600 as published_s
    from directory.videos final
    where ${owner.condition}
  ) as published on published.video_id = owner`,
        params: {},
      }
    default:
      return timeCut satisfies never
  }
}

export interface Owner {
  readonly table: 'video' | 'creator'
  readonly column: 'video_id' | 'creator_id'
  readonly condition: string
  readonly params: QueryParams
}

export function ownerOf(subject: Subject): Owner {
  switch (subject.kind) {
    case 'creator':
      return {
        table: 'creator',
        column: 'creator_id',
        condition: 'creator_id = {creator_id:UInt64}',
        params: { creator_id: subject.creatorId },
      }
    case 'videos':
      return {
        table: 'video',
        column: 'video_id',
        condition: 'video_id in {video_ids:Array(UInt64)}',
        params: { video_ids: idArray(subject.videoIds) },
      }
    case 'videos_of':
      return {
        table: 'video',
        column: 'video_id',
        condition: `video_id in (select video_id from directory.videos_by_creator
        where creator_id = {creator_id:UInt64})`,
        params: { creator_id: subject.creatorId },
      }
    default:
      return subject satisfies never
  }
}

/** The parameters of a piece's bounds, by its number. */
export function boundsOf(piece: Piece, index: number): readonly [string, string][] {
  return [
    [`from_${index}`, startText(piece.grain, piece.fromS)],
    [`to_${index}`, startText(piece.grain, piece.toS)],
  ]
}

function startText(grain: Grain, atS: number): string {
  const text = new Date(atS * 1000).toISOString()
  return grain === 'days' ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 19)}`
}
