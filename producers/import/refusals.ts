// What was refused and why: counts by code and field with the first rows, never a value.
import { z } from 'zod'
import type { RowFault } from './rows.ts'

const groupSchema = z.object({
  code: z.string(),
  field: z.string(),
  message: z.string(),
  count: z.number(),
  /** The first rows, by number. */
  rows: z.array(z.number()),
})

export const refusalsSchema = z.array(groupSchema)

export type RefusalGroup = z.infer<typeof groupSchema>

const FIRST_ROWS = 5
/** Reasons that are told apart: there are some 10 codes and 20 fields. */
const GROUPS_MAX = 300

export interface Refusals {
  readonly total: number
  /** The most frequent first. */
  readonly groups: readonly RefusalGroup[]
  add(row: number, fault: RowFault): void
}

export function createRefusals(before: readonly RefusalGroup[] = []): Refusals {
  const byReason = new Map(before.map((group) => [reasonOf(group), structuredClone(group)]))
  const sorted = (): readonly RefusalGroup[] =>
    [...byReason.values()].sort((a, b) => b.count - a.count)
  return {
    get total() {
      return sorted().reduce((sum, { count }) => sum + count, 0)
    },
    get groups() {
      return sorted()
    },
    add(row, fault) {
      const reason = reasonOf(fault)
      const known = byReason.get(reason)
      if (known !== undefined) {
        known.count++
        if (known.rows.length < FIRST_ROWS) known.rows.push(row)
      } else if (byReason.size < GROUPS_MAX) {
        byReason.set(reason, { ...fault, count: 1, rows: [row] })
      }
    },
  }
}

function reasonOf({
  code,
  field,
  message,
}: Pick<RefusalGroup, 'code' | 'field' | 'message'>): string {
  return `${code} ${field} ${code === 'not_a_row' ? message : ''}`
}
