// Before counting: whose a video is and when it was not public, and which spans that changes.
import { z } from 'zod'
import { dateTime64 } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { visibilities } from '#schemas/catalogue.ts'
import type { VideoRecord, Visibility } from '#schemas/catalogue.ts'
import { spans, startOf } from '#schemas/spans.ts'
import { chunksOf, insertRows } from './catalogue-rows.ts'
import type { ProjectionStores, Row, Versioned } from './catalogue-rows.ts'
import type { DirtySpans } from './dirty-spans.ts'
import { MINUTES_KEPT_S } from './pass-plan.ts'

export interface Attribution {
  /**
   * Attributes videos by their newest records. Repeating it changes nothing.
   * @returns the spans whose counts change by it: those with the past of a video that is new or
   * another's now, and those since it became public or stopped being so.
   */
  attribute(videos: readonly VideoVersion[], nowS: number): Promise<DirtySpans>
}

type VideoVersion = Versioned<VideoRecord>

/** From up to, not with, to; ms since 1970. */
export type Period = readonly [fromMs: number, toMs: number]

/** The end of a period that has none yet: 2200-01-01. */
const NO_END_MS = 7_258_118_400_000

interface Stored {
  readonly visibility: Visibility
  readonly closed: readonly Period[]
}

/**
 * The periods in which a video was not public, once a record says that it is `visibility` since
 * `sinceMs`. What was done before the catalogue knew the video is judged by its first record.
 */
export function closedPeriods(
  before: Stored | null,
  visibility: Visibility,
  sinceMs: number,
): readonly Period[] {
  const isPublic = visibility === 'public'
  if (before === null) return isPublic ? [] : [[0, NO_END_MS]]
  const wasPublic = before.visibility === 'public'
  if (wasPublic === isPublic) return before.closed
  if (wasPublic) return [...before.closed, [sinceMs, NO_END_MS]]
  return before.closed.map(([fromMs, toMs]) => [fromMs, toMs === NO_END_MS ? sinceMs : toMs])
}

export function createAttribution({ vault, rollups }: ProjectionStores): Attribution {
  return {
    async attribute(videos, nowS) {
      const minutes = new Map<number, number>()
      const quarters = new Map<number, number>()
      const mark = (minutesS: Iterable<number>, quartersS: Iterable<number>): void => {
        for (const minute of minutesS) minutes.set(minute, 0)
        for (const quarter of quartersS) quarters.set(quarter, 0)
      }
      for (const some of chunksOf(videos)) {
        await store(some)
        const shown = await readShown(rollups, some)
        const shownOf = ({ record }: VideoVersion): Shown | undefined =>
          shown.get(record.video_id.toString())
        const fresh = some.filter((video) => shownOf(video) === undefined)
        const pastMinutes = await minutesWithFacts(vault, fresh)
        mark(
          pastMinutes,
          pastMinutes.map((minute) => startOf('quarter', minute)),
        )
        const moved = some.filter((video) => isMoved(video, shownOf(video)))
        const published = await quartersPublished(rollups, moved)
        mark(published.flatMap(minutesOf), published)
        for (const { record } of some.filter((video) => isTurned(video, shownOf(video)))) {
          const since = sinceMinute(Number(record.updated_at) / 1000, nowS)
          mark(
            since,
            since.map((minute) => startOf('quarter', minute)),
          )
        }
      }
      return { minutes, quarters }
    },
  }

  async function store(videos: readonly VideoVersion[]): Promise<void> {
    const stored = await readStored(vault, videos)
    const newer = videos.filter(
      ({ record, version }) => version > (stored.get(record.video_id.toString())?.version ?? -1n),
    )
    const rows = newer.map((video) => {
      const before = stored.get(video.record.video_id.toString()) ?? null
      const { visibility, updated_at } = video.record
      return attributionRow(video, closedPeriods(before, visibility, Number(updated_at)))
    })
    await insertRows(vault, 'vault.attribution', rows)
    // All of them: whoever died between the two inserts left the newer ones out here.
    await insertRows(rollups, 'directory.attribution', videos.map(ownerRow))
  }
}

const storedSchema = z
  .object({
    id: z.string(),
    version: z.string(),
    visibility: z.enum(visibilities),
    closed: z.array(z.tuple([z.number(), z.number()])),
  })
  .transform(({ version, ...row }) => ({ ...row, version: BigInt(version) }))

async function readStored(
  vault: ClickhouseStore,
  videos: readonly VideoVersion[],
): Promise<ReadonlyMap<string, z.output<typeof storedSchema>>> {
  const rows = await vault.rows(
    storedSchema,
    `select toString(video_id) as id, toString(version) as version, visibility,
       arrayMap(period -> (toFloat64(toUnixTimestamp64Milli(period.1)),
         toFloat64(toUnixTimestamp64Milli(period.2))), attributed.closed) as closed
     from vault.attribution as attributed final where video_id in {ids:Array(UInt64)}`,
    { ids: idsOf(videos) },
  )
  return new Map(rows.map((row) => [row.id, row]))
}

const shownSchema = z.object({ id: z.string(), creator: z.string(), public: z.coerce.boolean() })

type Shown = z.infer<typeof shownSchema>

/** What the directory says: what was counted up to now was counted by it. */
async function readShown(
  rollups: ClickhouseStore,
  videos: readonly VideoVersion[],
): Promise<ReadonlyMap<string, Shown>> {
  const rows = await rollups.rows(
    shownSchema,
    `select toString(video_id) as id, toString(creator_id) as creator,
       visibility = 'public' as public
     from directory.videos final where video_id in {ids:Array(UInt64)}`,
    { ids: idsOf(videos) },
  )
  return new Map(rows.map((row) => [row.id, row]))
}

function isMoved({ record }: VideoVersion, shown: Shown | undefined): boolean {
  return shown !== undefined && shown.creator !== record.creator_id.toString()
}

function isTurned({ record }: VideoVersion, shown: Shown | undefined): boolean {
  return shown !== undefined && shown.public !== (record.visibility === 'public')
}

const firstSchema = z.object({ first_s: z.number() })
const minuteSchema = z.object({ minute: z.number() })

/**
 * Minutes that hold facts of the videos, or residue of them. Most new videos have none: that is told by
 * the key of people, and residue is small.
 */
async function minutesWithFacts(
  vault: ClickhouseStore,
  videos: readonly VideoVersion[],
): Promise<readonly number[]> {
  if (videos.length === 0) return []
  const ids = idsOf(videos)
  const [first] = await vault.rows(
    firstSchema,
    `select toUInt32(intDiv(min(bitShiftRight(total, 21)), 1000)) as first_s
     from vault.people where video_id in {ids:Array(UInt64)} having count() > 0`,
    { ids },
  )
  const erased = `select distinct toUnixTimestamp(slot) as minute from vault.residue
     where video_id in {ids:Array(UInt64)}`
  const rows =
    first === undefined
      ? await vault.rows(minuteSchema, erased, { ids })
      : await vault.rows(
          minuteSchema,
          `${erased}
     union distinct
     select distinct toUnixTimestamp(toStartOfMinute(slot)) as minute from vault.facts
     where video_id in {ids:Array(UInt64)} and slot >= toDateTime({from_s:UInt32}, 'UTC')`,
          { ids, from_s: startOf('minute', first.first_s) },
        )
  return rows.map(({ minute }) => minute)
}

const quarterSchema = z.object({ quarter: z.number() })

/** Quarters in which anything is published of the videos, whether or not their facts are still there. */
async function quartersPublished(
  rollups: ClickhouseStore,
  videos: readonly VideoVersion[],
): Promise<readonly number[]> {
  if (videos.length === 0) return []
  const rows = await rollups.rows(
    quarterSchema,
    `select distinct toUnixTimestamp(quarter) as quarter from rollups.video_quarters
     where video_id in {ids:Array(UInt64)}
     union distinct
     select distinct toUnixTimestamp(toStartOfFifteenMinutes(minute)) as quarter
     from rollups.video_minutes where video_id in {ids:Array(UInt64)}
     union distinct
     select distinct toUnixTimestamp(toDateTime(day, 'UTC')) as quarter
     from rollups.video_restricted_days where video_id in {ids:Array(UInt64)}`,
    { ids: idsOf(videos) },
  )
  return rows.map(({ quarter }) => quarter)
}

function minutesOf(quarterS: number): readonly number[] {
  return Array.from({ length: 15 }, (_, minute) => quarterS + minute * spans.minute.seconds)
}

/** Minutes from an instant up to now, as far as minutes are kept. */
function sinceMinute(atS: number, nowS: number): readonly number[] {
  const firstS = Math.max(startOf('minute', atS), startOf('minute', nowS) - MINUTES_KEPT_S)
  const minutes: number[] = []
  for (let minute = firstS; minute <= nowS; minute += spans.minute.seconds) minutes.push(minute)
  return minutes
}

function idsOf(videos: readonly VideoVersion[]): readonly bigint[] {
  return videos.map(({ record }) => record.video_id)
}

function attributionRow({ record, version }: VideoVersion, closed: readonly Period[]): Row {
  return {
    video_id: record.video_id.toString(),
    creator_id: record.creator_id.toString(),
    visibility: record.visibility,
    published_at: dateTime64(Number(record.published_at)),
    closed: closed.map(([fromMs, toMs]) => ({
      from: dateTime64(fromMs),
      to: dateTime64(toMs),
    })),
    version: version.toString(),
  }
}

function ownerRow({ record, version }: VideoVersion): Row {
  return {
    video_id: record.video_id.toString(),
    creator_id: record.creator_id.toString(),
    version: version.toString(),
  }
}
