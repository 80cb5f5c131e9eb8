// The order in which an import makes things safe: videos, events, all replicas, checkpoint; and what the loss of its hold stops.
import { describe, expect, test } from 'vitest'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { openRejectsFile } from '#producers/import/rejects-file.ts'
import { createRowPlan } from '#producers/import/row-plan.ts'
import { createColumns } from '#producers/import/rows.ts'
import type { Row } from '#producers/import/rows.ts'
import { sendHistory } from '#producers/import/send-history.ts'
import { createTally } from '#producers/import/tally.ts'
import { createVideoPlan } from '#producers/import/video-plan.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { aHeader, mapOf } from './maps.ts'

const BATCH_ROWS = 1000
const clock = createManualClock()

async function* batchesOf(count: number, onBatch: (batch: number) => void) {
  for (let from = 0; from < count; from += BATCH_ROWS) {
    onBatch(from / BATCH_ROWS)
    yield Array.from({ length: Math.min(BATCH_ROWS, count - from) }, (_, index): Row => {
      const number = from + index + 1
      const cells = [String(1_700_000_000_000 + number), '5', '77', '900', '4000', '0']
      return { number, cells, fault: null }
    })
  }
}

interface Sent {
  /** What happened, in its order; neighbours that are alike stand once. */
  readonly steps: readonly string[]
  readonly events: number
  readonly saved: readonly number[]
  readonly outcome: unknown
}

async function send(
  rows: number,
  options: {
    readonly before?: number
    readonly onBatch?: (batch: number, stop: AbortController, lost: AbortController) => void
  } = {},
): Promise<Sent> {
  const [stop, lost] = [new AbortController(), new AbortController()]
  const map = mapOf({ videos: { published_at: '2023-01-01T00:00:00Z' } })
  const columns = createColumns(aHeader)
  const key = (): Buffer => Buffer.alloc(32)
  const plan = createRowPlan({ map, columns, key })
  const tally = createTally()
  tally.rows = options.before ?? 0
  const steps: string[] = []
  const saved: number[] = []
  let events = 0
  const step = (name: string): void => void (steps.at(-1) === name || steps.push(name))
  using rejects = openRejectsFile({ path: '/nowhere/at/all', map, names: aHeader, before: null })
  const outcome = await sendHistory({
    rows: { columns, batches: batchesOf(rows, (batch) => options.onBatch?.(batch, stop, lost)) },
    plan,
    videoPlan: createVideoPlan({ map, columns, key }, plan.fell),
    tellVideos: async (lines) => step(`videos ${lines.length}`),
    writer: {
      acknowledged: 0,
      async append(some) {
        events += some.length
        step('events')
      },
      flush: async () => step('flush'),
    },
    encoder: openEngagementEncoder(),
    clock,
    time: { fromMs: 0, toMs: 1_700_000_000_000 + rows },
    tally,
    rejects,
    async save() {
      step('save')
      saved.push(tally.rows)
    },
    onRow: () => undefined,
    stop: stop.signal,
    lost: lost.signal,
  }).then(
    () => 'done',
    (error: unknown) => error,
  )
  return { steps, events, saved, outcome }
}

describe('an import', () => {
  test('tells a video before its events, and is saved only after all replicas have them', async () => {
    const { steps, events, saved, outcome } = await send(120_000)
    expect(outcome).toBe('done')
    const round = ['events', 'flush', 'save']
    expect(steps).toEqual(['videos 1', ...round, ...round, ...round])
    expect(saved).toEqual([50_000, 100_000, 120_000])
    // The last row lies at the end of the time, which is not held.
    expect(events).toBe(119_999)
  })

  test('goes on after the rows of an earlier run', async () => {
    expect((await send(30_000, { before: 25_000 })).events).toBe(4999)
  })

  test('that is stopped finishes what it has read, and is saved', async () => {
    const { events, saved, outcome } = await send(120_000, {
      onBatch: (batch, stop) => void (batch === 20 && stop.abort()),
    })
    expect([outcome, saved, events]).toEqual(['done', [21_000], 21_000])
  })

  test('that lost its hold ends at once, and nothing after the loss is saved', async () => {
    const reason = new Error('the import hold is over')
    const { saved, outcome, events } = await send(120_000, {
      onBatch: (batch, _stop, lost) => void (batch === 70 && lost.abort(reason)),
    })
    expect([outcome, saved]).toEqual([reason, [50_000]])
    expect(events).toBeLessThanOrEqual(70_000)
  })
})
