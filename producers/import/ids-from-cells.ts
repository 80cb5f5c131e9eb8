// Turns a platform's own ids into 1..2^63-1: as they are, moved by an offset, or hashed with a key.
import { createHmac } from 'node:crypto'
import type { IdSource } from './import-map.ts'
import type { Columns, RowFault } from './rows.ts'
import { wholeNumber } from './values-from-cells.ts'

/** Users and creators are people of one space, or nobody would be known on their own videos. */
export type IdKind = 'person' | 'video' | 'collection'

/** An id as text, or why there is none; what is given as it is, is judged with the event. */
export type CellId = (cells: readonly string[]) => string | RowFault

export interface CellIdOptions {
  readonly source: IdSource
  /** Of the event. */
  readonly field: string
  readonly kind: IdKind
  readonly columns: Columns
  readonly namespace: string
  /** 32 bytes; asked for when the map hashes. */
  readonly key: () => Buffer
}

const ID_MAX = 2n ** 63n - 1n
/** Hashed ids that are kept, so that most need no hash: about 20 MB. */
const KEPT_HASHES = 200_000

export function cellId(options: CellIdOptions): CellId {
  const { source, field, columns } = options
  if (typeof source === 'string') return () => source
  const place = columns.placeOf(source.column)
  const missing: RowFault = { code: 'missing_field', field, message: 'is required' }
  const { offset } = source
  const turn =
    source.hash === true
      ? hashed(options)
      : offset === undefined
        ? (text: string) => text
        : moved(offset, field)
  return (cells) => {
    const text = cells[place] ?? ''
    return text === '' ? missing : turn(text)
  }
}

function moved(offset: bigint, field: string): (text: string) => string | RowFault {
  const noNumber: RowFault = { code: 'wrong_type', field, message: 'must be a whole number' }
  const message = `must be 1..${ID_MAX} with the offset ${offset} of the map`
  const outside: RowFault = { code: 'out_of_range', field, message }
  const small = Number(offset)
  const isSmall = Number.isSafeInteger(small) && Math.abs(small) < 2 ** 52
  return (text) => {
    const whole = wholeNumber(text)
    if (whole >= 0 && isSmall) return whole + small >= 1 ? String(whole + small) : outside
    if (!/^-?\d+$/.test(text)) return noNumber
    if (text.length > 40) return outside
    const id = BigInt(text) + offset
    return id >= 1n && id <= ID_MAX ? id.toString() : outside
  }
}

function hashed({ kind, namespace, key }: CellIdOptions): (text: string) => string {
  const secret = key()
  const kept = new Map<string, string>()
  return (text) => {
    const known = kept.get(text)
    if (known !== undefined) return known
    const content = JSON.stringify([namespace, kind, text])
    const digest = createHmac('sha256', secret).update(content).digest()
    const id = String((digest.readBigUInt64BE() % ID_MAX) + 1n)
    if (kept.size >= KEPT_HASHES) kept.clear()
    // A slice of a block's text would keep the whole block.
    kept.set(Buffer.from(text).toString(), id)
    return id
  }
}
