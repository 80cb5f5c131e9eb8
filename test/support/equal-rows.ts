// Holds every row and the totals of a report against a tally of what was sent.
import { expect } from 'vitest'
import { z } from 'zod'
import { report, tokens } from './outside.ts'
import { metricNames, tally } from './tally.ts'
import type { Act } from './tally.ts'

const rowsSchema = z.array(z.array(z.union([z.string(), z.number(), z.null()])))
const answerSchema = z.object({ rows: rowsSchema, totals: z.object({ row: rowsSchema.element }) })

export interface EqualRows {
  readonly creator: string
  /** Dates, dimensions, filters, zone; all metrics are asked for. */
  readonly query: Readonly<Record<string, string>>
  /** What the report is about. */
  readonly acts: readonly Act[]
  /** Labels of the row that an act belongs to, joined by a blank; null: it has none. */
  readonly keyOf: (act: Act) => string | null
}

/**
 * Every row equals a tally of the acts that have its labels, and every act has a row but those that
 * `keyOf` gives none. @returns the number of rows.
 */
export async function expectEqualRows({ creator, query, acts, keyOf }: EqualRows): Promise<number> {
  const asked = { metrics: metricNames.join(), max_results: '10000', ...query }
  const { status, body } = await report(await tokens.creator(creator), asked)
  expect(status).toBe(200)
  const { rows, totals } = answerSchema.parse(body)
  const labels = query['dimensions']?.split(',').length ?? 0
  const groups = Map.groupBy(acts, keyOf)
  for (const row of rows) {
    const key = row.slice(0, labels).join(' ')
    const expected = tally(groups.get(key) ?? [])
    // What has not begun is null, where a count of nothing is 0.
    const values = row.slice(labels)
    const shown = Object.fromEntries(
      metricNames.map((name, index) => [name, values[index] ?? (expected[name] === 0 ? 0 : null)]),
    )
    expect([key, shown]).toEqual([key, expected])
    groups.delete(key)
  }
  groups.delete(null)
  expect([...groups.keys()]).toEqual([])
  const whole = tally(acts)
  expect(totals.row.slice(labels)).toEqual(metricNames.map((name) => whole[name]))
  return rows.length
}
