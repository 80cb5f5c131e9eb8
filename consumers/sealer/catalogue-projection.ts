// Projects the catalogue: whose a video's counts are (vault), what its creator sees (directory), what all see (rollups).
import { z } from 'zod'
import { dateTime64 } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { CreatorRecord, VideoRecord } from '#schemas/catalogue.ts'
import { startOf } from '#schemas/spans.ts'

/** A record of the catalogue with its offset, which is its version. */
export interface Versioned<T> {
  readonly record: T
  readonly version: bigint
}

/** Starts of spans in Unix seconds. */
export interface DirtyByCatalogue {
  readonly minutes: ReadonlySet<number>
  readonly quarters: ReadonlySet<number>
}

export interface CatalogueProjection {
  /**
   * Before counting: attributes videos to creators. @returns the spans that hold counts of videos
   * whose creator is new or another now.
   */
  attribute(videos: readonly Versioned<VideoRecord>[]): Promise<DirtyByCatalogue>
  /** After counting: shows videos and creators. Repeating it changes nothing. */
  show(
    videos: readonly Versioned<VideoRecord>[],
    creators: readonly Versioned<CreatorRecord>[],
  ): Promise<void>
}

export interface ProjectionStores {
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
}

/** Videos of one statement: their ids go in its URL, which may have a megabyte. */
const STATEMENT_VIDEOS_MAX = 5000

/** Events may reach us this much earlier than the video's stated publication. */
const BEFORE_PUBLICATION_MS = 86_400_000

const shownSchema = z.object({ id: z.string(), creator: z.string() })
const spanSchema = z.object({ minute: z.number() })

export function createCatalogueProjection(stores: ProjectionStores): CatalogueProjection {
  const { vault, rollups } = stores
  return {
    async attribute(videos) {
      const minutes = new Set<number>()
      for (const some of chunksOf(videos)) {
        await insertRows(vault, 'vault.attribution', some.map(attributionRow))
        const moved = await movedVideos(rollups, some)
        if (moved.length === 0) continue
        for (const minute of await minutesOf(vault, moved)) minutes.add(minute)
      }
      const quarters = new Set([...minutes].map((minute) => startOf('quarter', minute)))
      return { minutes, quarters }
    },
    async show(videos, creators) {
      for (const some of chunksOf(creators)) {
        await insertRows(rollups, 'directory.creators', some.map(creatorRow))
      }
      for (const some of chunksOf(videos)) {
        const hidden = some.filter(({ record }) => record.visibility !== 'public')
        await removeTitles(rollups, hidden)
        const open = some.filter(({ record }) => record.visibility === 'public')
        await insertRows(rollups, 'rollups.videos', open.map(publicRow))
        await insertRows(rollups, 'directory.videos', some.map(directoryRow))
      }
    },
  }
}

function* chunksOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += STATEMENT_VIDEOS_MAX) {
    yield all.slice(from, from + STATEMENT_VIDEOS_MAX)
  }
}

type VideoVersion = Versioned<VideoRecord>

/** Videos whose creator differs from the one that is shown: new ones above all. */
async function movedVideos(
  rollups: ClickhouseStore,
  videos: readonly VideoVersion[],
): Promise<readonly VideoVersion[]> {
  const rows = await rollups.rows(
    shownSchema,
    `select toString(video_id) as id, toString(creator_id) as creator
     from directory.videos final where video_id in {ids:Array(UInt64)}`,
    { ids: videos.map(({ record }) => record.video_id) },
  )
  const shown = new Map(rows.map(({ id, creator }) => [id, creator]))
  return videos.filter(
    ({ record }) => shown.get(String(record.video_id)) !== String(record.creator_id),
  )
}

/** Minutes that hold facts of the videos, read from the earliest publication on. */
async function minutesOf(
  vault: ClickhouseStore,
  videos: readonly VideoVersion[],
): Promise<readonly number[]> {
  const publishedMs = Math.min(...videos.map(({ record }) => Number(record.published_at)))
  const fromS = Math.max(0, Math.floor((publishedMs - BEFORE_PUBLICATION_MS) / 1000))
  const rows = await vault.rows(
    spanSchema,
    `select distinct toUnixTimestamp(toStartOfMinute(slot)) as minute from vault.facts
     where video_id in {ids:Array(UInt64)} and slot >= toDateTime({from:UInt32}, 'UTC')`,
    { ids: videos.map(({ record }) => record.video_id), from: fromS },
  )
  return rows.map(({ minute }) => minute)
}

/** Takes the rows of videos out that are not public any more: a superseded row would still be read. */
async function removeTitles(
  rollups: ClickhouseStore,
  hidden: readonly VideoVersion[],
): Promise<void> {
  if (hidden.length === 0) return
  await rollups.command('delete from rollups.videos where video_id in {ids:Array(UInt64)}', {
    ids: hidden.map(({ record }) => record.video_id),
  })
}

type Row = Readonly<Record<string, string | number>>

async function insertRows(
  store: ClickhouseStore,
  table: string,
  rows: readonly Row[],
): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const body = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const columns = Object.keys(first).join(', ')
  await store.insert(`insert into ${table} (${columns}) format JSONEachRow`, [Buffer.from(body)])
}

function attributionRow({ record, version }: VideoVersion): Row {
  return {
    video_id: record.video_id.toString(),
    creator_id: record.creator_id.toString(),
    visibility: record.visibility,
    published_at: dateTime64(Number(record.published_at)),
    version: version.toString(),
  }
}

function publicRow({ record, version }: VideoVersion): Row {
  return {
    video_id: record.video_id.toString(),
    creator_id: record.creator_id.toString(),
    published_at: dateTime64(Number(record.published_at)),
    duration_ms: record.duration_ms,
    title: record.title,
    kind: record.kind,
    version: version.toString(),
  }
}

function directoryRow(versioned: VideoVersion): Row {
  const { record } = versioned
  return {
    ...publicRow(versioned),
    visibility: record.visibility,
    original_video_id: record.original_video_id.toString(),
    thumbnail_url: record.thumbnail_url,
  }
}

function creatorRow({ record, version }: Versioned<CreatorRecord>): Row {
  return {
    creator_id: record.creator_id.toString(),
    handle: record.handle,
    time_zone: record.time_zone,
    version: version.toString(),
  }
}
