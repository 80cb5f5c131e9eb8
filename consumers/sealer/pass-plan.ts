// Decides what a pass counts at once, what it leaves to the late work, and which quarters and days it closes.
import { spans, startOf } from '#schemas/spans.ts'
import type { DirtySpans } from './dirty-spans.ts'

/** Starts of spans in Unix seconds, ascending. */
export interface SpanStarts {
  readonly minutes: readonly number[]
  readonly quarters: readonly number[]
  /** UTC days. */
  readonly days: readonly number[]
}

export interface PassPlan {
  /** Counted at once: minutes that are running or just over, quarters and days that close now. */
  readonly now: SpanStarts
  /** Touched after their time: counted when the late work gets to them. */
  readonly late: SpanStarts
  /** Facts among the late ones, by which the late work is paid for. */
  readonly lateFacts: number
  /** End of the last quarter that is closed after this pass. */
  readonly completeThroughS: number
}

/** Quarters close when the watermark passes their end by this much. */
const QUARTER_GRACE_S = 60

/** A minute is counted at once while it began no longer ago than this. */
const MINUTE_FRESH_S = 150

/** How long minutes are of use: the report's last 60 and the open quarters, with room. */
export const MINUTES_KEPT_S = 7200

export interface PassInput {
  readonly dirty: DirtySpans
  readonly completeThroughS: number
  readonly watermarkS: number
  readonly nowS: number
}

/**
 * Every quarter is counted at its close and every day at the close of its last quarter, touched or
 * not. A touched quarter that is still open waits for its close.
 */
export function planPass({ dirty, completeThroughS, watermarkS, nowS }: PassInput): PassPlan {
  const closesAtS = startOf('quarter', watermarkS - QUARTER_GRACE_S)
  const throughS = Math.max(completeThroughS, closesAtS)
  const minutes = [...dirty.minutes].filter(([start]) => start >= nowS - MINUTES_KEPT_S)
  const [freshMinutes, lateMinutes] = split(minutes, ([start]) => start >= nowS - MINUTE_FRESH_S)
  // What closes now is counted at its close.
  const lateQuarters = [...dirty.quarters].filter(([start]) => start < completeThroughS)
  const closedDaysToS = startOf('day', throughS)
  const lateDays = daysOf(lateQuarters.map(([start]) => start)).filter((day) => day < closedDaysToS)
  return {
    now: {
      minutes: ascending(freshMinutes),
      quarters: [...range('quarter', completeThroughS, throughS)],
      days: [...range('day', startOf('day', completeThroughS), closedDaysToS)],
    },
    late: {
      minutes: ascending(lateMinutes),
      quarters: ascending(lateQuarters),
      days: lateDays,
    },
    lateFacts: [...lateMinutes, ...lateQuarters].reduce((sum, [, facts]) => sum + facts, 0),
    completeThroughS: throughS,
  }
}

/** The UTC days that hold any of the spans, ascending. */
export function daysOf(startsS: readonly number[]): readonly number[] {
  return [...new Set(startsS.map((start) => startOf('day', start)))].toSorted((a, b) => a - b)
}

type Entry = readonly [start: number, facts: number]

function split(
  entries: readonly Entry[],
  isFirst: (entry: Entry) => boolean,
): readonly [readonly Entry[], readonly Entry[]] {
  return [entries.filter(isFirst), entries.filter((entry) => !isFirst(entry))]
}

function* range(span: 'quarter' | 'day', fromS: number, toS: number): Generator<number> {
  for (let start = fromS; start < toS; start += spans[span].seconds) yield start
}

function ascending(entries: readonly Entry[]): readonly number[] {
  return entries.map(([start]) => start).toSorted((a, b) => a - b)
}
