// What new facts touched since the last pass took it: minutes and quarters, and how many facts each got.
import { SLOT_SECONDS } from '#schemas/tables.ts'
import { startOf } from '#schemas/spans.ts'
import type { Touched } from '#schemas/touched.ts'

/** Facts of each touched span, by its start in Unix seconds; 0: to be counted again for another reason. */
export interface DirtySpans {
  readonly minutes: ReadonlyMap<number, number>
  readonly quarters: ReadonlyMap<number, number>
}

export interface DirtySet {
  /** Marks slots as they stand in `touched.v1`. Minutes before `minutesFromS` are not kept. */
  markSlots(touched: Pick<Touched, 'slots' | 'facts'>, minutesFromS: number): void
  /** Marks spans, as those of a pass that failed. */
  mark(spans: DirtySpans): void
  /** Hands everything over and forgets it. */
  take(): DirtySpans
}

export function createDirtySet(): DirtySet {
  let minutes = new Map<number, number>()
  let quarters = new Map<number, number>()
  return {
    markSlots({ slots, facts }, minutesFromS) {
      for (const [index, slot] of slots.entries()) {
        const atS = slot * SLOT_SECONDS
        const count = facts[index] ?? 1
        add(quarters, startOf('quarter', atS), count)
        if (atS >= minutesFromS) add(minutes, startOf('minute', atS), count)
      }
    },
    mark(spans) {
      for (const [start, facts] of spans.minutes) add(minutes, start, facts)
      for (const [start, facts] of spans.quarters) add(quarters, start, facts)
    },
    take() {
      const taken = { minutes, quarters }
      minutes = new Map()
      quarters = new Map()
      return taken
    },
  }
}

function add(spans: Map<number, number>, start: number, facts: number): void {
  spans.set(start, (spans.get(start) ?? 0) + facts)
}
