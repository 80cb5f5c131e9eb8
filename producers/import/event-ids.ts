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

export function createEventIds({ namespace, names, identity }: EventIdsOptions): EventIds {
  let ordered: readonly { readonly place: number; readonly head: string }[] = []
  let known = -1
  function order(): void {
    known = names.length
    ordered = names
      .map((name, place) => ({ name, place }))
      .filter(({ name }) => identity === undefined || identity.includes(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, place }) => ({ place, head: `\n${name.length} ${name} ` }))
  }
  return {
    contentOf(cells) {
      if (known !== names.length) order()
      let content = ''
      for (const { place, head } of ordered) {
        const cell = cells[place]
        // With both lengths said, no two rows can make the same text.
        if (cell !== undefined && cell !== '') content += `${head}${cell.length} ${cell}`
      }
      return content
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
