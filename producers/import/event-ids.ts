// Gives an event the id that its row and its type make, so that a row counts once however often, in whatever order and format it comes.
import { hash } from 'node:crypto'

export interface EventIds {
  /**
   * What a row is told by: its non-empty cells by name. The same for another order of columns, and
   * for CSV and NDJSON of the same texts.
   */
  contentOf(cells: readonly string[]): string
  /** A UUID version 7 of `atMs`; `label` tells the events of one row apart. */
  idOf(label: string, content: string, atMs: number): string
}

export interface EventIdsOptions {
  readonly namespace: string
  /** May grow. */
  readonly names: readonly string[]
  /** Columns that tell a row; undefined: all. */
  readonly identity: readonly string[] | undefined
}

/** Sets of non-empty columns whose names are kept as text; most logs have a few dozen. */
const KEPT_SETS = 1000
const FIRST_LENGTH_CODE = 32
const SHORT_CHARS = 1000

export function createEventIds({ namespace, names, identity }: EventIdsOptions): EventIds {
  let places: readonly number[] = []
  let known = -1
  const heads = new Map<string, string>()

  function order(): void {
    known = names.length
    heads.clear()
    places = [...names.keys()]
      .filter((place) => identity === undefined || identity.includes(names[place] ?? ''))
      .sort((a, b) => ((names[a] ?? '') < (names[b] ?? '') ? -1 : 1))
  }
  /** The names of the columns that have something; `empty` tells the others apart. */
  function headOf(empty: string, cells: readonly string[]): string {
    const kept = heads.get(empty)
    if (kept !== undefined) return kept
    const filled = places.filter((place) => (cells[place] ?? '') !== '')
    const head = `\n${JSON.stringify(filled.map((place) => names[place]))}`
    if (heads.size >= KEPT_SETS) heads.clear()
    heads.set(empty, head)
    return head
  }

  return {
    contentOf(cells) {
      if (known !== names.length) order()
      let empty = ''
      let lengths = ''
      let texts = ''
      for (const place of places) {
        const cell = cells[place] ?? ''
        if (cell === '') {
          empty += String.fromCharCode(place)
          continue
        }
        // With names and lengths said, no two rows can make the same text.
        lengths +=
          cell.length < SHORT_CHARS
            ? String.fromCharCode(FIRST_LENGTH_CODE + cell.length)
            : `\n${cell.length}\n`
        texts += cell
      }
      return headOf(empty, cells) + lengths + texts
    },
    idOf(label, content, atMs) {
      const bits = hash('sha256', `${namespace}\n${label}${content}`, 'hex')
      const time = atMs.toString(16).padStart(12, '0')
      // RFC 9562, 5.7: version 7, and a variant of binary 10; 74 bits are of the hash.
      const variant = '89ab'[Number.parseInt(bits.charAt(3), 16) & 3] ?? '8'
      return `${time.slice(0, 8)}-${time.slice(8)}-7${bits.slice(0, 3)}-${variant}${bits.slice(4, 7)}-${bits.slice(7, 19)}`
    },
  }
}
