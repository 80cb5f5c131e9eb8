// One sealer publishes at a time: a takeover refuses whatever an older one still sends, also what was under way.
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { finishGeneration } from '#consumers/sealer/generations.ts'
import { epochOf, generationOf } from '#consumers/sealer/fence.ts'
import { publishVideosStatement, publishedTables } from '#consumers/sealer/tables-published.ts'
import { takeOver } from '#consumers/sealer/takeover.ts'
import { appendDecisions } from '#consumers/sealer/decision-log.ts'
import { createLeafRows } from '#consumers/sealer/leaves/leaf-rows.ts'
import { createSealSnapshot } from '#consumers/sealer/leaves/seal-snapshot.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { FencedProducer } from '#infra/kafka/event-log.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import type { Decision } from '#schemas/decision.ts'
import { eventually, halt, store } from '../../support/outside.ts'
import { openTestLog } from '../../support/produce.ts'

/** Nobody publishes anything of that time. */
const quarterS = Date.parse('2019-05-06T07:15:00Z') / 1000
const video = 8_900_011

function rowsText(count: number): string {
  const row = { video_id: video, quarter: '2019-05-06 07:15:00' }
  const counts = Object.fromEntries(publishedTables.quarters.columns.map((name) => [name, 7]))
  return `${JSON.stringify({ ...row, ...counts })}\n`.repeat(count)
}

const statement = publishVideosStatement(publishedTables.quarters).replace('Native', 'JSONEachRow')

async function published(): Promise<number> {
  await using admin = store('rollups', 'admin')
  const [row] = await admin.rows(
    z.object({ count: z.coerce.number() }),
    'select count() as count from rollups.video_quarters where video_id = {video:UInt64}',
    { video },
  )
  return row?.count ?? 0
}

async function newestEpoch(): Promise<bigint> {
  await using admin = store('rollups', 'admin')
  const [row] = await admin.rows(
    z.object({ newest: z.string() }),
    'select toString(max(generation)) as newest from rollups.generations',
  )
  return epochOf(BigInt(row?.newest ?? 0))
}

interface Sealing {
  readonly producer: FencedProducer
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
}

/** Whatever a seal changes, in its order: the snapshot, the log, the marks, the numbers. */
function guardedSteps(
  { producer, vault, rollups }: Sealing,
  generation: bigint,
): readonly (() => Promise<unknown>)[] {
  const snapshot = createSealSnapshot(vault)
  const leafRows = createLeafRows(rollups)
  const decision: Decision = {
    table: 'totals',
    subject: BigInt(video),
    metric: '',
    creator: 0n,
    ordinal: 1,
    from_at: BigInt(quarterS * 1000),
    to_at: BigInt((quarterS + 300) * 1000),
    cells: ['saves', 'unsaves', 'shares'].map((name) => ({ name, values: [0] })),
    policy: 'none',
    generation,
    decided_at: 0n,
  }
  return [
    () => snapshot.take([{ videoIds: [BigInt(video)], sinceS: null }], quarterS, generation),
    () => snapshot.signByTime(generation, generation),
    () => appendDecisions(producer, [decision]),
    () => snapshot.mark(generation, 'taken', generation),
    () => snapshot.mark(generation, 'by time', generation),
    () => leafRows.publish([leafRows.rowOf(decision)], generation),
  ]
}

/** The platform's own sealer, which would take over from the test's as soon as it is fenced off. */
async function stopOwnSealer(): Promise<Disposable> {
  const pid = await halt('sealer')
  return { [Symbol.dispose]: () => void process.kill(pid, 'SIGCONT') }
}

/** @returns the epoch of the last of two takeovers, after which the first is refused everything. */
async function takeOverTwice(): Promise<bigint> {
  using _stopped = await stopOwnSealer()
  await using eventLog = openTestLog()
  await using rollups = store('rollups', 'sealer')
  await using vault = store('vault', 'sealer')
  const open = { eventLog, vault, rollups, clock: systemClock }
  const { epoch: first, producer } = await takeOver(open)
  await using _producer = producer
  const params = { starts: [quarterS], generation: generationOf(first, 0n) }

  // More than the server reads before it begins: the rest is on its way for as long as we like.
  const body = new PassThrough()
  body.write(rowsText(10_000))
  const underWay = rollups.insert(statement, body, params).then(
    () => 'stored',
    (error: unknown) => error,
  )
  await using admin = store('rollups', 'admin')
  await eventually('the statement to begin', async () => {
    const rows = await admin.rows(
      z.object({ query: z.string() }),
      `select query from system.processes where user = 'sealer' and query like '%video_quarters%'
         and query_kind = 'Insert'`,
    )
    return rows.length > 0 ? { found: true } : { seen: rows }
  })

  const second = takeOver(open)
  await eventually('the takeover to be known', async () => {
    const rows = await admin.rows(
      z.object({ epoch: z.string() }),
      'select toString(max(epoch)) as epoch from directory.takeovers',
    )
    const [row] = rows
    return row !== undefined && BigInt(row.epoch) > first ? { found: true } : { seen: rows }
  })
  body.end(rowsText(10))
  await once(body, 'end').catch(() => undefined)
  expect(await underWay).toMatchObject({ code: 'store_overloaded' })
  const later = await second
  await later.producer[Symbol.asyncDispose]()
  expect(later.epoch).toBeGreaterThan(first)

  // And what it sends later.
  const late = rollups.insert(statement, [Buffer.from(rowsText(1))], params)
  await expect(late).rejects.toMatchObject({ code: 'fenced' })
  const finished = {
    generation: generationOf(first, 99n),
    watermarkMs: 0,
    completeThroughS: 0,
    peopleThroughS: 0,
  }
  await expect(finishGeneration(rollups, finished, 0)).rejects.toMatchObject({ code: 'fenced' })
  for (const refused of guardedSteps({ producer, vault, rollups }, generationOf(first, 99n))) {
    await expect(refused()).rejects.toMatchObject({ code: 'fenced' })
  }
  expect(await published()).toBe(0)
  return later.epoch
}

test('an older sealer is refused, also with a statement that began before the takeover', async () => {
  const last = await takeOverTwice()
  // The platform's own sealer was fenced off by the test, and takes over again since it is its turn.
  await eventually('the own sealer to publish again', async () => {
    const newest = await newestEpoch()
    return newest > last ? { found: newest } : { seen: newest.toString() }
  })
}, 90_000)
