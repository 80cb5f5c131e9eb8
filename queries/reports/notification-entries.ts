// Reads the feed of a creator: the view decides what is so and what may be seen, here it is only put in order and cut.
import { z } from 'zod'
import { idArray } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { remixTypes } from '#schemas/notification.ts'
import type { RemixType } from '#schemas/notification.ts'

export interface Entry {
  readonly type: RemixType
  /** The original video. */
  readonly videoId: string
  readonly title: string
  readonly derivedVideoId: string
  readonly derivedTitle: string
  /** Whose the derived video is. */
  readonly creatorId: string
  readonly occurredAtMs: number
}

export interface EntriesQuery {
  /** Who is told. */
  readonly creatorId: string
  /** The entry before the first one; null: from the newest. */
  readonly after: Pick<Entry, 'occurredAtMs' | 'derivedVideoId'> | null
  readonly limit: number
}

/** Ids of one statement: they go in its URL, of which a field may have 128 KB. */
const STATEMENT_IDS_MAX = 5000

const entrySchema = z.object({
  type: z.enum(remixTypes),
  videoId: z.string(),
  title: z.string(),
  derivedVideoId: z.string(),
  derivedTitle: z.string(),
  creatorId: z.string(),
  occurredAtMs: z.coerce.number(),
})

/** Entries by time descending; of one millisecond the higher derived video first. */
export function readEntries(
  store: ClickhouseStore,
  { creatorId, after, limit }: EntriesQuery,
): Promise<readonly Entry[]> {
  const behind =
    after === null
      ? ''
      : `where (toUnixTimestamp64Milli(occurred_at), derived_video_id)
           < ({after_ms:Int64}, {after_id:UInt64})`
  return store.rows(
    entrySchema,
    `select type, toString(video_id) as videoId, title,
       toString(derived_video_id) as derivedVideoId, derived_title as derivedTitle,
       toString(derived_creator_id) as creatorId,
       toUnixTimestamp64Milli(occurred_at) as occurredAtMs
     from directory.shown_notifications(
       creator_id = {creator_id:UInt64}, derived_video_ids = [])
     ${behind}
     order by occurred_at desc, derived_video_id desc limit {limit:UInt32}`,
    {
      creator_id: creatorId,
      limit,
      ...(after === null
        ? {}
        : { after_ms: String(after.occurredAtMs), after_id: after.derivedVideoId }),
    },
  )
}

/** Handles of the creators that have one, by id. */
export async function readHandles(
  store: ClickhouseStore,
  creatorIds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const handles = new Map<string, string>()
  const ids = [...creatorIds]
  for (let from = 0; from < ids.length; from += STATEMENT_IDS_MAX) {
    const rows = await store.rows(
      z.object({ creatorId: z.string(), handle: z.string() }),
      `select toString(creator_id) as creatorId, handle from directory.creators final
       where creator_id in {creator_ids:Array(UInt64)}`,
      { creator_ids: idArray(ids.slice(from, from + STATEMENT_IDS_MAX)) },
    )
    for (const { creatorId, handle } of rows) handles.set(creatorId, handle)
  }
  return handles
}
