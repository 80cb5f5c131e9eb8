// CSV as platforms write it, dirt included: a broken row costs itself and no neighbour.
import * as fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, test } from 'vitest'
import { openCsvRows } from '#producers/import/csv-rows.ts'
import { rowLimits } from '#producers/import/rows.ts'
import { allRows, inPieces, seen } from './maps.ts'

async function read(text: string, delimiter = ',', size?: number): Promise<readonly unknown[]> {
  const { batches } = await openCsvRows(inPieces(text, size), delimiter)
  return seen(await allRows(batches))
}

describe('rows of CSV', () => {
  test('have quotes, quotes in quotes, line ends in quotes and either line end', async () => {
    const text = 'a,b\r\n1,"x, ""y"""\r\n2,"over\ntwo"\n\r\n3,\r\n"4",last'
    for (const size of [1, 2, 3, 1000]) {
      expect(await read(text, ',', size)).toEqual([
        [1, ['1', 'x, "y"']],
        [2, ['2', 'over\ntwo']],
        [3, ['3', '']],
        [4, ['4', 'last']],
      ])
    }
  })

  test('are all read, the first after the header too, without a single quote', async () => {
    for (const size of [1, 5, 1000]) {
      expect(await read('a;b\n1;2\n3;4\n5;6\n', ';', size)).toEqual([
        [1, ['1', '2']],
        [2, ['3', '4']],
        [3, ['5', '6']],
      ])
    }
  })

  test('of another number of cells are named, and their neighbours go on', async () => {
    expect(await read('a,b\n1,2\n3\n4,5,6\n7,8\n')).toEqual([
      [1, ['1', '2']],
      [2, 'not_a_row'],
      [3, 'not_a_row'],
      [4, ['7', '8']],
    ])
  })

  test('whose quote is not closed lose their line and nothing after it', async () => {
    const text = 'a,b\n1,2\n3,"four\n5,6\n7,"eight"\n9,"ten\n'
    for (const size of [1, 4, 1000]) {
      expect(await read(text, ',', size)).toEqual([
        [1, ['1', '2']],
        [2, 'not_a_row'],
        [3, ['5', '6']],
        [4, ['7', 'eight']],
        [5, 'not_a_row'],
      ])
    }
  })

  test('that are too long are named, held in no memory, and their neighbours go on', async () => {
    const long = 'x'.repeat(3 * rowLimits.rowCharsMax)
    const text = `a,b\n1,2\n3,${long}\n4,5\n6,"${`${'y'.repeat(99)}\n`.repeat(rowLimits.rowCharsMax / 64)}`
    const rows = await read(text, ',', rowLimits.blockBytes)
    expect(rows.slice(0, 4)).toEqual([
      [1, ['1', '2']],
      [2, 'too_long'],
      [3, ['4', '5']],
      [4, 'too_long'],
    ])
  })

  test('with bytes that are no UTF-8 are named', async () => {
    expect(await read('a,b\n1,\uFFFD\n2,3\n')).toEqual([
      [1, 'not_a_row'],
      [2, ['2', '3']],
    ])
  })

  test('are those that a writer of CSV wrote, however they are cut', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', '"', ',', '\n', ' ', '1', '😀'),
      maxLength: 6,
    })
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, size) => {
        const text = Papa.unparse([['a', 'b', 'c'], ...rows], { newline: '\n', quotes: true })
        const expected = rows.map((cells, index) => [index + 1, cells])
        expect(await read(text, ',', size)).toEqual(expected)
      }),
    )
  })
})

describe('a header', () => {
  test('that is missing, broken or names a column twice is told before anything is read', async () => {
    const open = (text: string) => openCsvRows(inPieces(text), ',')
    await expect(open('')).rejects.toThrow('it has no header')
    await expect(open('a,b,a\n1,2,3')).rejects.toThrow('names the column a twice')
    await expect(open('a,"b\n1,2')).rejects.toThrow('not a line of CSV')
  })

  test('alone is a log without rows', async () => {
    expect(await read('a,b')).toEqual([])
    expect(await read('a,b\r\n')).toEqual([])
  })
})
