// Opens a platform's log as text in blocks of one size, whatever it is packed in; says which file it is, whatever its name.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import type { Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { messageOf } from '#infra/runtime/errors.ts'
import { FileError, rowLimits } from './rows.ts'

/** What `-` names: can be read once. */
export const STANDARD_INPUT = '-'

/** Bytes at both ends of a file that tell it from others of its size. */
const EDGE_BYTES = 65_536

interface Packing {
  readonly magic: readonly number[]
  /** Null: it is not read, and why. */
  readonly open: (() => Transform) | null
  readonly name: string
}

/** First bytes of the formats (RFC 1952, RFC 8878, and those that people try). */
const packings: readonly Packing[] = [
  { magic: [0x1f, 0x8b], open: createGunzip, name: 'gzip' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], open: createZstdDecompress, name: 'zstd' },
  { magic: [0x50, 0x4b, 0x03, 0x04], open: null, name: 'a zip archive' },
  { magic: [0x42, 0x5a, 0x68], open: null, name: 'bzip2' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], open: null, name: 'xz' },
  { magic: [0x50, 0x41, 0x52, 0x31], open: null, name: 'Parquet' },
  { magic: [0xff, 0xfe], open: null, name: 'UTF-16' },
  { magic: [0xfe, 0xff], open: null, name: 'UTF-16' },
]
const MAGIC_BYTES = 5

/** The text of a file. Bytes that are no UTF-8 come as U+FFFD. @throws FileError */
export async function* readText(file: string): AsyncGenerator<string> {
  // The mark at the beginning (BOM) is left out by the decoder.
  const decoder = new TextDecoder('utf-8')
  try {
    for await (const block of blocksOf(unpacked(openBytes(file)))) {
      yield decoder.decode(block, { stream: true })
    }
  } catch (error) {
    if (error instanceof FileError) throw error
    throw new FileError(`${file} cannot be read to its end: ${messageOf(error)}`)
  }
  const rest = decoder.decode()
  if (rest !== '') yield rest
}

function openBytes(file: string): Readable {
  return file === STANDARD_INPUT
    ? process.stdin
    : createReadStream(file, { highWaterMark: rowLimits.blockBytes })
}

async function* unpacked(input: Readable): AsyncGenerator<Uint8Array> {
  const source = input.iterator()
  let head = Buffer.alloc(0)
  while (head.length < MAGIC_BYTES) {
    const { done, value } = await source.next()
    if (done === true) break
    head = Buffer.concat([head, Buffer.from(value)])
  }
  const packing = packings.find(({ magic }) =>
    head.subarray(0, magic.length).equals(Buffer.from(magic)),
  )
  if (packing?.open === null) {
    throw new FileError(`The file is ${packing.name}: unpack it to CSV or NDJSON in UTF-8 first`)
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head
    for await (const chunk of source) yield Buffer.from(chunk)
  }
  if (packing === undefined) yield* whole()
  else yield* unpack(whole(), packing.open())
}

async function* unpack(
  packed: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array> {
  pipeline(Readable.from(packed), transform, () => undefined)
  for await (const chunk of transform) yield Buffer.from(chunk)
}

/** Blocks of one size, the last one shorter: so a row is cut alike on every reading. */
async function* blocksOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    waiting.push(chunk)
    bytes += chunk.length
    if (bytes < rowLimits.blockBytes) continue
    const all = Buffer.concat(waiting)
    let from = 0
    for (; all.length - from >= rowLimits.blockBytes; from += rowLimits.blockBytes) {
      yield all.subarray(from, from + rowLimits.blockBytes)
    }
    waiting = [all.subarray(from)]
    bytes = all.length - from
  }
  if (bytes > 0) yield Buffer.concat(waiting)
}

/** What a file is by size and both ends; a copy of another name is the same. */
export async function identityOfFile(file: string): Promise<string> {
  await using handle = await open(file)
  const { size } = await handle.stat()
  const edge = Buffer.alloc(EDGE_BYTES)
  const hash = createHash('sha256').update(`${size}\n`)
  for (const position of [0, Math.max(0, size - EDGE_BYTES)]) {
    const { bytesRead } = await handle.read(edge, 0, EDGE_BYTES, position)
    hash.update(edge.subarray(0, bytesRead))
  }
  return hash.digest('hex')
}
