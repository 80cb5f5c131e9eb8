// The pieces of time that the rows of a report are made of, in order: most rows are one piece, an hour of the week is many.
import type { ReportPlan } from './plan.ts'
import type { Line } from './row-grid.ts'
import { clockSpansOf, hourOfWeek } from './time-buckets.ts'
import type { Span } from './time-buckets.ts'
import type { TimeCut } from './time-cut.ts'

export interface RowPiece extends Span {
  /** Place of its row among those of its line. */
  readonly place: number
}

export interface RowPieces {
  /** Ascending, without overlap. */
  readonly pieces: readonly RowPiece[]
  /** Index of the first piece that ends after `atS`. */
  firstAfter(atS: number): number
}

/** Lines that share their rows in time share their pieces. */
export function rowPiecesOf(
  span: Span,
  timeCut: TimeCut | null,
): (buckets: Line['buckets']) => RowPieces {
  const known = new Map<Line['buckets'], RowPieces>()
  return (buckets) => {
    const pieces = known.get(buckets) ?? indexed(piecesOf(buckets, span, timeCut))
    known.set(buckets, pieces)
    return pieces
  }
}

function piecesOf(
  buckets: Line['buckets'],
  span: ReportPlan['span'],
  timeCut: TimeCut | null,
): readonly RowPiece[] {
  if (buckets === null) return [{ ...span, place: 0 }]
  if (timeCut?.kind === 'hour_of_week') {
    return clockSpansOf(timeCut.offsets, 3600).map(({ fromS, toS, offsetS }) => ({
      fromS,
      toS,
      place: hourOfWeek(fromS, offsetS),
    }))
  }
  return buckets.map(({ fromS, toS }, place) => ({ fromS, toS, place }))
}

function indexed(pieces: readonly RowPiece[]): RowPieces {
  return {
    pieces,
    firstAfter(atS) {
      let [low, high] = [0, pieces.length]
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((pieces[middle]?.toS ?? 0) > atS) high = middle
        else low = middle + 1
      }
      return low
    },
  }
}
