// What a row of guarded numbers is worth: how leaves lie to it, of a video and of many.
import type { Span } from './time-buckets.ts'

/**
 * `not_applicable` no video was there to be saved; `not_yet` nothing of it is sealed; `partial` it goes
 * on past what is sealed; `coarser` it lies inside a leaf, or each of its pieces does; `estimated` an edge
 * lies inside a leaf; `value` it is made of whole leaves.
 */
export type Worth = 'not_applicable' | 'not_yet' | 'partial' | 'coarser' | 'estimated' | 'value'

/** How a leaf that it touches lies to a row: bits of a mark. */
export const touch = { whole: 1, edge: 2, inside: 4 } as const

/**
 * How a leaf lies to a piece of time that touches it.
 * @param beginS of the first leaf: what comes before counts for nothing.
 */
export function touchOf(piece: Span, leaf: Span, beginS: number): number {
  const fromS = Math.max(piece.fromS, beginS)
  const isCut = fromS > leaf.fromS || piece.toS < leaf.toS
  if (!isCut) return touch.whole
  return fromS >= leaf.fromS && piece.toS <= leaf.toS ? touch.inside : touch.edge
}

/** Until when a video is sealed. */
export interface Seals {
  /** Begin of the first leaf, published or to come. */
  readonly beginS: number
  /** End of the last published leaf; the begin, where there is none. */
  readonly throughS: number
  /** Whether nothing more is to come: what lies past the last leaf is nothing. */
  readonly ended: boolean
}

/** @param marks of all leaves that touch the row. */
export function worthOf(row: Span, { beginS, throughS, ended }: Seals, marks: number): Worth {
  if (row.fromS >= row.toS || row.toS <= beginS) return 'not_applicable'
  if (Math.max(row.fromS, beginS) >= throughS) return ended ? 'not_applicable' : 'not_yet'
  if (row.toS > throughS && !ended) return 'partial'
  if (marks === touch.inside) return 'coarser'
  return marks > touch.whole ? 'estimated' : 'value'
}

const ranks = {
  not_applicable: 0,
  value: 1,
  estimated: 2,
  coarser: 3,
  partial: 4,
  not_yet: 5,
} as const satisfies Record<Worth, number>

/**
 * The worth of a sum over videos, one after the other: that of the weakest (`ranks`). One that is not
 * sealed at all makes the sum `partial`, unless none of them is; one that was not there changes nothing.
 */
export function weaker(a: Worth, b: Worth): Worth {
  const [strong, weak] = ranks[a] <= ranks[b] ? [a, b] : [b, a]
  if (weak !== 'not_yet' || strong === 'not_yet' || strong === 'not_applicable') return weak
  return 'partial'
}
