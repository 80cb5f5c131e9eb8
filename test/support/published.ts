// What the rollups hold, read as an analyst would: the newest finished row of every span.
import { z } from 'zod'
import { store } from './outside.ts'
import { storedNames } from './tally.ts'

export interface Finished {
  readonly generation: string
  readonly watermarkMs: number
  /** End of the last closed quarter. */
  readonly completeThroughMs: number
}

/** The newest finished pass; not asked as an analyst, whose quota whoever waits would use up. */
export async function lastFinished(): Promise<Finished | null> {
  await using admin = store('rollups', 'admin')
  const row = z.object({
    generation_text: z.string(),
    watermark_ms: z.number(),
    through_s: z.number(),
  })
  const [last] = await admin.rows(
    row,
    `select toString(generation) as generation_text,
       toFloat64(toUnixTimestamp64Milli(watermark)) as watermark_ms,
       toUnixTimestamp(complete_through) as through_s
     from rollups.generations order by generation desc, finished_at desc limit 1`,
  )
  if (last === undefined) return null
  return {
    generation: last.generation_text,
    watermarkMs: last.watermark_ms,
    completeThroughMs: last.through_s * 1000,
  }
}

export interface PublishedOptions {
  readonly owner: 'video' | 'creator'
  readonly span: 'quarter' | 'day'
  readonly ids: readonly (number | string)[]
  readonly generation: string
}

/** Stored measures in the order of `storedNames`, by `id at`, `at` in ms; rows of zeros left out. */
export async function published(
  options: PublishedOptions,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const { owner, span, ids, generation } = options
  await using analyst = store('rollups', 'analyst')
  const newest = storedNames.map((name) => `toFloat64(argMax(${name}, generation))`)
  const rows = await analyst.rows(
    z.object({ id: z.string(), at_s: z.number(), sums: z.array(z.number()) }),
    `select toString(${owner}_id) as id, toUnixTimestamp(toDateTime(${span}, 'UTC')) as at_s,
       [${newest.join(', ')}] as sums
     from rollups.${owner}_${span}s
     where ${owner}_id in (${ids.join(', ')}) and generation <= ${generation}
     group by ${owner}_id, ${span}`,
  )
  const counted = rows.filter(({ sums }) => sums.some((sum) => sum > 0))
  return new Map(counted.map(({ id, at_s, sums }) => [`${id} ${at_s * 1000}`, sums]))
}
