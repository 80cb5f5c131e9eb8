// What the sealer knows of every video: its open leaf, and how far it was walked. Bounded by the catalogue, some 300 bytes a video.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { CreatorRecord, VideoRecord } from '#schemas/catalogue.ts'
import { eachFixedRow } from '#infra/clickhouse/fixed-rows.ts'
import type { OpenLeaf } from './ladder.ts'
import type { LeafRow } from './leaf-rows.ts'

export interface VideoState {
  readonly videoId: bigint
  creatorId: bigint
  readonly startS: number
  /** When it was deleted; null: it is there. */
  deletedAtS: number | null
  leaf: OpenLeaf
  /** Edge through which the views of the open leaf are added up; null: those before it are not known. */
  walkedToS: number | null
}

export interface VideoStates {
  /** Takes newer records of the catalogue in. */
  learn(videos: readonly VideoRecord[], creators: readonly CreatorRecord[]): void
  /** Takes published leaves in: each opens the next one. */
  publish(rows: readonly LeafRow[]): void
  timeZoneOf(creatorId: bigint): string
  readonly all: Iterable<VideoState>
}

const HOUR_S = 3600
const LAST_S = 2 ** 32 - 1

/** Leaves begin at the hour of publication. */
function startOfLeaves(publishedAtMs: number): number {
  const atS = Math.min(LAST_S, Math.max(0, publishedAtMs / 1000))
  return Math.floor(atS / HOUR_S) * HOUR_S
}

const zoneSchema = z.object({ creator: z.string(), time_zone: z.string() })

/** Reads what the catalogue and the published leaves say. */
export async function openVideoStates(
  vault: ClickhouseStore,
  rollups: ClickhouseStore,
): Promise<VideoStates> {
  const states = new Map<bigint, VideoState>()
  const zones = new Map<bigint, string>()

  const attributed = await vault.read(
    `select video_id, creator_id,
       toUInt32(least(${LAST_S}, greatest(0, intDiv(toUnixTimestamp64Milli(published_at), 1000))))
         as published_s,
       if(visibility = 'deleted', toUInt32(greatest(1, toUnixTimestamp(tupleElement(closed[-1], 1)))), 0)
         as deleted_s
     from vault.attribution final
     format RowBinaryWithNamesAndTypes`,
  )
  await eachFixedRow(
    attributed,
    { keys: 2, numbers: 2 },
    (keys, [publishedS = 0, deletedS = 0]) => {
      const [videoId = 0n, creatorId = 0n] = keys
      const deletedAtS = deletedS === 0 ? null : deletedS
      states.set(
        videoId,
        newState({ videoId, creatorId, publishedMs: publishedS * 1000, deletedAtS }),
      )
    },
  )
  const rows = await rollups.rows(
    zoneSchema,
    'select toString(creator_id) as creator, time_zone from directory.creators final',
  )
  for (const { creator, time_zone } of rows) zones.set(BigInt(creator), time_zone)
  const last = await rollups.read(
    `select video_id, reinterpretAsUInt64(toInt64(sum(saves))) as saved,
       toUInt32(max(leaf)) as last_leaf, toUInt32(toUnixTimestamp(argMax(to_at, leaf))) as to_s
     from rollups.video_leaves final
     group by video_id
     format RowBinaryWithNamesAndTypes`,
  )
  await eachFixedRow(
    last,
    { keys: 2, numbers: 2 },
    ([video = 0n, saves = 0n], [leaf = 0, to = 0]) =>
      open(states.get(video), {
        ordinal: leaf + 1,
        fromS: to,
        savesBefore: Number(BigInt.asIntN(64, saves)),
      }),
  )

  return {
    learn(videos, creators) {
      for (const { creator_id, time_zone } of creators) zones.set(creator_id, time_zone)
      for (const record of videos) {
        const { video_id: videoId, creator_id: creatorId, visibility, updated_at } = record
        const deletedAtS = visibility === 'deleted' ? Number(updated_at / 1000n) : null
        const known = states.get(videoId)
        if (known === undefined) {
          const publishedMs = Number(record.published_at)
          states.set(videoId, newState({ videoId, creatorId, publishedMs, deletedAtS }))
        } else {
          known.creatorId = creatorId
          known.deletedAtS ??= deletedAtS
        }
      }
    },
    publish(rowsPublished) {
      for (const { video_id, leaf, to_at, saves } of rowsPublished) {
        const state = states.get(BigInt(video_id))
        // One that was walked by us knows it already.
        if (state === undefined || state.leaf.ordinal > leaf) continue
        open(state, {
          ordinal: leaf + 1,
          fromS: to_at,
          savesBefore: state.leaf.savesBefore + saves,
        })
      }
    },
    timeZoneOf: (creatorId) => zones.get(creatorId) ?? 'UTC',
    get all() {
      return states.values()
    },
  }
}

interface NewState {
  readonly videoId: bigint
  readonly creatorId: bigint
  readonly publishedMs: number
  readonly deletedAtS: number | null
}

function newState({ videoId, creatorId, publishedMs, deletedAtS }: NewState): VideoState {
  const startS = startOfLeaves(publishedMs)
  const sums = { savesBefore: 0, viewsBefore: 0, views: 0, firstDayViews: 0 }
  const leaf = { ordinal: 1, fromS: startS, ...sums }
  return { videoId, creatorId, startS, deletedAtS, leaf, walkedToS: null }
}

/** Opens a leaf of which no views are known yet. */
function open(
  state: VideoState | undefined,
  leaf: Pick<OpenLeaf, 'ordinal' | 'fromS' | 'savesBefore'>,
): void {
  // Numbers of a video that the catalogue has lost stay as they are.
  if (state === undefined) return
  state.leaf = { ...leaf, viewsBefore: 0, views: 0, firstDayViews: 0 }
  state.walkedToS = null
}
