// What a breakdown tells of one row in time: its total as people by value, all that have too few as one row, and those not told yet.
import type { Cell, State } from './cell-state.ts'
import { fitCells, foldedOf } from './breakdown-fit.ts'
import type { CellSums } from './buckets.ts'
import { halfWidth } from './guarded-curve.ts'

/** A row of a breakdown: the place of a value of the dimension, or one of the two beside them. */
export type Label = number | 'rest' | 'not_yet'

/** The cells of one metric in one row in time; those that it has none of are told by their state. */
export interface Told {
  readonly cells: ReadonlyMap<Label, Cell>
  /** Of every other row of the report. */
  readonly other: State
  /** Places of the values that are in `rest`; null: nothing is told by value. */
  readonly folded: readonly number[] | null
}

export interface ToldRow {
  /** What the same report says without the breakdown. */
  readonly total: Cell
  /** Null: no bucket lies in the row. */
  readonly sums: CellSums | null
  /** Whether somebody of the row is in no bucket yet. */
  readonly hasGap: boolean
}

/**
 * Rows of people. They add up to the total: what is covered by buckets is fitted to the values that are
 * not small and to `rest`; what the buckets do not cover is `not_yet`, which is the only row where that
 * is more than half.
 */
export function tellPeople({ total, sums, hasGap }: ToldRow): Told {
  const { value: all, state, margin = 0 } = total
  if (all === null) return { cells: new Map(), other: state, folded: null }
  // An exact nobody has nobody of any value.
  if (state === 'zero') return { cells: new Map(), other: 'zero', folded: null }
  const covered = sums === null ? 0 : hasGap ? clamp(Math.round(sums.people), all) : all
  if (sums === null || all <= 0 || 2 * (all - covered) > all) {
    return { cells: new Map([['not_yet', total]]), other: 'not_yet', folded: null }
  }
  const isSure = (state === 'value' || state === 'small') && !sums.isCut
  const found = isSure ? 'value' : 'estimated'
  const folded = foldedOf(sums.cells, sums.noise)
  const { shown, rest } = fitCells(sums.cells, folded, covered)
  const cells = new Map<Label, Cell>()
  for (const [place, people] of shown) {
    cells.set(place, { value: people, state: found, margin: halfWidth(varianceOf(sums, [place])) })
  }
  if (rest !== null) {
    // Of a single row nothing is uncertain but the total.
    const width = shown.size === 0 ? margin : halfWidth(varianceOf(sums, folded))
    cells.set('rest', { value: rest, state: found, margin: width })
  }
  if (all > covered) cells.set('not_yet', { value: all - covered, state: found, margin })
  return { cells, other: 'not_applicable', folded }
}

export interface RateRow {
  /** What is told of the two parts by themselves. */
  readonly top: Told
  readonly viewers: Told
  /** Their sums over the time in which both are told; null: there is none. */
  readonly parts: { readonly of: CellSums; readonly viewers: CellSums } | null
  readonly hasGap: boolean
  /** Whether a total that they are part of is more than an exact or published sum. */
  readonly isEstimated: boolean
}

/**
 * Rows of a rate, over the time in which both of its parts are told. A value that is folded in either
 * is so in both: then `rest` is over the same people.
 */
export function tellRate(row: RateRow): Told {
  const { top, viewers, parts, hasGap } = row
  if (top.folded === null || viewers.folded === null || parts === null) {
    return { cells: new Map(), other: unknownRate(row), folded: null }
  }
  const folded = [
    ...new Set([
      ...foldedOf(parts.of.cells, parts.of.noise),
      ...foldedOf(parts.viewers.cells, parts.viewers.noise),
    ]),
  ].toSorted((a, b) => a - b)
  const fit = ({ cells, people }: CellSums) => fitCells(cells, folded, positive(Math.round(people)))
  const [tops, bottoms] = [fit(parts.of), fit(parts.viewers)]
  const isCut = row.isEstimated || parts.of.isCut || parts.viewers.isCut
  const state = hasGap ? 'partial' : isCut ? 'estimated' : 'value'
  const cells = new Map<Label, Cell>()
  const set = (label: Label, of: number, over: number, places: readonly number[]): void => {
    const variances = [varianceOf(parts.of, places), varianceOf(parts.viewers, places)] as const
    cells.set(label, rateCell(of, over, { state, variances }))
  }
  for (const [place, people] of tops.shown) {
    set(place, people, bottoms.shown.get(place) ?? 0, [place])
  }
  if (tops.rest !== null && bottoms.rest !== null) set('rest', tops.rest, bottoms.rest, folded)
  return { cells, other: 'not_applicable', folded }
}

function unknownRate({ top, viewers }: RateRow): State {
  const states = [top, viewers].map(({ other, folded }) => (folded === null ? other : 'value'))
  if (states.includes('not_yet')) return 'not_yet'
  return states.every((state) => state === 'value') ? 'not_yet' : 'not_applicable'
}

interface RateWorth {
  readonly state: State
  /** Of what is on top, and of what it is over. */
  readonly variances: readonly [of: number, over: number]
}

/** A quotient of two independent estimates, with the half-width of its 95 % interval (delta method). */
export function rateCell(of: number, over: number, { state, variances }: RateWorth): Cell {
  if (over <= 0) return { value: null, state: 'not_applicable' }
  const value = of / over
  const margin = (1.96 * Math.sqrt(variances[0] + value ** 2 * variances[1])) / over
  return { value, state, margin }
}

/** A cell of a told row, or of one that the metric has not. */
export function toldCell({ cells, other, folded }: Told, label: Label): Cell {
  const cell = cells.get(label)
  if (cell !== undefined) return cell
  if (other === 'zero') return typeof label === 'number' ? { value: 0, state: 'zero' } : absent
  // What has too few by this metric, and is shown by another or at another time.
  if (typeof label === 'number' && folded?.includes(label) === true) {
    return { value: null, state: 'suppressed' }
  }
  return { value: null, state: other }
}

const absent: Cell = { value: null, state: 'not_applicable' }

function varianceOf(sums: CellSums, places: readonly number[]): number {
  const spread = places.reduce((sum, place) => sum + (sums.spreads[place] ?? 0), 0)
  return places.length * sums.noise + spread
}

function clamp(people: number, most: number): number {
  return Math.max(0, Math.min(people, most))
}

function positive(people: number): number {
  return Math.max(0, people)
}
