// Rows with lists come out as they are, however the bytes are cut; anything else is refused.
import { Readable } from 'node:stream'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { eachMixedRow } from '#infra/clickhouse/mixed-rows.ts'
import type { ColumnType } from '#infra/clickhouse/mixed-rows.ts'

const types = [
  'UInt64',
  'LowCardinality(String)',
  'UInt32',
  'Array(Date)',
  'Array(Int32)',
  'Array(Int64)',
] as const satisfies readonly ColumnType[]

interface Row {
  readonly id: bigint
  readonly name: string
  readonly at: number
  readonly days: readonly number[]
  readonly cells: readonly number[]
  readonly sums: readonly number[]
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [128 + (value % 128), ...varint(Math.floor(value / 128))]
}

function list(length: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(varint(length)), bytes])
}

function text(of: string): Buffer {
  return list(Buffer.byteLength(of), Buffer.from(of))
}

function bytesOf({ id, name, at, days, cells, sums }: Row): Buffer {
  const fixed = (array: { readonly buffer: ArrayBuffer }) => new Uint8Array(array.buffer)
  return Buffer.concat([
    fixed(BigUint64Array.of(id)),
    text(name),
    fixed(Uint32Array.of(at)),
    list(days.length, fixed(Uint16Array.from(days))),
    list(cells.length, fixed(Int32Array.from(cells))),
    list(sums.length, fixed(BigInt64Array.from(sums, BigInt))),
  ])
}

const header = Buffer.concat([
  Buffer.from([types.length]),
  ...types.map((_, index) => text(`column_${index}`)),
  ...types.map(text),
])

async function read(bytes: Buffer, cuts: readonly number[]): Promise<readonly Row[]> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length]
  const chunks = ends
    .toSorted((a, b) => a - b)
    .map((end, index, all) => bytes.subarray(index === 0 ? 0 : all[index - 1], end))
  const rows: Row[] = []
  await eachMixedRow(Readable.from(chunks, { objectMode: true }), types, (row) => {
    const [days, cells] = [[...row.days(3)], [...row.int32s(4)]]
    const [id, name, at, sums] = [row.uint64(0), row.text(1), row.uint32(2), [...row.int64s(5)]]
    rows.push({ id, name, at, days, cells, sums })
  })
  return rows
}

const rows = fc.array(
  fc.record({
    id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    name: fc.string({ unit: 'binary', maxLength: 60 }),
    at: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    days: fc.array(fc.integer({ min: 0, max: 65_535 })),
    cells: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 300 }),
    sums: fc.array(fc.maxSafeInteger().map((sum) => (sum === 0 ? 0 : sum))),
  }),
  { maxLength: 6 },
)

test('rows are read whole, wherever a chunk ends', async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.array(fc.nat(), { maxLength: 8 }), async (all, cuts) => {
      expect(await read(Buffer.concat([header, ...all.map(bytesOf)]), cuts)).toEqual(all)
    }),
  )
})

test('columns of other types are not taken for these', async () => {
  const other = Buffer.concat([Buffer.from([1]), text('id'), text('Int8')])
  await expect(read(other, [])).rejects.toThrow('a select answers Int8 instead of UInt64')
})

test('an answer that ends inside a row is no answer', async () => {
  const row = bytesOf({ id: 1n, name: 'a', at: 2, days: [3], cells: [4], sums: [5] })
  const bytes = Buffer.concat([header, row.subarray(0, -1)])
  await expect(read(bytes, [])).rejects.toThrow('ended inside a row')
})
