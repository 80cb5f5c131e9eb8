// Reads rows of whole numbers from a select in RowBinaryWithNamesAndTypes: no text and no object a row, since there are millions.
import type { Readable } from 'node:stream'
import { eachRowBinaryChunk } from './row-binary.ts'

/** UInt64 keys come first, then `numbers` columns of UInt32. */
export interface FixedRowShape {
  readonly keys: number
  readonly numbers: number
}

/**
 * Calls `take` for every row; both arrays are used again for the next one.
 * @throws Error when the select has columns of other types, and what the stream throws.
 */
export async function eachFixedRow(
  stream: Readable,
  { keys, numbers }: FixedRowShape,
  take: (keys: readonly bigint[], numbers: readonly number[]) => void,
): Promise<void> {
  const rowBytes = keys * 8 + numbers * 4
  const rowKeys: bigint[] = Array.from({ length: keys }, () => 0n)
  const rowNumbers: number[] = Array.from({ length: numbers }, () => 0)
  const wanted = [...rowKeys.map(() => 'UInt64'), ...rowNumbers.map(() => 'UInt32')]
  await eachRowBinaryChunk(stream, wanted, (bytes, from) => {
    let at = from
    for (; at + rowBytes <= bytes.length; at += rowBytes) {
      for (let key = 0; key < keys; key++) rowKeys[key] = bytes.readBigUInt64LE(at + key * 8)
      for (let number = 0; number < numbers; number++) {
        rowNumbers[number] = bytes.readUInt32LE(at + keys * 8 + number * 4)
      }
      take(rowKeys, rowNumbers)
    }
    return at
  })
}

/** Rows of one UInt64 key, by key: their numbers one after the other, in the order of the rows. */
export async function numbersByKey(
  stream: Readable,
  numbers: number,
): Promise<ReadonlyMap<bigint, readonly number[]>> {
  const found = new Map<bigint, number[]>()
  await eachFixedRow(stream, { keys: 1, numbers }, ([key = 0n], row) => {
    const before = found.get(key)
    if (before === undefined) found.set(key, [...row])
    else before.push(...row)
  })
  return found
}
