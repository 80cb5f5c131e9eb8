// Adds leaves up, video by video: people, squared errors and worth of every row of a report, and of its total.
import type { GuardedMeasure } from '#schemas/guarded.ts'
import { shareLeaf, shareVariance } from './guarded-curve.ts'
import { touchOf, weaker, worthOf } from './guarded-worth.ts'
import type { Seals, Worth } from './guarded-worth.ts'
import type { NoisePolicy } from './noise-policies.ts'
import type { ReportPlan } from './plan.ts'
import { rowGridOf } from './row-grid.ts'
import type { Line } from './row-grid.ts'
import { rowPiecesOf } from './row-pieces.ts'
import type { RowPieces } from './row-pieces.ts'
import type { Span } from './time-buckets.ts'

/** A leaf that rows cut, or all those of one policy that lie in the same piece of a row. */
export interface SealedLeaves extends Span {
  /** Null: several, none of them cut. */
  readonly leaf: number | null
  readonly count: number
  /** An instant of the piece of time in which they begin. */
  readonly partS: number
  readonly policy: string
  /** Published integers in the order of the plan's measures. */
  readonly people: readonly number[]
}

/** Published views of a leaf, by the pieces into which rows cut it. */
export interface LeafViews {
  /** First instants of pieces, ascending; those without views are left out. */
  readonly partsS: readonly number[]
  /** Whole numbers, all in the same unit. */
  readonly views: readonly number[]
}

export interface SealedVideo extends Seals {
  readonly videoId: string
  readonly leaves: readonly SealedLeaves[]
  /** Of leaves that are cut, by number. */
  readonly views: ReadonlyMap<number, LeafViews>
}

export interface Estimate {
  readonly people: number
  readonly variance: number
}

/** Of a row by its number, of the total by null. */
export interface GuardedSums {
  sumOf(measure: GuardedMeasure, row: number | null): Estimate
  worthOf(row: number | null): Worth
  /** Where every video of the report is sealed until; Infinity: there is none. */
  sealedToS(): number
}

export interface GuardedTally extends GuardedSums {
  /** Videos in a stated order, so that margins do not depend on the order of floating-point sums. */
  add(video: SealedVideo, noise: ReadonlyMap<string, NoisePolicy>): void
}

export function createGuardedTally(plan: ReportPlan): GuardedTally {
  const { span, guarded } = plan
  const grid = rowGridOf(plan)
  const lineOf = new Map(grid.lines.map((line) => [line.videoId ?? '', line]))
  const piecesOf = rowPiecesOf(span, guarded?.timeCut ?? null)
  const measures = guarded?.measures ?? []
  // The last place is that of the total.
  const people = measures.map(() => new Float64Array(grid.count + 1))
  const variances = measures.map(() => new Float64Array(grid.count + 1))
  const worths = Array.from({ length: grid.count + 1 }, (): Worth => 'not_applicable')
  let sealedToS = Infinity

  function add(measure: number, place: number, some: number, variance: number): void {
    const [sums, errors] = [people[measure], variances[measure]]
    if (sums === undefined || errors === undefined) return
    sums[place] = (sums[place] ?? 0) + some
    errors[place] = (errors[place] ?? 0) + variance
  }

  function addVideo(video: SealedVideo, noise: ReadonlyMap<string, NoisePolicy>): void {
    const line = lineOf.get(guarded?.byVideo === true ? video.videoId : '')
    if (line === undefined) return
    const rows = piecesOf(line.buckets)
    const spans = line.buckets ?? [span]
    const marks = new Uint8Array(spans.length)
    let totalMarks = 0
    for (const leaf of video.leaves) {
      const variance = noise.get(leaf.policy)?.variance
      for (const { piece, place } of touched(rows, leaf)) {
        marks[place] = (marks[place] ?? 0) | touchOf(piece, leaf, video.beginS)
      }
      totalMarks |= touchOf(span, leaf, video.beginS)
      const parts = partsOf(leaf, video.views, { rows, span })
      for (const [measure, name] of measures.entries()) {
        const leafNoise = leaf.count * (variance?.[name] ?? 0)
        for (const share of sharesOf(leaf.people[measure] ?? 0, parts, leafNoise)) {
          add(measure, placeIn(line, share.place), share.people, share.variance)
        }
      }
    }
    for (const [place, row] of spans.entries()) {
      fold(line.firstRow + place, worthOf(row, video, marks[place] ?? 0))
    }
    const worth = worthOf(span, video, totalMarks)
    fold(grid.count, worth)
    if (worth !== 'not_applicable' && !video.ended) sealedToS = Math.min(sealedToS, video.throughS)
  }

  function placeIn(line: Line, place: number | null): number {
    return place === null ? grid.count : line.firstRow + place
  }

  function fold(place: number, worth: Worth): void {
    worths[place] = weaker(worths[place] ?? 'not_applicable', worth)
  }

  return {
    add: addVideo,
    sumOf(measure, row) {
      const [index, place] = [measures.indexOf(measure), row ?? grid.count]
      return { people: people[index]?.[place] ?? 0, variance: variances[index]?.[place] ?? 0 }
    },
    worthOf: (row) => worths[row ?? grid.count] ?? 'not_applicable',
    sealedToS: () => sealedToS,
  }
}

interface LeafPart {
  /** Place of its row; null: in none. */
  readonly place: number | null
  /** Whether it is within what the report is about. */
  readonly isInside: boolean
  readonly weight: number
}

interface Cut {
  readonly rows: RowPieces
  readonly span: Span
}

/** What a leaf is cut into, with views as weights; with seconds, where it has no views. */
function partsOf(
  leaf: SealedLeaves,
  views: ReadonlyMap<number, LeafViews>,
  { rows, span }: Cut,
): readonly LeafPart[] {
  const part = (atS: number, weight: number): LeafPart => {
    const piece = rows.pieces[rows.firstAfter(atS)]
    const place = piece !== undefined && piece.fromS <= atS ? piece.place : null
    return { place, isInside: atS >= span.fromS && atS < span.toS, weight }
  }
  if (leaf.leaf === null) return [part(leaf.partS, 1)]
  const viewed = views.get(leaf.leaf)
  if (viewed !== undefined && viewed.views.some((some) => some > 0)) {
    return viewed.partsS.map((fromS, index) =>
      part(Math.max(fromS, leaf.fromS), viewed.views[index] ?? 0),
    )
  }
  const edges = touched(rows, leaf).flatMap(({ piece }) => [piece.fromS, piece.toS])
  const inner = [span.fromS, span.toS, ...edges].filter((at) => at > leaf.fromS && at < leaf.toS)
  const starts = [...new Set([leaf.fromS, ...inner])].toSorted((a, b) => a - b)
  return starts.map((fromS, index) => part(fromS, (starts[index + 1] ?? leaf.toS) - fromS))
}

interface Share extends Estimate {
  /** Null: of the total. */
  readonly place: number | null
}

/** What a leaf gives to each row that it touches, and to the total. */
function sharesOf(people: number, parts: readonly LeafPart[], noise: number): readonly Share[] {
  const whole = parts.reduce((sum, { weight }) => sum + weight, 0)
  const given = shareLeaf(
    people,
    parts.map(({ weight }) => weight),
  )
  // An hour of the week may have several pieces of a leaf: its errors are those of their sum.
  const sums = new Map<number | null, { people: number; weight: number }>()
  for (const [index, { place, isInside, weight }] of parts.entries()) {
    if (!isInside) continue
    for (const to of place === null ? [null] : [place, null]) {
      const sum = sums.get(to) ?? { people: 0, weight: 0 }
      sum.people += given[index] ?? 0
      sum.weight += weight
      sums.set(to, sum)
    }
  }
  return [...sums].map(([place, sum]) => ({
    place,
    people: sum.people,
    variance: shareVariance(sum.weight / whole, people, noise),
  }))
}

/** The pieces of rows that a leaf touches. */
function touched(
  rows: RowPieces,
  leaf: Span,
): readonly { readonly piece: Span; readonly place: number }[] {
  const found = []
  for (let index = rows.firstAfter(leaf.fromS); index < rows.pieces.length; index++) {
    const piece = rows.pieces[index]
    if (piece === undefined || piece.fromS >= leaf.toS) break
    found.push({ piece, place: piece.place })
  }
  return found
}
