// Whom a seal counts: their first acts are held fast before a number is drawn, counted, and marked as sealed once it is decided.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { guardedNames } from '#schemas/guarded.ts'
import type { DecidedMarks } from '../decided-publisher.ts'
import { VAULT_FENCE } from '../fence.ts'
import { ATTRIBUTE_BITS, ATTRIBUTES, NEVER, ORDINALS_END, SINCE_ROOM_S } from '../packed-acts.ts'
import { createSnapshotSigns } from '../snapshot-signs.ts'
import type { SnapshotSigns } from '../snapshot-signs.ts'
import { numbersByKey } from '#infra/clickhouse/fixed-rows.ts'
import { EDGE_S } from './ladder.ts'

/** Videos whose people are held fast. */
export interface SnapshotVideos {
  readonly videoIds: readonly bigint[]
  /**
   * Where none of their open leaves began before: people come from the facts of the time since then, and
   * of ten minutes before. Null: every unsealed one of the videos, also who came in late.
   */
  readonly sinceS: number | null
}

/** A leaf that was decided. */
export interface LeafEnd {
  readonly video_id: string
  readonly leaf: number
  /** Unix seconds. */
  readonly from_at: number
  readonly to_at: number
}

/** Sealed people per edge, ascending: [toS, saves, unsaves, shares, toS, ...]. */
export type ActSteps = readonly number[]

export interface SealSnapshot extends DecidedMarks<LeafEnd>, Pick<SnapshotSigns, 'kept'> {
  /**
   * Holds fast who acted before `toS` for the first time and is not sealed. What is stored later, or
   * earlier acts of the same people, belongs to later leaves. @param generation names it.
   */
  take(groups: readonly SnapshotVideos[], toS: number, generation: bigint): Promise<void>
  /** First acts by video. */
  count(generation: bigint): Promise<ReadonlyMap<bigint, ActSteps>>
}

const isGuarded = `metric in (${guardedNames.map((each) => `'${each}'`).join(', ')})`

export function createSealSnapshot(vault: ClickhouseStore): SealSnapshot {
  const signs = createSnapshotSigns(vault, 'seal_snapshots')
  return {
    async take(groups, toS, generation) {
      const params = { to_ms: toS * 1000, generation }
      for (const { videoIds, sinceS } of groups) {
        if (videoIds.length === 0) continue
        const among = sinceS === null ? {} : { since_s: sinceS - SINCE_ROOM_S, to_s: toS }
        await vault.insertSelect(takeStatement(sinceS !== null), {
          ...params,
          ...among,
          ids: videoIds,
        })
      }
      // At last: a backup that is taken meanwhile must not have one that looks whole and is not.
      await signs.sign(generation, 'taken', generation)
    },
    async count(generation) {
      return numbersByKey(await vault.read(COUNT, { generation }), 1 + guardedNames.length)
    },
    kindOf: (generation) => signs.kindOf(generation),
    marksFor: () => true,
    signByTime: (taken, fence) => signs.sign(taken, 'by time', fence),
    async storeEnds(leaves, generation) {
      const lines = leaves.map(({ video_id, leaf, from_at, to_at }) =>
        JSON.stringify({ video_id, leaf, from_at, to_at, generation: generation.toString() }),
      )
      await vault.insert(
        'insert into vault.video_leaves (video_id, leaf, from_at, to_at, generation) format JSONEachRow',
        [Buffer.from(lines.join('\n'))],
      )
    },
    async hasEnds({ video_id, leaf }) {
      const rows = await vault.rows(
        z.object({ found: z.number() }),
        `select toUInt8(1) as found from vault.video_leaves
         where video_id = {video_id:UInt64} and leaf = {leaf:UInt32} limit 1`,
        { video_id, leaf },
      )
      return rows.length > 0
    },
    mark: (generation, kind, fence) =>
      vault.insertSelect(kind === 'taken' ? MARK_TAKEN : MARK_BY_TIME, {
        taken: generation,
        generation: fence,
      }),
    drop: (generation) => signs.drop(generation),
    kept: (through) => signs.kept(through),
  }
}

function takeStatement(isLately: boolean): string {
  const among = isLately
    ? `and (video_id, person) in (
          select video_id, person from vault.facts
          where slot >= toDateTime({since_s:UInt32}, 'UTC') and slot < toDateTime({to_s:UInt32}, 'UTC')
            and type in ('save', 'unsave', 'share') and video_id in {ids:Array(UInt64)}
        )`
    : ''
  return `
    insert into vault.seal_snapshots (generation, metric, video_id, person, total)
    select {generation:UInt64}, metric, video_id, person, first
    from (
      select metric, video_id, person, min(total) as first
      from vault.people
      where ${isGuarded} and video_id in {ids:Array(UInt64)} ${among}
      group by metric, video_id, person
    )
    where bitShiftRight(first, ${ATTRIBUTE_BITS}) >= ${ORDINALS_END}
      and bitShiftRight(first, ${ATTRIBUTE_BITS}) < {to_ms:UInt64} and ${VAULT_FENCE}`
}

const COUNT = `
    select video_id,
      toUInt32((intDiv(bitShiftRight(total, ${ATTRIBUTE_BITS}), ${EDGE_S * 1000}) + 1) * ${EDGE_S}) as to_s,
      ${guardedNames.map((each) => `toUInt32(countIf(metric = '${each}')) as ${each}`).join(', ')}
    from vault.seal_snapshots final
    where generation = {generation:UInt64} and video_id != 0
    group by video_id, to_s
    order by video_id, to_s
    format RowBinaryWithNamesAndTypes`

/** Of people with a packed first act `total`: the same with the ordinal of their leaf in place of the time. */
function markStatement(people: string, ofLeaves: string): string {
  return `
    insert into vault.people (metric, video_id, person, total, dims)
    select metric, video_id, person,
      bitOr(bitShiftLeft(toUInt64(leaf), ${ATTRIBUTE_BITS}), bitAnd(total, ${ATTRIBUTES})), ${NEVER}
    from (${people}) as acted
    asof join (
      select video_id, leaf, toUInt64(toUnixTimestamp(to_at)) * 1000 as to_ms
      from vault.video_leaves final
      where generation = {taken:UInt64} and video_id in (${ofLeaves})
    ) as leaves
    on acted.video_id = leaves.video_id and acted.at_ms < leaves.to_ms
    where ${VAULT_FENCE}`
}

const MARK_TAKEN = markStatement(
  `select metric, video_id, person, total, bitShiftRight(total, ${ATTRIBUTE_BITS}) as at_ms
      from vault.seal_snapshots final
      where generation = {taken:UInt64} and video_id != 0`,
  `select video_id from vault.seal_snapshots where generation = {taken:UInt64}`,
)

const MARK_BY_TIME = markStatement(
  `select metric, video_id, person, first as total, bitShiftRight(first, ${ATTRIBUTE_BITS}) as at_ms
      from (
        select metric, video_id, person, min(total) as first
        from vault.people
        where ${isGuarded}
          and video_id in (select video_id from vault.video_leaves where generation = {taken:UInt64})
        group by metric, video_id, person
      )
      where at_ms >= ${ORDINALS_END}`,
  `select video_id from vault.video_leaves where generation = {taken:UInt64}`,
)
