// The vault as the save lists see it: lists are read as `saves_reader` through a view of one user's rows, acts are judged and written as `saves_writer`.
import { z } from 'zod'
import { idArray } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { Cursor, SaveOrder } from './page-tokens.ts'

/** A pair's row: the newest act on it. `saved: false` is a tombstone. */
export interface StoredSave {
  readonly videoId: string
  readonly saved: boolean
  readonly savedAtMs: number
  readonly version: bigint
}

export interface Pair {
  readonly userId: string
  readonly videoId: string
}

/** What the catalogue says of a video, as far as a save list shows it. */
export interface VideoTitle {
  readonly creatorId: string
  /** Whether any viewer may see it; otherwise the other fields but the creator are empty. */
  readonly visible: boolean
  readonly title: string
  readonly durationMs: number
  readonly thumbnailUrl: string
}

export interface NewSave extends StoredSave, Pair {}

export interface PageQuery {
  readonly order: SaveOrder
  readonly rows: number
  readonly cursor: Cursor | null
}

/** All methods throw PipelineError `store_*`. */
export interface SaveStore {
  /** Saved pairs of a user behind the cursor, in order of (saved_at, video_id). */
  page(userId: string, query: PageQuery): Promise<readonly StoredSave[]>
  /** Rows of pairs, one each in their order; null: nothing was ever done. Tombstones are rows. */
  pairs(pairs: readonly Pair[]): Promise<readonly (StoredSave | null)[]>
  /** Titles by video id; a video that the catalogue doesn't know is left out. */
  titles(videoIds: readonly string[]): Promise<ReadonlyMap<string, VideoTitle>>
  /** Resolves once the rows are stored. A repeat changes nothing. */
  insert(rows: readonly NewSave[]): Promise<void>
  /** Resolves when the vault answers. */
  probe(): Promise<void>
}

export interface SaveStoreOptions {
  readonly reader: ClickhouseStore
  readonly writer: ClickhouseStore
}

export function createSaveStore({ reader, writer }: SaveStoreOptions): SaveStore {
  return {
    page: (userId, query) => reader.rows(saveRow, pageSql(query), pageParams(userId, query)),
    async pairs(pairs) {
      const params = {
        user_ids: idArray(pairs.map(({ userId }) => userId)),
        video_ids: idArray(pairs.map(({ videoId }) => videoId)),
      }
      const rows = await writer.rows(pairRow, pairsSql, params)
      const byPair = new Map(rows.map(({ user, save }) => [`${user}/${save.videoId}`, save]))
      return pairs.map(({ userId, videoId }) => byPair.get(`${userId}/${videoId}`) ?? null)
    },
    async titles(videoIds) {
      if (videoIds.length === 0) return new Map()
      const params = { video_ids: idArray(videoIds) }
      return new Map(await reader.rows(titleRow, titlesSql, params))
    },
    insert: (rows) => writer.insert(insertSql, [toJsonLines(rows)]),
    probe: () => reader.command('select 1 format Null'),
  }
}

const saveFields = z.object({
  id: z.string(),
  saved: z.boolean(),
  saved_at_ms: z.string(),
  version: z.string(),
})

const saveRow = saveFields.transform(toStoredSave)

const pairRow = saveFields
  .extend({ user: z.string() })
  .transform((fields) => ({ user: fields.user, save: toStoredSave(fields) }))

function toStoredSave(fields: z.infer<typeof saveFields>): StoredSave {
  return {
    videoId: fields.id,
    saved: fields.saved,
    savedAtMs: Number(fields.saved_at_ms),
    version: BigInt(fields.version),
  }
}

const saveColumns = `
    toString(video_id) as id, saved,
    toString(toUnixTimestamp64Milli(saved_at)) as saved_at_ms, toString(version) as version`

const pairsSql = `
  select toString(user_id) as user, ${saveColumns}
  from vault.saves final
  where (user_id, video_id) in (
    select arrayJoin(arrayZip({user_ids:Array(UInt64)}, {video_ids:Array(UInt64)})))`

/** `saved` is judged after the newest version won, hence `where`: before it, tombstones are lost. */
function pageSql({ order, cursor }: PageQuery): string {
  const [before, direction] = order === 'newest' ? ['<', 'desc'] : ['>', 'asc']
  const behind =
    cursor === null
      ? ''
      : `and (saved_at, video_id) ${before}
         (fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC'), {after_id:UInt64})`
  return `
  select ${saveColumns}
  from vault.save_list(user_id = {user_id:UInt64})
  where saved ${behind}
  order by saved_at ${direction}, video_id ${direction}
  limit {rows:UInt32}`
}

function pageParams(userId: string, { rows, cursor }: PageQuery): Record<string, string | number> {
  const after = cursor === null ? {} : { after_ms: cursor.savedAtMs, after_id: cursor.videoId }
  return { user_id: userId, rows, ...after }
}

const titleRow = z
  .object({
    id: z.string(),
    creator: z.string(),
    visible: z.boolean(),
    title: z.string(),
    duration_ms: z.number(),
    thumbnail_url: z.string(),
  })
  .transform(
    ({ id, creator, visible, title, duration_ms, thumbnail_url }): [string, VideoTitle] => [
      id,
      { creatorId: creator, visible, title, durationMs: duration_ms, thumbnailUrl: thumbnail_url },
    ],
  )

const titlesSql = `
  select toString(video_id) as id, toString(creator_id) as creator, visible, title, duration_ms,
    thumbnail_url
  from vault.save_titles(video_ids = {video_ids:Array(UInt64)})`

const insertSql =
  'insert into vault.saves (user_id, video_id, saved, saved_at, version) format JSONEachRow'

function toJsonLines(rows: readonly NewSave[]): Buffer {
  const lines = rows.map(({ userId, videoId, saved, savedAtMs, version }) =>
    JSON.stringify({
      user_id: userId,
      video_id: videoId,
      saved,
      // Seconds with the fraction's three digits, which needs no setting to be read.
      saved_at: (savedAtMs / 1000).toFixed(3),
      version: version.toString(),
    }),
  )
  return Buffer.from(lines.join('\n'))
}
