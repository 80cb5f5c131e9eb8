// How the rows of a report in time cut UTC days into parts.
import { spans, startOf } from '#schemas/spans.ts'
import type { Bucket, Span } from './time-buckets.ts'

export interface CutPart extends Span {
  /** Place of its row among the buckets; null: in none of them. */
  readonly place: number | null
  /** Whether it is within what the report is about. */
  readonly isInside: boolean
}

export interface DayCut {
  /** The parts of the day that begins at `dayS`, in order; they cover it. */
  partsOf(dayS: number): readonly CutPart[]
  /** The place of the bucket with this number, or with this first instant. */
  placeOf(atS: number): number | null
}

/** @param buckets ascending and without overlap; null: the whole span is one row. */
export function createDayCut(buckets: readonly Bucket[] | null, span: Span): DayCut {
  const places = new Map(
    (buckets ?? []).map(({ key, fromS }, place) => [typeof key === 'number' ? key : fromS, place]),
  )
  const known = new Map<number, readonly CutPart[]>()

  function cut(dayS: number): readonly CutPart[] {
    const day = { fromS: dayS, toS: dayS + spans.day.seconds }
    const touching = (buckets ?? []).flatMap((bucket, place) =>
      bucket.fromS < day.toS && bucket.toS > day.fromS ? [{ ...bucket, place }] : [],
    )
    const edges = [span, ...touching].flatMap(({ fromS, toS }) => [fromS, toS])
    const inside = edges.filter((edge) => edge > day.fromS && edge < day.toS)
    const starts = [...new Set([day.fromS, ...inside])].toSorted((a, b) => a - b)
    return starts.map((fromS, index) => ({
      fromS,
      toS: starts[index + 1] ?? day.toS,
      place: touching.find((bucket) => bucket.fromS <= fromS && fromS < bucket.toS)?.place ?? null,
      isInside: fromS >= span.fromS && fromS < span.toS,
    }))
  }

  return {
    partsOf(dayS) {
      const parts = known.get(dayS) ?? cut(startOf('day', dayS))
      known.set(dayS, parts)
      return parts
    },
    placeOf: (atS) => places.get(atS) ?? null,
  }
}
