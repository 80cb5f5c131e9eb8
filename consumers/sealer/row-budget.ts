// What counting late facts again may cost: rows read, earned by time and by the late facts themselves.

/**
 * So a late fact is shown at once where that is cheap, a flood of them costs in proportion to itself,
 * and a trickle into huge quarters takes no more than its share of the machine.
 */
export const budgetRates = {
  /** A tenth of a core: counting a row costs about 1 microsecond over both servers. */
  rowsPerSecond: 100_000,
  /** Each late fact pays for this many rows: the bound of rows read per late fact. */
  rowsPerLateFact: 16,
  /** What can be saved up: two minutes. */
  rowsMax: 12_000_000,
} as const

export interface RowBudget {
  earn(nowMs: number, lateFacts: number): void
  /** Whether work of so many rows may begin; a full budget lets anything begin. Pays for it if so. */
  spend(rows: number): boolean
}

export function createRowBudget(startMs: number): RowBudget {
  const { rowsPerSecond, rowsPerLateFact, rowsMax } = budgetRates
  let rows: number = rowsMax
  let earnedAtMs = startMs
  return {
    earn(nowMs, lateFacts) {
      const passedS = Math.max(0, nowMs - earnedAtMs) / 1000
      earnedAtMs = nowMs
      const saved = Math.min(rowsMax, rows + passedS * rowsPerSecond)
      // Facts pay beyond what time can save up: a long import is not held back by the bound.
      rows = Math.max(saved, rows) + lateFacts * rowsPerLateFact
    },
    spend(wanted) {
      if (rows < wanted && rows < rowsMax) return false
      rows -= wanted
      return true
    },
  }
}
