// Reads rows of a select in RowBinaryWithNamesAndTypes as they come: lists of numbers as typed arrays, no text and no object a number.
import type { Readable } from 'node:stream'
import { eachRowBinaryChunk } from './row-binary.ts'

const itemBytes = {
  UInt32: 4,
  Int64: 8,
  UInt64: 8,
  'LowCardinality(String)': 1,
  'Array(Int32)': 4,
  'Array(Int64)': 8,
  'Array(Date)': 2,
} as const

/** Types as the server names them. */
export type ColumnType = keyof typeof itemBytes

/** One row, until the next is read; columns count from 0. */
export interface MixedRow {
  uint32(column: number): number
  uint64(column: number): bigint
  /** An Int64 below 2^53. */
  int64(column: number): number
  text(column: number): string
  /** Of an `Array(Int64)`, each below 2^53. */
  int64s(column: number): readonly number[]
  /** Of an `Array(Int32)`; its memory is used again for the next row. */
  int32s(column: number): Int32Array
  /** Days since 1970 of an `Array(Date)`; its memory is used again for the next row. */
  days(column: number): Uint16Array
}

/**
 * Calls `take` for every row of a statement that ends in `format RowBinaryWithNamesAndTypes`.
 * @throws Error when its columns have other types, and what the stream throws.
 */
export async function eachMixedRow(
  stream: Readable,
  types: readonly ColumnType[],
  take: (row: MixedRow) => void,
): Promise<void> {
  const row = createRow(types)
  await eachRowBinaryChunk(stream, types, (bytes, from) => {
    let at = from
    for (let end = row.find(bytes, at); end !== null; end = row.find(bytes, at)) {
      take(row)
      at = end
    }
    return at
  })
}

interface FoundRow extends MixedRow {
  /** Where the row at a place ends; null: not all of it is there yet. */
  find(bytes: Buffer, at: number): number | null
}

function createRow(types: readonly ColumnType[]): FoundRow {
  let bytes: Buffer = Buffer.alloc(0)
  const starts = types.map(() => 0)
  const counts = types.map(() => 1)
  const lists = types.map(() => new Int32Array(0))
  const dayLists = types.map(() => new Uint16Array(0))
  const startOf = (column: number): number => starts[column] ?? 0

  /**
   * Numbers begin anywhere in an answer, but typed arrays do not: the bytes of a list go to the memory of
   * one, which is kept for the next row. Every machine that runs Node is little-endian, as the format is.
   */
  function listAt<List extends Int32Array | Uint16Array>(
    kept: List[],
    column: number,
    create: (length: number) => List,
  ): List {
    const length = counts[column] ?? 0
    let list = kept[column]
    if (list?.length !== length) {
      list = create(length)
      kept[column] = list
    }
    bytes.copy(new Uint8Array(list.buffer), 0, startOf(column), startOf(column) + list.byteLength)
    return list
  }

  return {
    find(from, at) {
      bytes = from
      let next = at
      for (const [column, type] of types.entries()) {
        let count = 1
        if (isList(type)) {
          const length = varintAt(bytes, next)
          if (length === null) return null
          count = length.value
          next = length.end
        }
        starts[column] = next
        counts[column] = count
        next += count * itemBytes[type]
        if (next > bytes.length) return null
      }
      // Without columns or bytes there is no row.
      return next > at ? next : null
    },
    uint32: (column) => bytes.readUInt32LE(startOf(column)),
    uint64: (column) => bytes.readBigUInt64LE(startOf(column)),
    int64: (column) => Number(bytes.readBigInt64LE(startOf(column))),
    text: (column) =>
      bytes.toString('utf8', startOf(column), startOf(column) + (counts[column] ?? 0)),
    int64s: (column) =>
      Array.from({ length: counts[column] ?? 0 }, (_, index) =>
        Number(bytes.readBigInt64LE(startOf(column) + 8 * index)),
      ),
    int32s: (column) => listAt(lists, column, createInt32s),
    days: (column) => listAt(dayLists, column, createUint16s),
  }
}

const createInt32s = (length: number): Int32Array => new Int32Array(length)
const createUint16s = (length: number): Uint16Array => new Uint16Array(length)

function isList(type: ColumnType): boolean {
  return type === 'LowCardinality(String)' || type.startsWith('Array')
}

/** Seven bits a byte, the lowest first (LEB128). Null: not all of it is there yet. */
function varintAt(bytes: Buffer, at: number): { value: number; end: number } | null {
  let value = 0
  for (let index = at, factor = 1; index < bytes.length; index++, factor *= 128) {
    const byte = bytes[index] ?? 0
    value += (byte % 128) * factor
    if (byte < 128) return { value, end: index + 1 }
  }
  return null
}
