// Offsets are committed only after the rows are stored, whatever fails on the way.
import { describe, expect, test } from 'vitest'
import { openRowConsumer } from '#consumers/rows/row-consumer.ts'
import type { RowBuffer } from '#consumers/rows/row-consumer.ts'
import type {
  ConsumerOptions,
  EventLog,
  LogConsumer,
  LogRecord,
  RecordBatch,
} from '#infra/kafka/event-log.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { createLog } from '#infra/runtime/log.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const topic = 'engagement.v1'

/** Keeps records whose value begins with `+`; full at three rows. */
function createBuffer(): RowBuffer<string> {
  let rows: string[] = []
  return {
    get rows() {
      return rows.length
    },
    isFull: () => rows.length >= 3,
    add({ value }) {
      const text = value?.toString() ?? ''
      if (text.startsWith('+')) rows.push(text)
    },
    drain() {
      const block = rows.join(' ')
      rows = []
      return block
    },
  }
}

async function open() {
  const clock = createManualClock()
  const stop = new AbortController()
  /** What happened, in order. */
  const events: string[] = []
  const failures: unknown[] = []
  const state = { store: 'answers', log: 'answers', stale: false, heartbeats: 0 }
  const away = (of: string): void => {
    if (of === 'away') throw new PipelineError('store_unreachable', 'away')
    if (of === 'stale') throw new PipelineError('stale_assignment', 'moved on')
    if (of === 'refuses') throw new PipelineError('store_refused', 'no')
  }
  const refuse = async (): Promise<never> => {
    throw new Error('not used here')
  }
  let taken: ConsumerOptions | undefined
  const consumer: LogConsumer = {
    async commit(positions) {
      away(state.log)
      for (const { partition, offset } of positions) events.push(`commit ${partition}:${offset}`)
    },
    [Symbol.asyncDispose]: async () => void events.push('closed'),
  }
  const eventLog: EventLog = {
    openProducer: refuse,
    openFencedProducer: refuse,
    async openConsumer(options) {
      taken = options
      return consumer
    },
    readRanges: refuse,
    offsetsOf: refuse,
    offsetsSince: refuse,
    committedOf: refuse,
    hasMembers: refuse,
    setCommitted: refuse,
    describe: refuse,
    hasRecordsSince: refuse,
    createTopics: refuse,
    [Symbol.asyncDispose]: async () => undefined,
  }
  const rowConsumer = await openRowConsumer({
    log: createLog({ name: 'test', level: 'silent' }),
    clock,
    stop: stop.signal,
    fail: (error) => void failures.push(error),
    eventLog,
    group: 'saves',
    topic,
    buffer: createBuffer(),
    async store(block) {
      away(state.store)
      events.push(`store ${block}`)
    },
    storeTrouble: 'the store does not answer',
  })
  /** Hands records over as one batch; `first` is the first one's offset. */
  const give = (values: readonly string[], first = 0n, partition = 0): Promise<void> => {
    const records = values.map((value, index): LogRecord => ({
      topic,
      partition,
      offset: first + BigInt(index),
      appendedAtMs: clock.nowMs() - 70,
      key: null,
      value: Buffer.from(value),
    }))
    const batch: RecordBatch = {
      topic,
      partition,
      records,
      nextOffset: first + BigInt(values.length),
      isStale: () => state.stale,
      heartbeat: async () => void (state.heartbeats += 1),
    }
    return taken?.take(batch) ?? Promise.resolve()
  }
  const reassign = (): void => taken?.onAssignment?.([])
  return { clock, stop, events, failures, state, rowConsumer, give, reassign }
}

describe('a row consumer', () => {
  test('stores within 200 ms of the first row, and commits only then', async () => {
    const { clock, events, give } = await open()
    await give(['+a', '-', '+b'])
    await clock.advance(199)
    expect(events).toEqual([])
    await clock.advance(1)
    expect(events).toEqual(['store +a +b', 'commit 0:3'])
  })

  test('commits the offsets of records without a row as well, a little later', async () => {
    const { clock, events, give } = await open()
    await give(['-', '-'])
    await clock.advance(999)
    expect(events).toEqual([])
    await clock.advance(1)
    expect(events).toEqual(['commit 0:2'])
  })

  test('stores at once when it is full', async () => {
    const { clock, events, give } = await open()
    await give(['+a', '+b', '+c', '+d'])
    await clock.rest()
    expect(events).toEqual(['store +a +b +c', 'commit 0:3'])
    await clock.advance(200)
    expect(events.slice(2)).toEqual(['store +d', 'commit 0:4'])
  })

  test('commits nothing while the store is away, sends the same rows again, and says so', async () => {
    const { clock, events, state, rowConsumer, give } = await open()
    state.store = 'away'
    await give(['+a'], 0n, 0)
    await give(['+b'], 9n, 2)
    await clock.advance(60_000)
    expect(events).toEqual([])
    expect(rowConsumer.trouble).toBe('the store does not answer')
    expect(rowConsumer.waitingSinceMs).not.toBeNull()
    state.store = 'answers'
    await clock.advance(5000)
    expect(events).toEqual(['store +a +b', 'commit 0:1', 'commit 2:10'])
    expect(rowConsumer.trouble).toBeNull()
    expect(rowConsumer.waitingSinceMs).toBeNull()
  })

  test('reads no further than it can hold meanwhile, and keeps its place in the group', async () => {
    const { clock, events, state, give } = await open()
    state.store = 'away'
    let taken = 0
    const reading = (async () => {
      for (let offset = 0n; offset < 12n; offset += 1n) {
        await give([`+${offset}`], offset)
        taken += 1
      }
    })()
    await clock.advance(60_000)
    expect(taken).toBeLessThan(9)
    expect(state.heartbeats).toBeGreaterThan(20)
    state.store = 'answers'
    await clock.advance(10_000)
    await reading
    const stored = events.filter((event) => event.startsWith('store')).join(' ')
    expect(stored.match(/\+\d+/g)).toEqual(Array.from({ length: 12 }, (_, row) => `+${row}`))
    expect(events.at(-1)).toBe('commit 0:12')
  })

  test('commits again until the log answers, without storing again', async () => {
    const { clock, events, state, rowConsumer, give } = await open()
    state.log = 'away'
    await give(['+a'])
    await clock.advance(30_000)
    expect(events).toEqual(['store +a'])
    expect(rowConsumer.trouble).toBe('the log does not answer')
    state.log = 'answers'
    await clock.advance(5000)
    expect(events).toEqual(['store +a', 'commit 0:1'])
  })

  test('leaves offsets to the new member when the group has moved on', async () => {
    const { clock, events, failures, state, give, reassign } = await open()
    state.log = 'stale'
    await give(['+a'])
    await clock.advance(200)
    expect([events, failures]).toEqual([['store +a'], []])
    state.log = 'answers'
    await give(['+b'], 1n)
    reassign()
    await clock.advance(1000)
    expect(events).toEqual(['store +a', 'store +b'])
  })

  test('takes nothing more of a partition that is not its own any more', async () => {
    const { clock, events, state, give } = await open()
    state.stale = true
    await give(['+a'])
    await clock.advance(5000)
    expect(events).toEqual([])
  })

  test('gives up on what a repeat cannot mend, with nothing committed', async () => {
    const { clock, events, failures, state, give } = await open()
    state.store = 'refuses'
    await give(['+a'])
    await clock.advance(5000)
    expect(events).toEqual([])
    expect(failures).toHaveLength(1)
  })

  test('stores what it has before it closes, but does not wait for a store that is away', async () => {
    const good = await open()
    await good.give(['+a'])
    await good.rowConsumer[Symbol.asyncDispose]()
    expect(good.events).toEqual(['store +a', 'commit 0:1', 'closed'])

    const bad = await open()
    bad.state.store = 'away'
    await bad.give(['+a'])
    await bad.clock.advance(1000)
    bad.stop.abort()
    await bad.rowConsumer[Symbol.asyncDispose]()
    expect(bad.events).toEqual(['closed'])
  })
})
