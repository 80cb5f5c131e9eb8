// Cuts a span into the tables that serve it: whole UTC days, quarters at their edges, minutes of what is still open.
import type { Horizon } from './horizon.ts'
import type { Bucket, Span } from './time-buckets.ts'

export type Grain = 'days' | 'quarters' | 'minutes'

/** A span that one table answers. */
export interface Piece extends Span {
  readonly grain: Grain
}

export interface PiecesOptions {
  /** Null: rows are not cut by time. */
  readonly buckets: readonly Bucket[] | null
  readonly horizon: Horizon
  /** Whether what is past the last closed quarter is read, from the minutes. */
  readonly open: boolean
}

const DAY_S = 86_400

/**
 * Pieces in order of time, none empty, none overlapping. Days are closed ones only, and only where no
 * bucket begins inside a UTC day: a row belongs to the bucket in which it starts.
 */
export function cutPieces(span: Span, options: PiecesOptions): readonly Piece[] {
  const { buckets, horizon, open } = options
  const { fromS, toS } = span
  const { completeThroughS, peopleThroughS } = horizon
  const closedToS = Math.min(toS, completeThroughS)
  const firstDayS = Math.ceil(fromS / DAY_S) * DAY_S
  // A day is whole once what is told by the day alone is counted as well.
  const lastDayS = Math.floor(Math.min(closedToS, peopleThroughS) / DAY_S) * DAY_S
  const pieces: Piece[] = []
  if (fitsDays(span, buckets) && firstDayS < lastDayS) {
    pieces.push({ grain: 'quarters', fromS, toS: firstDayS })
    pieces.push({ grain: 'days', fromS: firstDayS, toS: lastDayS })
    pieces.push({ grain: 'quarters', fromS: lastDayS, toS: closedToS })
  } else pieces.push({ grain: 'quarters', fromS, toS: closedToS })
  if (open) pieces.push({ grain: 'minutes', fromS: Math.max(fromS, completeThroughS), toS })
  return pieces.filter((piece) => piece.fromS < piece.toS)
}

/** Whether every edge between two buckets is a UTC midnight; the ends of the span may be anything. */
function fitsDays(span: Span, buckets: readonly Bucket[] | null): boolean {
  return (buckets ?? []).every(({ fromS }) => fromS === span.fromS || fromS % DAY_S === 0)
}
