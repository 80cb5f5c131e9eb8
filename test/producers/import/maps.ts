// A small map for tests, and rows of a log as the steps after reading see them.
import { parseMap } from '#producers/import/read-map.ts'
import type { ImportMap } from '#producers/import/import-map.ts'
import type { Row } from '#producers/import/rows.ts'

export const aMap = {
  format: 'csv',
  namespace: 'test',
  occurred_at: { column: 'at', unit: 'ms' },
  user_id: { column: 'user' },
  video_id: { column: 'video' },
  creator_id: { column: 'author' },
  events: [
    {
      type: 'view',
      when: { played: { above: 0 } },
      watched_ms: { column: 'played' },
    },
    { type: 'like', when: { liked: { equals: 1 } } },
  ],
} as const

export const aHeader = ['at', 'user', 'video', 'author', 'played', 'liked'] as const

export function mapOf(more: Readonly<Record<string, unknown>> = {}): ImportMap {
  return parseMap(JSON.stringify({ ...aMap, ...more }), 'test')
}

export async function* inPieces(text: string, size = 7): AsyncGenerator<string> {
  for (let from = 0; from < text.length; from += size) yield text.slice(from, from + size)
}

export async function allRows(batches: AsyncIterable<readonly Row[]>): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const batch of batches) for (const row of batch) rows.push(row)
  return rows
}

/** Cells of sound rows and faults of others. */
export function seen(rows: readonly Row[]): readonly unknown[] {
  return rows.map(({ number, cells, fault }) => [number, fault === null ? cells : fault.code])
}
