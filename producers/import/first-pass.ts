// Reads a log once for its time and its number of rows, before anything is held or sent.
import { eventLimits } from '#schemas/events/limits.ts'
import type { OpenRows } from './open-rows.ts'
import type { RowPlan } from './row-plan.ts'

export interface FoundTime {
  readonly fromMs: number
  /** Exclusive; as `fromMs` where no row has a time. */
  readonly toMs: number
  readonly rows: number
}

export interface FirstPassOptions {
  readonly rows: OpenRows
  readonly plan: RowPlan
  readonly nowMs: number
  readonly stop: AbortSignal
  readonly onRow: (row: number) => void
}

/** Times that no event may have are left out, or one broken row would hold back all history. */
export async function findTime(options: FirstPassOptions): Promise<FoundTime> {
  const { rows, plan, nowMs, stop, onRow } = options
  const latestMs = nowMs + eventLimits.aheadMs
  let fromMs = Number.POSITIVE_INFINITY
  let toMs = Number.NEGATIVE_INFINITY
  let count = 0
  for await (const batch of rows.batches) {
    for (const { number, cells, fault } of batch) {
      count = number
      const atMs = fault === null ? plan.timeOf(cells) : fault
      if (typeof atMs !== 'number' || atMs < 0 || atMs > latestMs) continue
      if (atMs < fromMs) fromMs = atMs
      if (atMs > toMs) toMs = atMs
    }
    onRow(count)
    if (stop.aborted) break
  }
  return toMs < fromMs
    ? { fromMs: 0, toMs: 0, rows: count }
    : { fromMs, toMs: toMs + 1, rows: count }
}
