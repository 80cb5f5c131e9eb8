// What has to be counted again: the minutes and quarters that new facts touched since the last count.
import { SLOT_SECONDS } from '#schemas/tables.ts'
import { startOf } from '#schemas/spans.ts'

/** Starts of spans in Unix seconds. */
export interface DirtySpans {
  readonly minutes: ReadonlySet<number>
  readonly quarters: ReadonlySet<number>
}

export interface DirtySet {
  /** Marks slots as they stand in `touched.v1`. Minutes before `minutesFromS` are not kept. */
  markSlots(slots: readonly number[], minutesFromS: number): void
  markQuarters(quartersS: Iterable<number>): void
  markMinutes(minutesS: Iterable<number>): void
  /** Hands everything over and forgets it. */
  take(): DirtySpans
  /** Takes work back whose pass failed. */
  giveBack(spans: DirtySpans): void
  readonly size: number
}

export function createDirtySet(): DirtySet {
  let minutes = new Set<number>()
  let quarters = new Set<number>()
  const set: DirtySet = {
    markSlots(slots, minutesFromS) {
      for (const slot of slots) {
        const atS = slot * SLOT_SECONDS
        quarters.add(startOf('quarter', atS))
        if (atS >= minutesFromS) minutes.add(startOf('minute', atS))
      }
    },
    markQuarters(quartersS) {
      for (const quarter of quartersS) quarters.add(quarter)
    },
    markMinutes(minutesS) {
      for (const minute of minutesS) minutes.add(minute)
    },
    take() {
      const taken = { minutes, quarters }
      minutes = new Set()
      quarters = new Set()
      return taken
    },
    giveBack(spans) {
      set.markMinutes(spans.minutes)
      set.markQuarters(spans.quarters)
    },
    get size() {
      return minutes.size + quarters.size
    },
  }
  return set
}

export interface PassPlan {
  /** Minutes to count, ascending. */
  readonly minutes: readonly number[]
  /** Quarters to count, ascending: those that close now, and closed ones that were touched. */
  readonly quarters: readonly number[]
  /** Closed UTC days that hold one of the quarters, ascending. */
  readonly days: readonly number[]
  /** End of the last quarter that is closed after this pass. */
  readonly completeThroughS: number
  /** Touched quarters that are still open: counted when they close. */
  readonly open: readonly number[]
}

/** Quarters close when the watermark passes their end by this much. */
const QUARTER_GRACE_S = 60

/** How long minutes are of use: the report's last 60 and the open quarters, with room. */
export const MINUTES_KEPT_S = 7200

export interface PassInput {
  readonly dirty: DirtySpans
  readonly completeThroughS: number
  readonly watermarkS: number
  readonly nowS: number
}

/** Decides what a pass counts. Every quarter is counted at its close, touched or not. */
export function planPass({ dirty, completeThroughS, watermarkS, nowS }: PassInput): PassPlan {
  const closesAtS = startOf('quarter', watermarkS - QUARTER_GRACE_S)
  const throughS = Math.max(completeThroughS, closesAtS)
  const closed = [...dirty.quarters].filter((quarter) => quarter < throughS)
  const quarters = new Set([...range(completeThroughS, throughS), ...closed])
  const days = new Set(
    [...quarters]
      .map((quarter) => startOf('day', quarter))
      .filter((day) => day + 86_400 <= throughS),
  )
  return {
    minutes: ascending([...dirty.minutes].filter((minute) => minute >= nowS - MINUTES_KEPT_S)),
    quarters: ascending(quarters),
    days: ascending(days),
    completeThroughS: throughS,
    open: [...dirty.quarters].filter((quarter) => quarter >= throughS),
  }
}

function* range(fromS: number, toS: number): Generator<number> {
  for (let quarter = fromS; quarter < toS; quarter += 900) yield quarter
}

function ascending(numbers: Iterable<number>): number[] {
  return [...numbers].toSorted((a, b) => a - b)
}
