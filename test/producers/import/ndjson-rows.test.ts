// NDJSON as platforms write it: nested, with ids past 2^53, and with lines that are no JSON.
import { expect, test } from 'vitest'
import { readNdjsonRows } from '#producers/import/ndjson-rows.ts'
import { createColumns, rowLimits } from '#producers/import/rows.ts'
import { allRows, inPieces, seen } from './maps.ts'

async function read(text: string, size?: number) {
  const columns = createColumns()
  const rows = await allRows(readNdjsonRows(inPieces(text, size), columns))
  return { names: columns.names, rows: seen(rows) }
}

test('objects become cells, nested ones by names with dots', async () => {
  const text = '{"a":1,"b":{"c":true,"d":{"e":"x"}}}\r\n{"a":null,"f":[1,"2"]}\n'
  for (const size of [1, 9, 1000]) {
    expect(await read(text, size)).toEqual({
      names: ['a', 'b.c', 'b.d.e', 'f'],
      rows: [
        [1, ['1', 'true', 'x']],
        [2, ['', '', '', '[1,"2"]']],
      ],
    })
  }
})

test('ids past 2^53 keep every digit', async () => {
  const { rows } = await read('{"id":9223372036854775807,"big":1e3,"text":"9007199254740993"}')
  expect(rows).toEqual([[1, ['9223372036854775807', '1000', '9007199254740993']]])
})

test('what is no JSON object is named, and its neighbours go on', async () => {
  const text = '{"a":1}\nnot json\n[1]\n"x"\n\n{"a":"\uFFFD"}\n{"a":2}'
  expect((await read(text)).rows).toEqual([
    [1, ['1']],
    [2, 'not_a_row'],
    [3, 'not_a_row'],
    [4, 'not_a_row'],
    [5, 'not_a_row'],
    [6, ['2']],
  ])
})

test('a line that is too long is named, and its neighbours go on', async () => {
  const long = `{"a":"${'x'.repeat(3 * rowLimits.rowCharsMax)}"}`
  const { rows } = await read(`{"a":1}\n${long}\n{"a":2}\n`, rowLimits.blockBytes)
  expect(rows).toEqual([
    [1, ['1']],
    [2, 'too_long'],
    [3, ['2']],
  ])
})

test('a file of ever new columns ends in refusals, not in memory', async () => {
  const lines = Array.from({ length: rowLimits.columnsMax + 5 }, (_, index) => `{"c${index}":1}`)
  const { names, rows } = await read(lines.join('\n'), 10_000)
  expect(names.length).toBe(rowLimits.columnsMax)
  expect(rows.slice(-5).map((row) => String(row))).toEqual(
    [1, 2, 3, 4, 5].map((more) => `${rowLimits.columnsMax + more},not_a_row`),
  )
})
