// Reads rows of whole numbers from a select in RowBinaryWithNamesAndTypes: no text and no object a row, since there are millions.
import type { Readable } from 'node:stream'

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
  const wanted = [...rowKeys.map(() => 'UInt64'), ...rowNumbers.map(() => 'UInt32')].join(', ')
  let rest: Buffer = Buffer.alloc(0)
  let header: Header | null = null
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) throw new Error('a select answers bytes')
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    if (header === null) {
      header = headerOf(bytes)
      if (header !== null) assertTypes(header, wanted)
      at = header?.bytes ?? bytes.length
    }
    for (; at + rowBytes <= bytes.length; at += rowBytes) {
      for (let key = 0; key < keys; key++) rowKeys[key] = bytes.readBigUInt64LE(at + key * 8)
      for (let number = 0; number < numbers; number++) {
        rowNumbers[number] = bytes.readUInt32LE(at + keys * 8 + number * 4)
      }
      take(rowKeys, rowNumbers)
    }
    rest = header === null ? bytes : bytes.subarray(at)
  }
  if (rest.length > 0) throw new Error('a select ended inside a row')
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

interface Header {
  readonly types: readonly string[]
  readonly bytes: number
}

function assertTypes({ types }: Header, wanted: string): void {
  const found = types.join(', ')
  if (found !== wanted) throw new Error(`a select answers ${found} instead of ${wanted}`)
}

/**
 * Names and types of the columns: a count, then texts behind their lengths, all of them below 128.
 * Null: not all of it is there yet.
 */
function headerOf(bytes: Buffer): Header | null {
  const [columns] = bytes
  if (columns === undefined) return null
  const texts: string[] = []
  let at = 1
  while (texts.length < 2 * columns) {
    const length = bytes[at]
    if (length === undefined || at + 1 + length > bytes.length) return null
    texts.push(bytes.toString('utf8', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { types: texts.slice(columns), bytes: at }
}
