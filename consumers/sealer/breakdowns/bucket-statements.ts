// The statements by which buckets hold fast, count and mark people in the vault.
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { VAULT_FENCE } from '../fence.ts'
import { ATTRIBUTE_BITS, ATTRIBUTES, NEVER, ORDINALS_END } from '../packed-acts.ts'
import { codesOf } from './cell-grid.ts'

/** By the kinds of acts that they are the first of. */
const typesOf = {
  viewers: ['view'],
  likers: ['like'],
  commenters: ['comment'],
  remixers: ['stitch', 'duet'],
  saves: ['save'],
  shares: ['share'],
} as const satisfies Record<BrokenDownMeasure, readonly string[]>

/** Whether a first act, of ms `acted.at_ms`, was on a video that was not public then. */
const isClosed = `
      arrayExists(
        period -> fromUnixTimestamp64Milli(toInt64(acted.at_ms), 'UTC') >= period.1
          and fromUnixTimestamp64Milli(toInt64(acted.at_ms), 'UTC') < period.2,
        attributed.closed)`

/** First acts of unsealed people: those of `ids` that `among` is true of. */
function unsealed(metric: string, ids: string, among: string): string {
  return `
      select metric, video_id, person, first, bitShiftRight(first, ${ATTRIBUTE_BITS}) as at_ms
      from (
        select metric, video_id, person, min(dims) as first
        from vault.people
        where ${metric} and video_id in ${ids} ${among}
        group by metric, video_id, person
      )
      where at_ms >= ${ORDINALS_END}`
}

function closedOf(ids: string): string {
  return `
      select video_id, closed from vault.attribution final
      where notEmpty(closed) and video_id in ${ids}`
}

/**
 * Holds fast who acted before the last of `{ends}` on one of `{ids}`, as `{generation}`. Where buckets began
 * lately, candidates are those of the facts since `{since_s}`.
 */
export function takeStatement(metric: BrokenDownMeasure, isLately: boolean): string {
  const types = typesOf[metric].map((type) => `'${type}'`).join(', ')
  const ids = '{ids:Array(UInt64)}'
  const among = isLately
    ? `and (video_id, person) in (
          select video_id, person from vault.facts
          where slot >= toDateTime({since_s:UInt32}, 'UTC') and slot < toDateTime({to_s:UInt32}, 'UTC')
            and type in (${types}) and video_id in ${ids}
        )`
    : ''
  return `
    insert into vault.bucket_snapshots (generation, metric, video_id, person, bucket, dims)
    select {generation:UInt64}, acted.metric, acted.video_id, acted.person,
      if(${isClosed}, 0, ends.bucket), acted.first
    from (${unsealed(`metric = '${metric}'`, ids, among)}) as acted
    asof join (
      select each.1 as video_id, each.2 as bucket, toUInt64(each.3) * 1000 as to_ms
      from (select arrayJoin({ends:Array(Tuple(UInt64, UInt32, UInt32))}) as each)
    ) as ends on acted.video_id = ends.video_id and acted.at_ms < ends.to_ms
    left join (${closedOf(ids)}) as attributed on acted.video_id = attributed.video_id
    where ${VAULT_FENCE}`
}

/** People of `{generation}` by video, code of the metric, bucket and code of the cell; in order of buckets. */
export const COUNT = `
    select video_id, toUInt32(metric) as code, bucket, arrayJoin(${codesOf('dims')}) as cell,
      toUInt32(count()) as counted
    from vault.bucket_snapshots final
    where generation = {generation:UInt64} and video_id != 0 and bucket > 0
    group by video_id, code, bucket, cell
    order by video_id, code, bucket
    format RowBinaryWithNamesAndTypes`

/** People by pool and code of the cell: those who are marked with one of `{members}`. */
export function countMarkedStatement(metric: BrokenDownMeasure): string {
  return `
    select toUInt64(pool) as pool_id, arrayJoin(${codesOf('first')}) as cell,
      toUInt32(count()) as counted
    from (
      select video_id, person, min(dims) as first
      from vault.people
      where metric = '${metric}' and video_id in {ids:Array(UInt64)}
      group by video_id, person
    ) as marked
    inner join (
      select each.1 as video_id, toUInt64(each.2) as bucket, each.3 as pool
      from (select arrayJoin({members:Array(Tuple(UInt64, UInt32, UInt32))}) as each)
    ) as members
    on marked.video_id = members.video_id
      and bitShiftRight(marked.first, ${ATTRIBUTE_BITS}) = members.bucket
    group by pool_id, cell
    format RowBinaryWithNamesAndTypes`
}

/** The mark of a person with a packed first act: the same with an ordinal in place of the time. */
function markedAs(bucket: string, first: string): string {
  return `bitOr(bitShiftLeft(toUInt64(${bucket}), ${ATTRIBUTE_BITS}), bitAnd(${first}, ${ATTRIBUTES}))`
}

/** Marks whom `{taken}` has held fast. */
export const MARK_TAKEN = `
    insert into vault.people (metric, video_id, person, total, dims)
    select metric, video_id, person, ${NEVER}, ${markedAs('bucket', 'dims')}
    from vault.bucket_snapshots final
    where generation = {taken:UInt64} and video_id != 0 and ${VAULT_FENCE}`

const decided = `
      select metric, video_id, bucket, toUInt64(toUnixTimestamp(to_at)) * 1000 as to_ms
      from vault.video_buckets final
      where generation = {taken:UInt64}`

/** Marks everybody who acted in the time of a bucket that was decided as `{taken}`. */
export const MARK_BY_TIME = `
    insert into vault.people (metric, video_id, person, total, dims)
    select acted.metric, acted.video_id, acted.person, ${NEVER},
      ${markedAs(`if(${isClosed}, 0, ends.bucket)`, 'acted.first')}
    from (${unsealed(
      `(metric, video_id) in (select metric, video_id from (${decided}))`,
      `(select video_id from (${decided}))`,
      '',
    )}) as acted
    asof join (${decided}) as ends
    on acted.metric = ends.metric and acted.video_id = ends.video_id and acted.at_ms < ends.to_ms
    left join (${closedOf(`(select video_id from (${decided}))`)}) as attributed
    on acted.video_id = attributed.video_id
    where ${VAULT_FENCE}`
