// Every packed first act lies in one cell of each dimension, and what is never told is counted as what it is told as.
import { expect, test } from 'vitest'
import { addToCell, CELL_COUNT, cellsByDimension } from '#consumers/sealer/breakdowns/cell-grid.ts'
import { breakdownDimensions, breakdownValues } from '#schemas/breakdowns.ts'
import { ageBands, devices, genders, regions, trafficSources } from '#schemas/dimensions.ts'

const folds = new Map<string, string>([
  ['13-17', 'unknown'],
  ['saved_list', 'other'],
])
const codes: readonly (readonly string[])[] = [regions, ageBands, genders, trafficSources, devices]

test('every code has a cell, under its own name but for minors and the list of saves', () => {
  for (const [index, dimension] of breakdownDimensions.entries()) {
    for (const [code, value] of (codes[index] ?? []).entries()) {
      const counts = new Int32Array(CELL_COUNT)
      addToCell(counts, index * 256 + code, 3)
      const cells = cellsByDimension(counts)
      const told = cells.flatMap(({ name, values }) =>
        values.flatMap((people, place) =>
          people === 0 ? [] : [[name, Object.values(breakdownValues)[index]?.[place], people]],
        ),
      )
      const folded = folds.get(value) ?? value
      expect(told).toEqual([[dimension, folded, 3]])
    }
  }
})

test('no cell is of minors or of the list of saves', () => {
  const all: readonly string[] = Object.values(breakdownValues).flat()
  expect(all.filter((value) => value === '13-17' || value === 'saved_list')).toEqual([])
  expect(all.length).toBe(CELL_COUNT)
})

test('a code without a value is refused', () => {
  expect(() => addToCell(new Int32Array(CELL_COUNT), 250, 1)).toThrow(RangeError)
})
