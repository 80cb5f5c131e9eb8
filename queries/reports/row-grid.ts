// Numbers the rows of a report: video by video, each in order of time; so are its cells laid out.
import type { ReportPlan } from './plan.ts'
import type { Bucket } from './time-buckets.ts'

/** A video of the report, or all that it is about. */
export interface Line {
  /** Null: not by video. */
  readonly videoId: string | null
  /** Null: a single row of the whole span. */
  readonly buckets: readonly Bucket[] | null
  /** Number of its first row. */
  readonly firstRow: number
}

export interface RowGrid {
  readonly lines: readonly Line[]
  readonly count: number
}

/** One line without the dimension `video`; lines differ in length where rows are ages of videos. */
export function rowGridOf({ videoIds, buckets, ages }: RowSource): RowGrid {
  let count = 0
  const lines = (videoIds ?? [null]).map((videoId, index) => {
    const own = ages === null ? buckets : (ages[index] ?? [])
    const line = { videoId, buckets: own, firstRow: count }
    count += own === null ? 1 : own.length
    return line
  })
  return { lines, count }
}

export type RowSource = Pick<ReportPlan, 'videoIds' | 'buckets' | 'ages'>

/** For every row the index of its line, and its place among the buckets of that line. */
export function placesOf({ lines, count }: RowGrid): {
  readonly line: Uint32Array
  readonly bucket: Uint32Array
} {
  const line = new Uint32Array(count)
  const bucket = new Uint32Array(count)
  for (const [index, { firstRow }] of lines.entries()) {
    const nextRow = lines[index + 1]?.firstRow ?? count
    for (let row = firstRow; row < nextRow; row++) {
      line[row] = index
      bucket[row] = row - firstRow
    }
  }
  return { line, bucket }
}
