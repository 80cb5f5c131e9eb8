// The curve that published leaves stand for, computed leaf by leaf and view by view, without the project's own code.

/** Seconds since 1970; leaves of a video in order, each begins where the one before ends. */
export interface LeafSample {
  readonly fromS: number
  readonly toS: number
  readonly saves: number
  readonly unsaves: number
  readonly shares: number
}

export type LeafMeasure = 'saves' | 'unsaves' | 'shares'

/** What a video has published: its leaves, and the instants of its views. */
export interface Published {
  /** Where the first leaf begins, published or to come. */
  readonly beginS: number
  readonly leaves: readonly LeafSample[]
  readonly viewsS: readonly number[]
  /** Earlier quarters are spread evenly, later views count by the minute. */
  readonly completeThroughS: number
}

interface Row {
  readonly fromS: number
  readonly toS: number
}

const QUARTER_S = 900

/** Views between two instants, in nine-hundredths. */
function viewsBetween({ viewsS, completeThroughS }: Published, fromS: number, toS: number): number {
  let views = 0
  for (const atS of viewsS) {
    const quarterS = Math.floor(atS / QUARTER_S) * QUARTER_S
    const inside =
      quarterS < completeThroughS
        ? Math.min(toS, quarterS + QUARTER_S) - Math.max(fromS, quarterS)
        : atS >= fromS && atS < toS
          ? QUARTER_S
          : 0
    views += Math.max(0, inside)
  }
  return views
}

/** The curve of a measure at an instant up to the last seal, rounded. */
function curveAt(published: Published, measure: LeafMeasure, atS: number): number {
  let people = 0
  for (const leaf of published.leaves) {
    if (atS <= leaf.fromS) break
    if (atS >= leaf.toS) {
      people += leaf[measure]
      continue
    }
    const all = viewsBetween(published, leaf.fromS, leaf.toS)
    const [part, whole] =
      all === 0
        ? [atS - leaf.fromS, leaf.toS - leaf.fromS]
        : [viewsBetween(published, leaf.fromS, atS), all]
    people += Math.round((leaf[measure] * part) / whole)
  }
  return people
}

export function sealedToS({ beginS, leaves }: Published): number {
  return leaves.at(-1)?.toS ?? beginS
}

/** People of a range as far as it is sealed. */
export function peopleOf(published: Published, measure: LeafMeasure, { fromS, toS }: Row): number {
  const endS = Math.min(toS, sealedToS(published))
  if (endS <= fromS) return 0
  return curveAt(published, measure, endS) - curveAt(published, measure, fromS)
}

/** Views of a range of whole quarters up to the last seal; a quarter that it cuts counts for its share. */
export function sealedViewsOf(published: Published, { fromS, toS }: Row): number {
  const { viewsS, completeThroughS } = published
  const endS = Math.min(toS, sealedToS(published))
  const cutS = endS < completeThroughS ? Math.floor(endS / QUARTER_S) * QUARTER_S : endS
  const whole = viewsS.filter((atS) => atS >= fromS && atS < cutS).length
  const inCut = viewsS.filter((atS) => atS >= cutS && atS < cutS + QUARTER_S).length
  return whole + (cutS < fromS ? 0 : Math.round((inCut * (endS - cutS)) / QUARTER_S))
}

/** What a row of one video is worth, but for being small. */
export function worthOf(published: Published, { fromS, toS }: Row): string {
  const { beginS, leaves } = published
  const throughS = sealedToS(published)
  const startS = Math.max(fromS, beginS)
  if (fromS >= toS || toS <= beginS) return 'not_applicable'
  if (startS >= throughS) return 'not_yet'
  if (toS > throughS) return 'partial'
  const edges = new Set([beginS, ...leaves.map((leaf) => leaf.toS)])
  if (edges.has(startS) && edges.has(toS)) return 'value'
  const isInside = leaves.some((leaf) => leaf.fromS <= startS && toS <= leaf.toS)
  return isInside ? 'coarser' : 'estimated'
}

/** How many leaves a row is made of, none of them cut. */
export function leavesIn({ leaves }: Published, { fromS, toS }: Row): number {
  return leaves.filter((leaf) => leaf.fromS >= fromS && leaf.toS <= toS).length
}
