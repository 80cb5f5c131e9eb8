// Frames columns as one block of ClickHouse's Native format without copying them: what a server reads cheapest.

/** Width and order of `data` must be those of `type` on a little-endian machine. */
export interface NativeColumn {
  readonly name: string
  /** A type of fixed width with exactly `rows` values in `data`, or `LowCardinality(String)`. */
  readonly type: string
  readonly data: Uint8Array | Int32Array | Uint32Array | DictionaryData
}

/** A `LowCardinality(String)`: row `i` is `dictionary[indexes[i]]`. At most 256 values. */
export interface DictionaryData {
  /** Encoded once: it must not change. */
  readonly dictionary: readonly string[]
  readonly indexes: Uint8Array
}

/** The longest part in bytes; a stream hands on one part at a time. */
export const PART_BYTES_MAX = 1_000_000

/** Shorter neighbours are joined by copying: a write to a socket costs more than that. */
const JOINED_BYTES = 16_384

/**
 * One block for `insert into t (names in this order) format Native`, as parts for
 * `Readable.from(parts, { objectMode: false })`. Parts are views: the columns must keep their content
 * until the insert was acknowledged. No rows give no parts.
 *
 * Layout (ClickHouse `NativeWriter` without a client revision): number of columns, of rows, then each
 * column's name, type and values. Of a `LowCardinality(String)`: u64 version 1, u64 flags, u64 size of
 * the dictionary, its strings, u64 rows, indexes.
 */
export function nativeBlock(rows: number, columns: readonly NativeColumn[]): readonly Uint8Array[] {
  if (rows === 0) return []
  const pieces: Uint8Array[] = [varint(columns.length), varint(rows)]
  for (const { name, type, data } of columns) {
    pieces.push(text(name), text(type))
    if ('dictionary' in data) pieces.push(dictionaryBytes(data.dictionary), u64(rows), data.indexes)
    else pieces.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return cut(pieces)
}

/** `HasAdditionalKeys` and `NeedUpdateDictionary`, indexes of one byte (`SerializationLowCardinality`). */
const DICTIONARY_FLAGS = 0x600

/** By the array itself: the same few constants come with every block. */
const encodedDictionaries = new WeakMap<readonly string[], Uint8Array>()

function dictionaryBytes(dictionary: readonly string[]): Uint8Array {
  const known = encodedDictionaries.get(dictionary)
  if (known !== undefined) return known
  if (dictionary.length > 256)
    throw new Error('a dictionary of one-byte indexes is longer than 256')
  const sizes = [u64(1), u64(DICTIONARY_FLAGS), u64(dictionary.length)]
  const bytes = Buffer.concat([...sizes, ...dictionary.map(text)])
  encodedDictionaries.set(dictionary, bytes)
  return bytes
}

/** Long pieces as views of at most `PART_BYTES_MAX`, short ones between them joined. */
function cut(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = []
  let short: Uint8Array[] = []
  let shortBytes = 0
  const join = (): void => {
    if (short.length > 0) parts.push(Buffer.concat(short))
    short = []
    shortBytes = 0
  }
  for (const piece of pieces) {
    const isShort = piece.length < JOINED_BYTES
    if (!isShort || shortBytes + piece.length > PART_BYTES_MAX) join()
    if (isShort) {
      short.push(piece)
      shortBytes += piece.length
      continue
    }
    for (let at = 0; at < piece.length; at += PART_BYTES_MAX) {
      parts.push(piece.subarray(at, at + PART_BYTES_MAX))
    }
  }
  join()
  return parts
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value)
  return Buffer.concat([varint(bytes.length), bytes])
}

/** 7 bits a byte, least first; `value` is an integer of at most 2^53. */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}

function u64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
