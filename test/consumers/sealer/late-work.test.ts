// A late quarter is done when its day is summed as well: a fault in between leaves it waiting.
import { expect, test } from 'vitest'
import { createFactDays } from '#consumers/sealer/fact-days.ts'
import { createLateSpans } from '#consumers/sealer/late-spans.ts'
import { createLateWork, createRecount } from '#consumers/sealer/late-work.ts'
import { createRowBudget } from '#consumers/sealer/row-budget.ts'
import type { SpanTotals } from '#consumers/sealer/span-totals.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const startMs = 1_790_000_000_000
const quarterS = Math.floor(startMs / 1000 / 900) * 900 - 40 * 86_400
const as = { generation: 1n, closedDaysToS: startMs / 1000 }

test('a quarter whose day could not be summed still waits, and is done once it could', async () => {
  const clock = createManualClock(startMs)
  const lateSpans = createLateSpans()
  const calls: string[] = []
  let isAway = true
  const spanTotals: SpanTotals = {
    recount: async (span) => void calls.push(span),
    sumCreators: async () => undefined,
    async sumDays() {
      if (isAway) throw new Error('the rollups are away')
      calls.push('days')
    },
    estimateRows: async () => 1000,
  }
  const dayTotals = {
    begin: () => Promise.reject(new Error('no day waits')),
    sumCreators: async () => undefined,
    estimateRows: async () => 0,
  }
  const factDays = createFactDays([])
  const recount = createRecount({ factDays, spanTotals })
  const budget = createRowBudget(startMs)
  const work = createLateWork({
    clock,
    lateSpans,
    factDays,
    budget,
    spanTotals,
    dayTotals,
    recount,
  })
  lateSpans.add({ minutes: [], quarters: [quarterS], days: [] }, startMs / 1000)

  await expect(work.turn(as)).rejects.toThrow('away')
  expect(lateSpans.size).toBe(1)
  isAway = false
  expect(await work.turn(as)).toBe(1)
  expect(lateSpans.size).toBe(0)
  expect(calls).toEqual(['quarter', 'quarter', 'days'])
})
