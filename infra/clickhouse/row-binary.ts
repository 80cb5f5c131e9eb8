// Reads what a select answers in RowBinaryWithNamesAndTypes: names and types of its columns, then rows, in chunks that end anywhere.
import type { Readable } from 'node:stream'

interface Header {
  readonly types: readonly string[]
  readonly bytes: number
}

/**
 * Calls `takeRows` with the bytes that are there and where the next row begins, chunk by chunk; it answers
 * where the first row begins that is not whole yet.
 * @param wanted types as the server names them, in order.
 * @throws Error when the columns have other types or the last row is not whole, and what the stream throws.
 */
export async function eachRowBinaryChunk(
  stream: Readable,
  wanted: readonly string[],
  takeRows: (bytes: Buffer, at: number) => number,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0)
  let hasHeader = false
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) throw new Error('a select answers bytes')
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    if (!hasHeader) {
      const header = headerOf(rest)
      if (header === null) continue
      assertTypes(header, wanted)
      hasHeader = true
      at = header.bytes
    }
    rest = rest.subarray(takeRows(rest, at))
  }
  if (rest.length > 0) throw new Error('a select ended inside a row')
}

function assertTypes({ types }: Header, wanted: readonly string[]): void {
  const [found, expected] = [types, wanted].map((each) => each.join(', '))
  if (found !== expected) throw new Error(`a select answers ${found} instead of ${expected}`)
}

/** Names and types: a count, then texts behind their lengths, all of them below 128. Null: not all of it is there yet. */
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
