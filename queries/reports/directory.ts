// Reads whose a video is and what its owner calls it; the catalogue's word counts, never an event's.
import { z } from 'zod'
import { idArray } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { videoKinds, visibilities } from '#schemas/catalogue.ts'
import { compareIds } from './filters.ts'

/** A video as far as reports go. */
export interface OwnedVideo {
  readonly videoId: string
  readonly creatorId: string
  readonly publishedAtMs: number
  readonly deleted: boolean
  /** Not public, and not deleted. */
  readonly hidden: boolean
}

/** A video as its owner's list shows it. */
export interface ListedVideo extends OwnedVideo {
  readonly title: string
  readonly durationMs: number
  readonly visibility: (typeof visibilities)[number]
  readonly kind: (typeof videoKinds)[number]
  readonly thumbnailUrl: string
}

const ownedColumns = `toString(video_id) as videoId, toString(creator_id) as creatorId,
  toUnixTimestamp64Milli(published_at) as publishedAtMs, visibility = 'deleted' as deleted,
  visibility not in ('public', 'deleted') as hidden`

const ownedSchema = z.object({
  videoId: z.string(),
  creatorId: z.string(),
  publishedAtMs: z.coerce.number(),
  deleted: z.coerce.boolean(),
  hidden: z.coerce.boolean(),
})

const listedSchema = ownedSchema.extend({
  title: z.string(),
  durationMs: z.number(),
  visibility: z.enum(visibilities),
  kind: z.enum(videoKinds),
  thumbnailUrl: z.string(),
})

/** The videos with these ids that the catalogue knows, whosoever they are, by id ascending. */
export async function readVideosByIds(
  store: ClickhouseStore,
  videoIds: readonly string[],
): Promise<readonly OwnedVideo[]> {
  const rows = await store.rows(
    ownedSchema,
    `select ${ownedColumns} from directory.videos final
     where video_id in {video_ids:Array(UInt64)}`,
    { video_ids: idArray(videoIds) },
  )
  return rows.toSorted((a, b) => compareIds(a.videoId, b.videoId))
}

/** The videos that are a creator's now, by id ascending; the deleted ones are left out. */
export function readVideosOfCreator(
  store: ClickhouseStore,
  creatorId: string,
): Promise<readonly OwnedVideo[]> {
  return videosOfCreator(store, { creatorId, row: ownedSchema, columns: ownedColumns })
}

/** The same with what a list shows of them. */
export function readListOfCreator(
  store: ClickhouseStore,
  creatorId: string,
): Promise<readonly ListedVideo[]> {
  const columns = `${ownedColumns}, title, duration_ms as durationMs, visibility, kind,
    thumbnail_url as thumbnailUrl`
  return videosOfCreator(store, { creatorId, row: listedSchema, columns })
}

interface OfCreator<T> {
  readonly creatorId: string
  readonly row: z.ZodType<T>
  readonly columns: string
}

async function videosOfCreator<T extends OwnedVideo>(
  store: ClickhouseStore,
  { creatorId, row, columns }: OfCreator<T>,
): Promise<readonly T[]> {
  // Not prewhere: it would judge versions of a video that are out of date.
  const rows = await store.rows(
    row,
    `select ${columns} from directory.videos final
     where creator_id = {creator_id:UInt64} and visibility <> 'deleted' and video_id in (
       select video_id from directory.videos_by_creator where creator_id = {creator_id:UInt64})`,
    { creator_id: creatorId },
  )
  return rows.toSorted((a, b) => compareIds(a.videoId, b.videoId))
}

/** Ids of a creator's videos that are not public now, and not deleted. */
export async function readHiddenOfCreator(
  store: ClickhouseStore,
  creatorId: string,
): Promise<ReadonlySet<string>> {
  const rows = await store.rows(
    z.object({ videoId: z.string() }),
    `select toString(video_id) as videoId from directory.videos final
     where creator_id = {creator_id:UInt64} and visibility not in ('public', 'deleted')
       and video_id in (
         select video_id from directory.videos_by_creator where creator_id = {creator_id:UInt64})`,
    { creator_id: creatorId },
  )
  return new Set(rows.map(({ videoId }) => videoId))
}

/** Ids of all the videos that are a creator's now, and whether each is hidden; the deleted ones are among them. */
export function readIdsOfCreator(
  store: ClickhouseStore,
  creatorId: string,
): Promise<readonly Pick<OwnedVideo, 'videoId' | 'hidden'>[]> {
  return store.rows(
    ownedSchema.pick({ videoId: true, hidden: true }),
    `select toString(video_id) as videoId, visibility not in ('public', 'deleted') as hidden
     from directory.videos final
     where creator_id = {creator_id:UInt64} and video_id in (
       select video_id from directory.videos_by_creator where creator_id = {creator_id:UInt64})`,
    { creator_id: creatorId },
  )
}

/** Whether the catalogue knows a creator, by name or by a video that is or was theirs. */
export async function isKnownCreator(store: ClickhouseStore, creatorId: string): Promise<boolean> {
  const rows = await store.rows(
    z.object({ known: z.coerce.boolean() }),
    `select
       (select count() from directory.creators where creator_id = {creator_id:UInt64})
       + (select count() from directory.videos_by_creator where creator_id = {creator_id:UInt64})
       > 0 as known`,
    { creator_id: creatorId },
  )
  return rows[0]?.known ?? false
}
