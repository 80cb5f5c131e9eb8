// People by the bucket that they are marked with, cell by cell, as the vault has them.
import { breakdownDimensions, breakdownValues } from '#schemas/breakdowns.ts'
import { ageBands, devices, genders, regions, trafficSources } from '#schemas/dimensions.ts'
import type { Clickhouse } from './clickhouse.ts'

/** First acts that breakdowns tell of, by the kinds of acts that they are the first of. */
export const brokenDown = {
  viewers: ['view'],
  likers: ['like'],
  commenters: ['comment'],
  remixers: ['stitch', 'duet'],
  saves: ['save'],
  shares: ['share'],
} as const

export type BrokenDown = keyof typeof brokenDown

export const brokenDownMetrics = [
  'viewers',
  'likers',
  'commenters',
  'remixers',
  'saves',
  'shares',
] as const

export interface MarkedPeople {
  /** Marked with a bucket of a video: by cell, in the order in which cells are published. */
  cellsOf(bucket: string): Int32Array
  /** How many are marked with it. */
  countOf(bucket: string): number
  /** Every bucket that somebody is marked with. */
  readonly buckets: readonly string[]
  /** Everybody of `video metric`, marked or not. */
  knownOf(series: string): number
}

/** Values that are never told, and what they are told as. */
const toldAs: ReadonlyMap<string, string> = new Map([
  ['age_band 13-17', 'age_band unknown'],
  ['traffic_source saved_list', 'traffic_source other'],
])

/** In a packed first act, from its lowest bit on. */
const ATTRIBUTE_BITS = 21
const ORDINALS_END = 1_000_000
const fields = [
  { dimension: 'region', shift: 13, bits: 8, values: regions },
  { dimension: 'age_band', shift: 10, bits: 3, values: ageBands },
  { dimension: 'gender', shift: 8, bits: 2, values: genders },
  { dimension: 'traffic_source', shift: 3, bits: 5, values: trafficSources },
  { dimension: 'device', shift: 0, bits: 3, values: devices },
] as const

const cells: readonly string[] = breakdownDimensions.flatMap((dimension) =>
  breakdownValues[dimension].map((value) => `${dimension} ${value}`),
)
const placeOf = new Map(cells.map((cell, place) => [cell, place]))

export async function readMarkedPeople(
  vault: Clickhouse,
  videos: readonly number[],
): Promise<MarkedPeople> {
  const codes = fields.map(
    ({ shift, bits }) => `bitAnd(bitShiftRight(first, ${shift}), ${2 ** bits - 1})`,
  )
  const rows = await vault.rows(
    `select video_id, metric, if(at < ${ORDINALS_END}, toString(at), 'open') as ordinal, ${codes.join(', ')}, count()
     from (
       select metric, video_id, person, min(dims) as first,
         bitShiftRight(min(dims), ${ATTRIBUTE_BITS}) as at
       from vault.people
       where metric in (${brokenDownMetrics.map((each) => `'${each}'`).join(', ')})
         and video_id in (${videos.join(', ')})
       group by metric, video_id, person
     )
     group by all`,
  )
  const marked = new Map<string, Int32Array>()
  const counts = new Map<string, number>()
  const known = new Map<string, number>()
  for (const [video = '', metric = '', ordinal = '', ...numbers] of rows) {
    const people = Number(numbers.at(-1))
    const series = `${video} ${metric}`
    known.set(series, (known.get(series) ?? 0) + people)
    if (ordinal === 'open') continue
    const bucket = `${series}/${ordinal}`
    const sums = marked.get(bucket) ?? new Int32Array(cells.length)
    for (const [index, { dimension, values }] of fields.entries()) {
      const value = `${dimension} ${values[Number(numbers[index])]}`
      const place = placeOf.get(toldAs.get(value) ?? value)
      if (place === undefined) throw new Error(`${bucket}: nobody tells ${value}`)
      sums[place] = (sums[place] ?? 0) + people
    }
    marked.set(bucket, sums)
    counts.set(bucket, (counts.get(bucket) ?? 0) + people)
  }
  return {
    cellsOf: (bucket) => marked.get(bucket) ?? new Int32Array(cells.length),
    countOf: (bucket) => counts.get(bucket) ?? 0,
    buckets: [...counts.keys()],
    knownOf: (series) => known.get(series) ?? 0,
  }
}
