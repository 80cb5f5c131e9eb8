// Whom buckets count: their first acts are held fast before a number is drawn, counted by attribute, and marked once it is decided.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import type { DecidedMarks } from '../decided-publisher.ts'
import { eachFixedRow } from '#infra/clickhouse/fixed-rows.ts'
import { SINCE_ROOM_S } from '../packed-acts.ts'
import { createSnapshotSigns } from '../snapshot-signs.ts'
import type { SnapshotSigns } from '../snapshot-signs.ts'
import type { BucketRow } from './bucket-rows.ts'
import {
  COUNT,
  countMarkedStatement,
  MARK_BY_TIME,
  MARK_TAKEN,
  takeStatement,
} from './bucket-statements.ts'
import { addToCell, CELL_COUNT } from './cell-grid.ts'
import { spanOf } from './published-people.ts'

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

/** The codes of `metric` in the vault's tables. */
const metricCodes: ReadonlyMap<number, BrokenDownMeasure> = new Map([
  [0, 'viewers'],
  [1, 'likers'],
  [2, 'commenters'],
  [3, 'remixers'],
  [4, 'saves'],
  [6, 'shares'],
])

/** Ends of one statement: a server takes parameters of 128 KiB, an end has some 40 bytes. */
const ENDS_MAX = 3000

const DAY_S = 86_400
/** Longer buckets take every unsealed one of the video, also who came in late. */
const SHORT_S = 2 * DAY_S
const WEEK_DAYS = 7

export function createBucketSnapshot(vault: ClickhouseStore): BucketSnapshot {
  const signs = createSnapshotSigns(vault, 'bucket_snapshots')

  async function take(ends: readonly BucketEnd[], generation: bigint): Promise<void> {
    for (const [metric, own] of Map.groupBy(ends, (end) => end.metric)) {
      const videos = Map.groupBy(own, ({ videoId }) => videoId)
      for (const [lately, some] of Map.groupBy(videos, ([id, each]) => isLately(id, each))) {
        const buckets = some.flatMap(([, each]) => each)
        const { fromS, toS } = spanOf(buckets)
        const among = lately ? { since_s: fromS - SINCE_ROOM_S, to_s: toS + SINCE_ROOM_S } : {}
        for (const part of chunksOf(some, ENDS_MAX, ([, each]) => each.length)) {
          await vault.insertSelect(takeStatement(metric, lately), {
            generation,
            ids: part.map(([videoId]) => videoId),
            ends: endsParam(part.flatMap(([, each]) => each)),
            ...among,
          })
        }
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
      // Rows of a bucket follow each other: there are a hundred or more of each.
      let last = { video: 0n, metric: -1, bucket: 0, counts: new Int32Array() }
      await eachFixedRow(
        rows,
        { keys: 1, numbers: 4 },
        ([video = 0n], [metric = 0, bucket = 0, code = 0, people = 0]) => {
          if (video !== last.video || bucket !== last.bucket || metric !== last.metric) {
            last = { video, metric, bucket, counts: new Int32Array(CELL_COUNT) }
            found.set(keyOf(metricCodes.get(metric), video, bucket), last.counts)
          }
          addToCell(last.counts, code, people)
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
          pool.members.map(({ videoId, bucket }) => ({ videoId, bucket, index })),
        )
        for (const part of chunksOf(members, ENDS_MAX, () => 1)) {
          const texts = part.map(({ videoId, bucket, index }) => `(${videoId},${bucket},${index})`)
          const rows = await vault.read(countMarkedStatement(metric), {
            ids: [...new Set(part.map(({ videoId }) => videoId))],
            members: `[${texts.join(',')}]`,
          })
          // The pool stands where a key stands.
          await eachFixedRow(
            rows,
            { keys: 1, numbers: 2 },
            ([pool = 0n], [code = 0, people = 0]) => {
              const counts = found[Number(pool)]
              if (counts !== undefined) addToCell(counts, code, people)
            },
          )
        }
      }
      return found
    },
    drop: (generation) => signs.drop(generation),
    kept: (through) => signs.kept(through),
  }
}

/**
 * Whether buckets of a video take their people from the facts of their time: short ones, but for one a
 * week, so that whoever came in late does not wait for as long as a video is busy. Weeks of videos
 * begin on different days: not all are read as a whole at once.
 */
export function isLately(videoId: bigint, buckets: readonly BucketEnd[]): boolean {
  const { fromS, toS } = spanOf(buckets)
  const weekOf = (atS: number): number =>
    Math.floor((Math.floor(atS / DAY_S) + Number(videoId % BigInt(WEEK_DAYS))) / WEEK_DAYS)
  return toS - fromS <= SHORT_S && weekOf(fromS) === weekOf(toS)
}

/** Cuts values into chunks of up to `most`, each value as large as `sizeOf` says. */
function* chunksOf<T>(
  values: readonly T[],
  most: number,
  sizeOf: (value: T) => number,
): Generator<readonly T[]> {
  let chunk: T[] = []
  let size = 0
  for (const value of values) {
    if (chunk.length > 0 && size + sizeOf(value) > most) {
      yield chunk
      chunk = []
      size = 0
    }
    chunk.push(value)
    size += sizeOf(value)
  }
  if (chunk.length > 0) yield chunk
}

function keyOf(metric: BrokenDownMeasure | undefined, videoId: bigint, bucket: number): string {
  return `${metric}/${videoId}/${bucket}`
}

function endsParam(ends: readonly BucketEnd[]): string {
  return `[${ends.map(({ videoId, bucket, toS }) => `(${videoId},${bucket},${toS})`).join(',')}]`
}
