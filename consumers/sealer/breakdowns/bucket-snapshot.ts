// Whom buckets count: their first acts are held fast before a number is drawn, counted by attribute, and marked once it is decided.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import type { DecidedMarks } from '../decided-publisher.ts'
import { VAULT_FENCE } from '../fence.ts'
import { eachFixedRow } from '../leaves/fixed-rows.ts'
import { ATTRIBUTE_BITS, ATTRIBUTES, NEVER, ORDINALS_END, SINCE_ROOM_S } from '../packed-acts.ts'
import { createSnapshotSigns } from '../snapshot-signs.ts'
import type { SnapshotSigns } from '../snapshot-signs.ts'
import type { BucketRow } from './bucket-rows.ts'
import { addToCell, CELL_COUNT, codesOf } from './cell-grid.ts'

/** A bucket of a video that ends; times in Unix seconds. */
export interface BucketEnd {
  readonly metric: BrokenDownMeasure
  readonly videoId: bigint
  readonly bucket: number
  readonly fromS: number
  readonly toS: number
}

/** Exact people by cell: to be noised, and told to nobody. */
export interface CellCounts {
  /** All zero where nobody was counted. */
  of(bucket: Pick<BucketEnd, 'metric' | 'videoId' | 'bucket'>): Int32Array
}

/** A bucket of a pool, which has the people of several buckets of videos. */
export interface PoolMembers {
  readonly metric: BrokenDownMeasure
  readonly members: readonly { readonly videoId: bigint; readonly bucket: number }[]
}

export interface BucketSnapshot extends DecidedMarks<BucketRow>, Pick<SnapshotSigns, 'kept'> {
  /**
   * Holds fast who acted in the buckets for the first time and is in none yet, each for the first bucket
   * that ends after the act; whoever acted while the video was not public, for none. What is stored
   * later belongs to later buckets. @param generation names it.
   */
  take(ends: readonly BucketEnd[], generation: bigint): Promise<void>
  count(generation: bigint): Promise<CellCounts>
  /** Exact people by cell of all that are marked with one of the members, a row a pool. */
  countMarked(pools: readonly PoolMembers[]): Promise<readonly Int32Array[]>
}

/** By the kinds of acts that they are the first of. */
const typesOf = {
  viewers: ['view'],
  likers: ['like'],
  commenters: ['comment'],
  remixers: ['stitch', 'duet'],
  saves: ['save'],
  shares: ['share'],
} as const satisfies Record<BrokenDownMeasure, readonly string[]>

/** The codes of `metric` in the vault's tables. */
const metricCodes: ReadonlyMap<number, BrokenDownMeasure> = new Map([
  [0, 'viewers'],
  [1, 'likers'],
  [2, 'commenters'],
  [3, 'remixers'],
  [4, 'saves'],
  [6, 'shares'],
])

/** Buckets up to this long take their people from facts; longer ones, and who was late, by video. */
const LATELY_S = 2 * 86_400

export function createBucketSnapshot(vault: ClickhouseStore): BucketSnapshot {
  const signs = createSnapshotSigns(vault, 'bucket_snapshots')

  async function take(ends: readonly BucketEnd[], generation: bigint): Promise<void> {
    for (const [metric, own] of Map.groupBy(ends, (end) => end.metric)) {
      const videos = Map.groupBy(own, ({ videoId }) => videoId)
      const isLately = ([, each]: readonly [bigint, readonly BucketEnd[]]): boolean =>
        spanOf(each).toS - spanOf(each).fromS <= LATELY_S
      for (const [lately, some] of Map.groupBy(videos, isLately)) {
        const buckets = some.flatMap(([, each]) => each)
        const { fromS, toS } = spanOf(buckets)
        const among = lately ? { since_s: fromS - SINCE_ROOM_S, to_s: toS + SINCE_ROOM_S } : {}
        await vault.insertSelect(takeStatement(metric, lately), {
          generation,
          ids: some.map(([videoId]) => videoId),
          ends: endsParam(buckets),
          ...among,
        })
      }
    }
    // At last: a backup that is taken meanwhile must not have one that looks whole and is not.
    await signs.sign(generation, 'taken', generation)
  }

  return {
    take,
    async count(generation) {
      const found = new Map<string, Int32Array>()
      const rows = await vault.read(COUNT, { generation })
      await eachFixedRow(
        rows,
        { keys: 1, numbers: 4 },
        ([video = 0n], [metric = 0, bucket = 0, code = 0, people = 0]) => {
          const key = keyOf(metricCodes.get(metric), video, bucket)
          const counts = found.get(key) ?? new Int32Array(CELL_COUNT)
          addToCell(counts, code, people)
          found.set(key, counts)
        },
      )
      return {
        of: ({ metric, videoId, bucket }) =>
          found.get(keyOf(metric, videoId, bucket)) ?? new Int32Array(CELL_COUNT),
      }
    },
    kindOf: (generation) => signs.kindOf(generation),
    signByTime: (taken, fence) => signs.sign(taken, 'by time', fence),
    // People of a pool were marked when their buckets passed into it.
    marksFor: ({ of }) => of === 'video',
    async storeEnds(rows, generation) {
      const lines = rows.map(({ id, metric, bucket, from_at, to_at }) =>
        JSON.stringify({
          metric,
          video_id: id,
          bucket,
          from_at,
          to_at,
          generation: generation.toString(),
        }),
      )
      await vault.insert(
        'insert into vault.video_buckets (metric, video_id, bucket, from_at, to_at, generation) format JSONEachRow',
        [Buffer.from(lines.join('\n'))],
      )
    },
    async hasEnds({ metric, id, bucket }) {
      const rows = await vault.rows(
        z.object({ found: z.number() }),
        `select toUInt8(1) as found from vault.video_buckets
         where metric = {metric:String} and video_id = {video_id:UInt64} and bucket = {bucket:UInt32}
         limit 1`,
        { metric, video_id: id, bucket },
      )
      return rows.length > 0
    },
    mark: (generation, kind, fence) =>
      vault.insertSelect(kind === 'taken' ? MARK_TAKEN : MARK_BY_TIME, {
        taken: generation,
        generation: fence,
      }),
    async countMarked(pools) {
      const found = pools.map(() => new Int32Array(CELL_COUNT))
      for (const [metric, some] of Map.groupBy(pools.entries(), ([, pool]) => pool.metric)) {
        const members = some.flatMap(([index, pool]) =>
          pool.members.map(({ videoId, bucket }) => `(${videoId},${bucket},${index})`),
        )
        const ids = new Set(some.flatMap(([, pool]) => pool.members.map(({ videoId }) => videoId)))
        const rows = await vault.read(countMarkedStatement(metric), {
          ids: [...ids],
          members: `[${members.join(',')}]`,
        })
        // The pool stands where a key stands.
        await eachFixedRow(rows, { keys: 1, numbers: 2 }, ([pool = 0n], [code = 0, people = 0]) => {
          const counts = found[Number(pool)]
          if (counts !== undefined) addToCell(counts, code, people)
        })
      }
      return found
    },
    drop: (generation) => signs.drop(generation),
    kept: (through) => signs.kept(through),
  }
}

function keyOf(metric: BrokenDownMeasure | undefined, videoId: bigint, bucket: number): string {
  return `${metric}/${videoId}/${bucket}`
}

function spanOf(ends: readonly BucketEnd[]): Pick<BucketEnd, 'fromS' | 'toS'> {
  return {
    fromS: Math.min(...ends.map(({ fromS }) => fromS)),
    toS: Math.max(...ends.map(({ toS }) => toS)),
  }
}

function endsParam(ends: readonly BucketEnd[]): string {
  return `[${ends.map(({ videoId, bucket, toS }) => `(${videoId},${bucket},${toS})`).join(',')}]`
}

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

function takeStatement(metric: BrokenDownMeasure, isLately: boolean): string {
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

const COUNT = `
    select video_id, toUInt32(metric) as code, bucket, arrayJoin(${codesOf('dims')}) as cell,
      toUInt32(count()) as counted
    from vault.bucket_snapshots final
    where generation = {generation:UInt64} and video_id != 0 and bucket > 0
    group by video_id, code, bucket, cell
    format RowBinaryWithNamesAndTypes`

function countMarkedStatement(metric: BrokenDownMeasure): string {
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

const MARK_TAKEN = `
    insert into vault.people (metric, video_id, person, total, dims)
    select metric, video_id, person, ${NEVER}, ${markedAs('bucket', 'dims')}
    from vault.bucket_snapshots final
    where generation = {taken:UInt64} and video_id != 0 and ${VAULT_FENCE}`

const decided = `
      select metric, video_id, bucket, toUInt64(toUnixTimestamp(to_at)) * 1000 as to_ms
      from vault.video_buckets final
      where generation = {taken:UInt64}`

const MARK_BY_TIME = `
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
