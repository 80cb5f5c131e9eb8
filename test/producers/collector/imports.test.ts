// Import holds over a log in memory: two collectors say the same, silence ends a hold, and their number is bounded.
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { EventLog, LogProducer, LogRecord, RecordBatch } from '#infra/kafka/event-log.ts'
import { openImports } from '#producers/collector/imports.ts'
import type { Imports } from '#producers/collector/imports.ts'
import { importLimits } from '#schemas/import-hold.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import type { ManualClock } from '../../support/manual-clock.ts'

const { openMax, silenceMs, heartbeatEveryS, heartbeatLeastMs } = importLimits
const scope = { from: 0n, to: 1n, creators: [], videos: [5n] }

/** A log of one partition that stamps with `clock` and hands every record to every consumer at once. */
function openMemoryLog(clock: ManualClock) {
  const records: LogRecord[] = []
  const takers: ((batch: RecordBatch) => Promise<void>)[] = []
  const batchOf = (some: readonly LogRecord[], nextOffset: number): RecordBatch => ({
    topic: 'imports.v1',
    partition: 0,
    records: some,
    nextOffset: BigInt(nextOffset),
    isStale: () => false,
    heartbeat: async () => undefined,
  })
  const nothing = { [Symbol.asyncDispose]: async () => undefined }
  const unused = (): never => {
    throw new Error('not used here')
  }
  const producer: LogProducer = {
    async append(topic, partition, some) {
      for (const { key, value } of some) {
        const offset = BigInt(records.length)
        const place = { topic, partition, offset, appendedAtMs: clock.nowMs() }
        const record = { ...place, key: Buffer.from(key ?? ''), value }
        records.push(record)
        for (const take of takers) await take(batchOf([record], records.length))
      }
    },
    partitionsOf: async () => 1,
    ...nothing,
  }
  const eventLog: EventLog = {
    async openConsumer({ take }) {
      if (records.length > 0) await take(batchOf(records, records.length))
      takers.push(take)
      return { commit: async () => undefined, ...nothing }
    },
    offsetsOf: async () => [{ partition: 0, low: 0n, high: BigInt(records.length) }],
    openProducer: unused,
    openFencedProducer: unused,
    readRanges: unused,
    offsetsSince: unused,
    committedOf: unused,
    hasMembers: unused,
    setCommitted: unused,
    describe: unused,
    hasRecordsSince: unused,
    createTopics: unused,
    ...nothing,
  }
  return { eventLog, producer, records }
}

interface Fixture {
  readonly clock: ManualClock
  readonly records: readonly LogRecord[]
  /** Another collector on the same log, its own clock ahead of the broker's by `aheadMs`. */
  readonly openCollector: (aheadMs?: number) => Promise<Imports>
}

function openFixture(): Fixture {
  const clock = createManualClock()
  const { eventLog, producer, records } = openMemoryLog(clock)
  const openCollector = (aheadMs = 0): Promise<Imports> =>
    openImports({
      eventLog,
      producer,
      clock: { ...clock, nowMs: () => clock.nowMs() + aheadMs },
      randomBytes,
      onCrash: (error) => expect.unreachable(error.message),
    })
  return { clock, records, openCollector }
}

async function openHold(imports: Imports): Promise<string> {
  const hold = await imports.open(scope)
  expect(hold?.state).toBe('open')
  return hold?.importId ?? ''
}

test('a hold that is not heard from expires, and no heartbeat revives it', async () => {
  const { clock, records, openCollector } = openFixture()
  const imports = await openCollector()
  const id = await openHold(imports)
  for (let beat = 0; beat < 10; beat++) {
    await clock.advance(heartbeatEveryS * 1000)
    expect(await imports.heartbeat(id)).toMatchObject({ state: 'open', heardAtMs: clock.nowMs() })
  }
  await clock.advance(silenceMs - 1)
  expect(await imports.find(id)).toMatchObject({ state: 'open' })
  await clock.advance(1)
  const written = records.length
  expect(await imports.heartbeat(id)).toMatchObject({ state: 'expired' })
  expect(await imports.end(id)).toMatchObject({ state: 'expired' })
  expect(records.length).toBe(written)
})

test('heartbeats without a pause are answered, and one in ten seconds is kept', async () => {
  const { clock, records, openCollector } = openFixture()
  const imports = await openCollector()
  const id = await openHold(imports)
  for (let beat = 0; beat < 100; beat++) {
    await clock.advance(200)
    expect(await imports.heartbeat(id)).toMatchObject({ state: 'open' })
  }
  expect(records.length).toBe(3)
})

test('a collector whose clock is behind still says what the log made of a late heartbeat', async () => {
  const { clock, openCollector } = openFixture()
  const behind = await openCollector(-60_000)
  const id = await openHold(behind)
  await clock.advance(silenceMs + 30_000)
  expect(await behind.heartbeat(id)).toMatchObject({ state: 'expired' })
})

test('two collectors, and one that was started later, know the same', async () => {
  const { clock, openCollector } = openFixture()
  const [one, other] = [await openCollector(), await openCollector()]
  const [first, second] = [await openHold(one), await openHold(other)]
  await clock.advance(heartbeatLeastMs)
  await other.heartbeat(first)
  await one.end(second)
  const late = await openCollector()
  for (const id of [first, second]) {
    const known = await one.find(id)
    expect(await other.find(id)).toEqual(known)
    expect(await late.find(id)).toEqual(known)
  }
  expect(await late.find(first)).toMatchObject({ state: 'open', heardAtMs: clock.nowMs() })
  expect(await late.find(second)).toMatchObject({ state: 'ended', endedAtMs: clock.nowMs() })
})

test('holds are bounded over all collectors, and one that ends makes room', async () => {
  const { openCollector } = openFixture()
  const [one, other] = [await openCollector(), await openCollector()]
  const ids: string[] = []
  for (let index = 0; index < openMax; index++) ids.push(await openHold(index % 2 ? one : other))
  expect(new Set(ids).size).toBe(openMax)
  expect(await one.open(scope)).toBeNull()
  expect(await other.open(scope)).toBeNull()
  await one.end(ids[0] ?? '')
  const raced = await Promise.all([one.open(scope), other.open(scope), one.open(scope)])
  expect(raced.filter((hold) => hold !== null).length).toBe(1)
})

test('a hold that nobody opened is not known', async () => {
  const imports = await openFixture().openCollector()
  expect(await imports.heartbeat('nobody')).toBeNull()
  expect(await imports.end('nobody')).toBeNull()
})
