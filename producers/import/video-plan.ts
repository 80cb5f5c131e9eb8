// What the catalogue is told of a video that a row names, and which videos were told already.
import { videoLineSchema } from '#schemas/catalogue.ts'
import { faultOf } from '#schemas/faults.ts'
import { cellId } from './ids-from-cells.ts'
import type { ImportMap } from './import-map.ts'
import type { PlannedRow, RowPlanOptions } from './row-plan.ts'
import type { Columns, RowFault } from './rows.ts'
import { cellAmount, cellChoice, cellTemplate, cellTime } from './values-from-cells.ts'
import type { OtherwiseTally } from './values-from-cells.ts'

/** A line of `POST /v1/videos`. */
export type VideoLine = Readonly<Record<string, unknown>>

export type NamedVideo =
  | { readonly kind: 'new'; readonly line: VideoLine }
  | { readonly kind: 'refused'; readonly fault: RowFault }
  | { readonly kind: 'known' | 'other_creator' | 'none' }

export interface VideoPlan {
  /** The video of a row that was not refused; `new` only once, as far as videos are remembered. */
  read(cells: readonly string[], planned: PlannedRow): NamedVideo
}

/** Videos of one generation of the memory; what is forgotten is told again, which changes nothing. */
const REMEMBERED_MAX = 250_000

/** Null: the map says nothing of videos. */
export function createVideoPlan(
  { map, columns, key }: RowPlanOptions,
  fell: OtherwiseTally,
): VideoPlan | null {
  const { videos, namespace } = map
  if (videos === undefined) return null
  const source = { columns, namespace, key } as const
  const videoOf = cellId({ ...source, source: map.video_id, field: 'video_id', kind: 'video' })
  const creatorOf = cellId({
    ...source,
    source: map.creator_id,
    field: 'creator_id',
    kind: 'person',
  })
  const lineOf = compileLine(videos, columns, fell)
  const memory = createMemory(REMEMBERED_MAX)
  return {
    read(cells, { events: [event] }) {
      const video_id = event?.video_id ?? videoOf(cells)
      const creator_id = event?.creator_id ?? creatorOf(cells)
      // A row without an event names its video by the way: a broken id there is no fault.
      if (typeof video_id !== 'string' || typeof creator_id !== 'string') return { kind: 'none' }
      const known = memory.see(video_id, creator_id)
      if (known !== null) return { kind: known === creator_id ? 'known' : 'other_creator' }
      const line = { video_id, creator_id, ...lineOf(cells) }
      const { error } = videoLineSchema.safeParse(line, { reportInput: true })
      if (error === undefined) return { kind: 'new', line }
      return { kind: 'refused', fault: faultOf(error.issues) }
    },
  }
}

type Videos = NonNullable<ImportMap['videos']>

function compileLine(
  { title, published_at, duration_ms, visibility }: Videos,
  columns: Columns,
  fell: OtherwiseTally,
): (cells: readonly string[]) => VideoLine {
  const titleOf = cellTemplate(title, columns)
  const durationOf = cellAmount(duration_ms, columns)
  const visibilityOf = cellChoice(visibility, { field: 'visibility', columns, fell })
  const publishedOf =
    typeof published_at === 'string'
      ? () => published_at
      : instantText(cellTime(published_at, 'published_at', columns))
  return (cells) => {
    const entries = Object.entries({
      title: titleOf(cells),
      published_at: publishedOf(cells),
      duration_ms: durationOf(cells),
      visibility: visibilityOf(cells),
    })
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  }
}

/** Past the last instant that a Date can be there is no text, and the schema says so. */
const DATE_MAX_MS = 8.64e15

function instantText(
  read: (cells: readonly string[]) => number | RowFault,
): (cells: readonly string[]) => string | undefined {
  return (cells) => {
    const atMs = read(cells)
    const isDate = typeof atMs === 'number' && Math.abs(atMs) <= DATE_MAX_MS
    return isDate ? new Date(atMs).toISOString() : undefined
  }
}

interface Memory {
  /** The creator with which a video was first seen; null: not seen, and remembered from now on. */
  see(videoId: string, creatorId: string): string | null
}

/** Two generations: when one is full, the one before is forgotten. Ids are copied out of their texts. */
export function createMemory(generationMax: number): Memory {
  let young = new Map<string, string>()
  let old = new Map<string, string>()
  return {
    see(videoId, creatorId) {
      const known = young.get(videoId) ?? old.get(videoId)
      if (known !== undefined) return known
      if (young.size >= generationMax) {
        old = young
        young = new Map()
      }
      young.set(Buffer.from(videoId).toString(), Buffer.from(creatorId).toString())
      return null
    },
  }
}
