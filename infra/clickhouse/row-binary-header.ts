// What a select in RowBinaryWithNamesAndTypes begins with: names and types of its columns.

interface Header {
  readonly types: readonly string[]
  readonly bytes: number
}

/**
 * @param wanted types as the server names them, in order.
 * @returns where the rows begin; null: not all of the header is there yet.
 * @throws Error when the columns have other types.
 */
export function endOfHeader(bytes: Buffer, wanted: readonly string[]): number | null {
  const header = headerOf(bytes)
  if (header === null) return null
  const [found, expected] = [header.types, wanted].map((types) => types.join(', '))
  if (found !== expected) throw new Error(`a select answers ${found} instead of ${expected}`)
  return header.bytes
}

/** A count, then texts behind their lengths, all of them below 128. */
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
