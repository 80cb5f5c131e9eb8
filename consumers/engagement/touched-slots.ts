// Which slots a block of events touches, and with how many: what the sealer has to recount once the block is stored.
import { SLOT_SECONDS } from '#schemas/tables.ts'
import type { Touched } from '#schemas/touched.ts'
import type { EngagementColumns } from './engagement-columns.ts'

/** Slots that a map of counts spans at most: 1 MB, 30 days. A wider backfill is sorted. */
const MAP_SLOTS = 262_144

export type TouchedSlots = Pick<Touched, 'slots' | 'facts'>

/**
 * Distinct slots of all rows, ascending (Unix seconds divided by `SLOT_SECONDS`), and the rows of
 * each. A few ns a row in any order; a sort where the rows span more than 30 days.
 */
export function touchedSlots({ rows, slot }: SlotColumn): TouchedSlots {
  const seconds = slot.subarray(0, rows)
  const [first, last] = boundsOf(seconds)
  if (first > last) return { slots: [], facts: [] }
  const span = (last - first) / SLOT_SECONDS + 1
  return span <= MAP_SLOTS ? byMap(seconds, first, span) : bySort(seconds)
}

export type SlotColumn = Pick<EngagementColumns, 'rows' | 'slot'>

function boundsOf(seconds: Uint32Array): readonly [number, number] {
  let first = Infinity
  let last = 0
  // By index: iterating a typed array costs five times as much.
  for (let row = 0; row < seconds.length; row++) {
    const each = seconds[row] ?? 0
    if (each < first) first = each
    if (each > last) last = each
  }
  return [first, last]
}

function byMap(seconds: Uint32Array, first: number, span: number): TouchedSlots {
  const counts = new Uint32Array(span)
  for (let row = 0; row < seconds.length; row++) {
    const at = (((seconds[row] ?? 0) - first) / SLOT_SECONDS) | 0
    counts[at] = (counts[at] ?? 0) + 1
  }
  const slots: number[] = []
  const facts: number[] = []
  for (let at = 0; at < span; at++) {
    const count = counts[at] ?? 0
    if (count === 0) continue
    slots.push(first / SLOT_SECONDS + at)
    facts.push(count)
  }
  return { slots, facts }
}

function bySort(seconds: Uint32Array): TouchedSlots {
  const slots: number[] = []
  const facts: number[] = []
  for (const each of seconds.toSorted()) {
    const slot = each / SLOT_SECONDS
    if (slot !== slots.at(-1)) {
      slots.push(slot)
      facts.push(0)
    }
    facts[facts.length - 1] = (facts.at(-1) ?? 0) + 1
  }
  return { slots, facts }
}
