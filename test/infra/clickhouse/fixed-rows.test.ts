// Rows of whole numbers come out as they are, however the bytes are cut; anything else is refused.
import { Readable } from 'node:stream'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { eachFixedRow } from '#infra/clickhouse/fixed-rows.ts'

function header(types: readonly string[]): Buffer {
  const texts = [...types.map((_type, index) => `column_${index}`), ...types]
  const parts = texts.map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]))
  return Buffer.concat([Buffer.from([types.length]), ...parts])
}

function row(key: bigint, number: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeBigUInt64LE(key)
  bytes.writeUInt32LE(number, 8)
  return bytes
}

async function read(bytes: Buffer, cuts: readonly number[]): Promise<unknown[]> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length]
  const chunks = ends
    .toSorted((a, b) => a - b)
    .map((end, index, all) => bytes.subarray(index === 0 ? 0 : all[index - 1], end))
  const rows: unknown[] = []
  const stream = Readable.from(chunks, { objectMode: true })
  await eachFixedRow(stream, { keys: 1, numbers: 1 }, ([key], [number]) => rows.push([key, number]))
  return rows
}

const pairs = fc.array(
  fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
)

test('rows are read whole, wherever a chunk ends', async () => {
  await fc.assert(
    fc.asyncProperty(pairs, fc.array(fc.nat()), async (rows, cuts) => {
      const body = rows.map(([key, number]) => row(key, number))
      const bytes = Buffer.concat([header(['UInt64', 'UInt32']), ...body])
      expect(await read(bytes, cuts)).toEqual(rows)
    }),
  )
})

test('columns of other types are not taken for numbers', async () => {
  const bytes = Buffer.concat([header(['UInt64', 'UInt64']), Buffer.alloc(16)])
  await expect(read(bytes, [])).rejects.toThrow(
    'a select answers UInt64, UInt64 instead of UInt64, UInt32',
  )
})

test('an answer that ends inside a row is no answer', async () => {
  const bytes = Buffer.concat([header(['UInt64', 'UInt32']), row(1n, 1).subarray(0, 11)])
  await expect(read(bytes, [])).rejects.toThrow('ended inside a row')
})
