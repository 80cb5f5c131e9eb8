// After counting: shows the catalogue, to creators all of theirs (directory), to analysts what is public (rollups).
import { dateTime64 } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { CreatorRecord, VideoRecord } from '#schemas/catalogue.ts'
import { chunksOf, insertRows } from './catalogue-rows.ts'
import type { Row, Versioned } from './catalogue-rows.ts'

type VideoVersion = Versioned<VideoRecord>

/** Shows videos and creators. Repeating it changes nothing. */
export async function showCatalogue(
  rollups: ClickhouseStore,
  videos: readonly VideoVersion[],
  creators: readonly Versioned<CreatorRecord>[],
): Promise<void> {
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
