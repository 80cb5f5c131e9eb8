// What is read of leaves, row by row, and the videos that it makes.
import { z } from 'zod'
import { DELETED_SEALS_S } from '#schemas/guarded.ts'
import type { SealedVideo } from './guarded-tally.ts'
import type { Seals } from './guarded-worth.ts'

export const sealsSchema = z.object({
  id: z.string(),
  published_s: z.number(),
  deleted: z.coerce.boolean(),
  begin_s: z.number(),
  through_s: z.number(),
})

export const leavesSchema = z.object({
  id: z.string(),
  leaf: z.number(),
  part_s: z.number(),
  policy: z.string(),
  leaves: z.number(),
  from_s: z.number(),
  to_s: z.number(),
  people: z.array(z.number()),
})

export const viewsSchema = z.object({
  id: z.string(),
  leaf: z.number(),
  parts_s: z.array(z.number()),
  views: z.array(z.number()),
})

type SealsRow = z.infer<typeof sealsSchema>
export type LeavesRow = z.infer<typeof leavesSchema>
type ViewsRow = z.infer<typeof viewsSchema>

export interface VideoSeals extends Seals {
  readonly videoId: string
  readonly publishedS: number
}

/** @param countedToS what is known reaches until then. */
export function sealsOf(rows: readonly SealsRow[], countedToS: number): readonly VideoSeals[] {
  return rows.map((row) => {
    const isSealed = row.through_s > 0
    const beginS = isSealed ? row.begin_s : row.published_s
    const throughS = isSealed ? row.through_s : beginS
    const ended = row.deleted && throughS <= countedToS - DELETED_SEALS_S
    return { videoId: row.id, publishedS: row.published_s, beginS, throughS, ended }
  })
}

/** Rows of videos by id. */
export type LeavesOf = ReadonlyMap<string, readonly LeavesRow[]>

/** Videos with what was read of each. */
export function sealedVideosOf(
  videos: readonly VideoSeals[],
  leavesOf: LeavesOf,
  views: readonly ViewsRow[],
): readonly SealedVideo[] {
  const viewsOf = Map.groupBy(views, ({ id }) => id)
  return videos.map((video) => ({
    ...video,
    leaves: (leavesOf.get(video.videoId) ?? []).map((row) => ({
      leaf: row.leaf === 0 ? null : row.leaf,
      count: row.leaves,
      partS: row.part_s,
      fromS: row.from_s,
      toS: row.to_s,
      policy: row.policy,
      people: row.people,
    })),
    views: new Map(
      (viewsOf.get(video.videoId) ?? []).map((row) => [
        row.leaf,
        { partsS: row.parts_s, views: row.views },
      ]),
    ),
  }))
}
