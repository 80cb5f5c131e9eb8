// Turns records of the catalogue into rows of `vault.titles`: what a save list may show of a video.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { LogRecord } from '#infra/kafka/event-log.ts'
import type { VideoRecord } from '#schemas/catalogue.ts'
import { isId } from '#schemas/ids.ts'
import type { RowBuffer } from '../rows/row-consumer.ts'

/** A row of `vault.titles`; the highest `version`, the record's offset, counts. */
export interface TitleRow {
  readonly video_id: string
  readonly creator_id: string
  readonly visible: boolean
  readonly title: string
  readonly duration_ms: number
  readonly thumbnail_url: string
  readonly version: string
}

export const TITLES_INSERT = `
  insert into vault.titles
    (video_id, creator_id, visible, title, duration_ms, thumbnail_url, version)
  format JSONEachRow`

/** Rows of one insert: at most about 8 MB of JSON, with titles and addresses of full length. */
const ROWS_MAX = 2000

/**
 * The row of a video. What no viewer may see leaves nothing behind but whose it is, which tells own
 * acts apart.
 */
export function titleRowOf(video: VideoRecord, offset: bigint): TitleRow {
  const visible = video.visibility === 'public' || video.visibility === 'unlisted'
  return {
    video_id: video.video_id.toString(),
    creator_id: video.creator_id.toString(),
    visible,
    title: visible ? video.title : '',
    duration_ms: visible ? video.duration_ms : 0,
    thumbnail_url: visible ? video.thumbnail_url : '',
    version: offset.toString(),
  }
}

/** The row of a removed key: a video without its record is shown like one that was never known. */
export function removedRowOf(key: Buffer | null, offset: bigint): TitleRow | null {
  const video_id = key?.toString('utf8') ?? ''
  if (!isId(video_id)) return null
  const nothing = { creator_id: '0', visible: false, title: '', duration_ms: 0, thumbnail_url: '' }
  return { video_id, ...nothing, version: offset.toString() }
}

/** Records that are no video are passed over: the catalogue's own producer encodes them all. */
export function createTitlesBuffer(): RowBuffer<readonly Uint8Array[]> {
  const codec = openAvroCodec<VideoRecord>('video-v1')
  let rows: TitleRow[] = []
  const rowOf = ({ key, value, offset }: LogRecord): TitleRow | null => {
    if (value === null) return removedRowOf(key, offset)
    const video = codec.decode(value)
    return video === null ? null : titleRowOf(video, offset)
  }
  return {
    get rows() {
      return rows.length
    },
    isFull: () => rows.length >= ROWS_MAX,
    add(record) {
      const row = rowOf(record)
      if (row !== null) rows.push(row)
    },
    drain() {
      const body = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))
      rows = []
      return [body]
    },
  }
}
