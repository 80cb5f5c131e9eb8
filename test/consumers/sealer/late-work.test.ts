// A late quarter is done when its day is summed as well: a fault in between leaves it waiting.
import { expect, test } from 'vitest'
import { createFactDays } from '#consumers/sealer/fact-days.ts'
import { createLateSpans } from '#consumers/sealer/late-spans.ts'
import { createLateWork, createRecount } from '#consumers/sealer/late-work.ts'
import type { CountedAs } from '#consumers/sealer/late-work.ts'
import { createRowBudget } from '#consumers/sealer/row-budget.ts'
import type { SpanTotals } from '#consumers/sealer/span-totals.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const startMs = 1_790_000_000_000
const quarterS = Math.floor(startMs / 1000 / 900) * 900 - 40 * 86_400

/** A turn's name for its counts, from 1 on. */
function countedAs(): CountedAs {
  let generation = 0n
  return { nextGeneration: () => (generation += 1n), closedDaysToS: startMs / 1000 }
}

type Counts = readonly (readonly [what: string, generation: bigint])[]

/** Late work over two quarters of a day, each a statement of its own, and what it does. */
function createWork({ sumDays }: { readonly sumDays?: () => void } = {}) {
  const clock = createManualClock(startMs)
  const lateSpans = createLateSpans(5000)
  const counts: [string, bigint][] = []
  const spanTotals: SpanTotals = {
    recount: async (span, _starts, generation) => void counts.push([span, generation]),
    sumCreators: async () => undefined,
    async sumDays(_starts, generation) {
      sumDays?.()
      counts.push(['days', generation])
    },
    estimateRows: async (_span, { length }) => (length > 1 ? 3_000_000 : 1000),
  }
  const dayTotals = {
    begin: () => Promise.reject(new Error('no day waits')),
    sumCreators: async () => undefined,
    estimateRows: async () => 0,
  }
  const factDays = createFactDays([])
  const recount = createRecount({ factDays, spanTotals })
  const budget = createRowBudget(startMs)
  const shared = { clock, lateSpans, factDays, budget, spanTotals, dayTotals, recount }
  const seen: Counts = counts
  return { work: createLateWork(shared), lateSpans, counts: seen }
}

test('a quarter whose day could not be summed still waits, and is done once it could', async () => {
  let isAway = true
  const { work, lateSpans, counts } = createWork({
    sumDays() {
      if (isAway) throw new Error('the rollups are away')
    },
  })
  lateSpans.add({ minutes: [], quarters: [quarterS], days: [] }, startMs / 1000)

  await expect(work.turn(countedAs())).rejects.toThrow('away')
  expect(lateSpans.size).toBe(1)
  isAway = false
  expect(await work.turn(countedAs())).toMatchObject({ spans: 1 })
  expect(lateSpans.size).toBe(0)
  expect(counts.map(([what]) => what)).toEqual(['quarter', 'quarter', 'days'])
})

test('a day that is summed twice in a turn is told by the later sum', async () => {
  const { work, lateSpans, counts } = createWork()
  const quarters = [quarterS, quarterS + 900]
  lateSpans.add({ minutes: [], quarters, days: [] }, startMs / 1000)
  expect(await work.turn(countedAs())).toMatchObject({ spans: 2 })
  const [first, second] = counts.filter(([what]) => what === 'days').map(([, number]) => number)
  expect(first).toBeDefined()
  expect(second).toBeGreaterThan(first ?? 0n)
})
