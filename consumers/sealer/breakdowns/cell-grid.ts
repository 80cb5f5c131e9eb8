// The cells of a breakdown, one after the other in the order in which they are drawn and published.
import { breakdownDimensions, breakdownValues, placesOfCodes } from '#schemas/breakdowns.ts'
import type { DecisionCells } from '#schemas/decision.ts'

/** Dimension `d` begins at `starts[d]`; the last entry is how many cells there are. */
const starts: readonly number[] = breakdownDimensions.reduce<number[]>(
  (before, dimension) => [...before, (before.at(-1) ?? 0) + breakdownValues[dimension].length],
  [0],
)

export const CELL_COUNT = starts.at(-1) ?? 0

/** Codes of a dimension in a packed first act are below this. */
const CODES_END = 256

/**
 * SQL: of packed attributes, an array with `256 d + code` for each dimension `d` in the order of
 * `breakdownDimensions`.
 * @param packed SQL of a packed first act: region in bits 13-20, age band 10-12, gender 8-9, traffic
 * source 3-7, device 0-2.
 */
export function codesOf(packed: string): string {
  const fields = [
    [13, 8],
    [10, 3],
    [8, 2],
    [3, 5],
    [0, 3],
  ] as const
  const codes = fields.map(
    ([shift, bits], dimension) =>
      `toUInt32(${dimension * CODES_END} + bitAnd(bitShiftRight(${packed}, ${shift}), ${2 ** bits - 1}))`,
  )
  return `[${codes.join(', ')}]`
}

/** By `256 d + code`: the cell, or -1 where no value has the code. Values that are never told are folded. */
const cellsOfCodes = Int32Array.from(
  { length: breakdownDimensions.length * CODES_END },
  (_, index) => {
    const dimension = breakdownDimensions[Math.floor(index / CODES_END)]
    const place = dimension === undefined ? undefined : placesOfCodes[dimension][index % CODES_END]
    return place === undefined ? -1 : (starts[Math.floor(index / CODES_END)] ?? 0) + place
  },
)

/** Adds people to the cell of a code. @throws RangeError where no value has the code. */
export function addToCell(counts: Int32Array, code: number, people: number): void {
  const cell = cellsOfCodes[code] ?? -1
  if (cell < 0) throw new RangeError(`no value of a dimension has the code ${code}`)
  counts[cell] = (counts[cell] ?? 0) + people
}

/** Cells as they stand in a decision: an entry a dimension. */
export function cellsByDimension(cells: Int32Array): readonly DecisionCells[] {
  return breakdownDimensions.map((name, dimension) => ({
    name,
    values: Array.from(cells.subarray(starts[dimension], starts[dimension + 1])),
  }))
}
