// Which slots a block of events touches: what the sealer has to recount once the block is stored.
import { SLOT_SECONDS } from '#schemas/tables.ts'
import type { EngagementColumns } from './engagement-columns.ts'

/** Slots that a byte map spans at most: 1 MB, 115 days. A wider backfill is sorted. */
const MAP_SLOTS = 1_000_000

/**
 * Distinct slots of all rows, ascending: Unix seconds divided by `SLOT_SECONDS`. A few ns a row in any
 * order; a sort where the rows span more than 115 days.
 */
export function distinctSlots({ rows, slot }: SlotColumn): readonly number[] {
  const seconds = slot.subarray(0, rows)
  const [first, last] = boundsOf(seconds)
  if (first > last) return []
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

function byMap(seconds: Uint32Array, first: number, span: number): readonly number[] {
  const seen = new Uint8Array(span)
  let previous = -1
  for (let row = 0; row < seconds.length; row++) {
    const each = seconds[row] ?? 0
    // Events mostly come in order: one comparison spares the division and the write.
    if (each === previous) continue
    seen[((each - first) / SLOT_SECONDS) | 0] = 1
    previous = each
  }
  const slots: number[] = []
  for (let at = seen.indexOf(1); at !== -1; at = seen.indexOf(1, at + 1)) {
    slots.push(first / SLOT_SECONDS + at)
  }
  return slots
}

function bySort(seconds: Uint32Array): readonly number[] {
  const slots: number[] = []
  for (const each of seconds.toSorted()) {
    const slot = each / SLOT_SECONDS
    if (slot !== slots.at(-1)) slots.push(slot)
  }
  return slots
}
