// What a count reads depends on what it counts, never on how much history there is: rows are counted, not time.
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createDayTotals } from '#consumers/sealer/day-totals.ts'
import { generationOf } from '#consumers/sealer/fence.ts'
import { createSpanTotals } from '#consumers/sealer/span-totals.ts'
import { catalogue, eventually, report, store, tokens } from '../../support/outside.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'
import { produce } from '../../support/produce.ts'

const creator = '850101'
const videos = Array.from({ length: 20 }, (_, index) => 8_501_011 + index)
const DAY = 86_400_000
const MINUTE = 60_000
const today = Math.floor(Date.now() / DAY) * DAY
/** Days that hold nothing else, and that no other test freezes, as one does with the 400th. */
const countedMs = today - 450 * DAY
const FACTS = 30_000
const DAYS = 27

const { make } = createEventMaker(85)

/** Views spread over a stretch of time, by people who are new to a video four times out of five. */
function* views(count: number, fromMs: number, lengthMs: number) {
  for (let index = 0; index < count; index++) {
    const video = videos[index % videos.length] ?? 0
    const user = 1 + (index % Math.ceil(count * 0.8))
    const atMs = fromMs + Math.floor((index / count) * lengthMs)
    yield make('view', { user, video, creator, atMs })
  }
}

const valueSchema = z.object({ value: z.coerce.number() })

/** Rows that the two servers selected while `work` ran. */
async function rowsReadBy(
  work: () => Promise<unknown>,
): Promise<{ vault: number; rollups: number }> {
  await using vault = store('vault', 'admin')
  await using rollups = store('rollups', 'admin')
  const read = async () => {
    const sql = `select sum(value) as value from system.events where event = 'SelectedRows'`
    const [ofVault] = await vault.rows(valueSchema, sql)
    const [ofRollups] = await rollups.rows(valueSchema, sql)
    return { vault: ofVault?.value ?? 0, rollups: ofRollups?.value ?? 0 }
  }
  const before = await read()
  await work()
  const after = await read()
  return { vault: after.vault - before.vault, rollups: after.rollups - before.rollups }
}

/** Rows read per fact by each kind of count, of the same facts each time. */
async function measure() {
  await using vault = store('vault', 'sealer')
  await using rollups = store('rollups', 'sealer')
  const options = { vault, rollups, stop: new AbortController().signal }
  const spans = createSpanTotals(options)
  const days = createDayTotals(options)
  // As the sealer that is in charge: what is counted already is not published again.
  const [inCharge] = await rollups.rows(
    valueSchema,
    'select max(epoch) as value from directory.takeovers',
  )
  const generation = generationOf(BigInt(inCharge?.value ?? 0), 0n)
  const startS = countedMs / 1000
  const perFact = async (work: () => Promise<unknown>) => {
    const read = await rowsReadBy(work)
    return { vault: read.vault / FACTS, rollups: read.rollups / FACTS }
  }
  return {
    quarter: await perFact(() => spans.recount('quarter', [startS], generation)),
    day: await perFact(async () => {
      const count = await days.begin(startS, generation)
      while (!(await count.next(generation)));
    }),
    sums: await perFact(() => spans.sumDays([startS], generation)),
    minute: await perFact(() => spans.recount('minute', [startS], generation)),
  }
}

/** Rows read per fact of a count: twice the facts, whose videos it looks up, and the edges of granules. */
const bounds = { quarter: 4, day: 16, sums: 4, minute: 4 } as const

async function settled(count: number): Promise<void> {
  const dates = { start_date: utcDay(countedMs - DAYS * DAY), end_date: utcDay(countedMs) }
  const query = { metrics: 'views,viewers', ...dates }
  const token = await tokens.creator(creator)
  await eventually(
    'all to be counted',
    async () => {
      const { body } = await report(token, query)
      const totals = z
        .object({ totals: z.object({ row: z.array(z.number().nullable()) }) })
        .parse(body)
      return totals.totals.row[0] === count ? { found: true } : { seen: totals.totals.row }
    },
    120_000,
  )
}

beforeAll(async () => {
  await catalogue(creator, videos.map(String))
  await produce(views(FACTS, countedMs, MINUTE))
  await settled(FACTS)
}, 180_000)

test('28 days of history cost a count nothing', async () => {
  const first = await measure()
  for (const [name, bound] of Object.entries(bounds)) {
    expect([name, first]).toSatisfy(() => readOf(first, name) <= bound)
  }
  const history = 12_000
  // The oldest first: people of all days after one that is touched are counted again.
  for (let day = DAYS; day >= 1; day--) await produce(views(history, countedMs - day * DAY, DAY))
  await settled(FACTS + DAYS * history)
  const last = await measure()
  for (const [name, bound] of Object.entries(bounds)) {
    expect([name, last]).toSatisfy(() => readOf(last, name) <= bound)
  }
}, 240_000)

function readOf(measured: Awaited<ReturnType<typeof measure>>, name: string): number {
  const { vault, rollups } = new Map(Object.entries(measured)).get(name) ?? {
    vault: NaN,
    rollups: NaN,
  }
  return vault + rollups
}
