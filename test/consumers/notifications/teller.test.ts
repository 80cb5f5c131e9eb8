// A remix is told of once the catalogue confirms it, then marked, and never forgotten in between.
import { describe, expect, test } from 'vitest'
import type { ClaimStore, ShownRemix } from '#consumers/notifications/claim-store.ts'
import { openTeller } from '#consumers/notifications/teller.ts'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { NewRecord } from '#infra/kafka/event-log.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { createLog } from '#infra/runtime/log.ts'
import type { Notification } from '#schemas/notification.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const codec = openAvroCodec<Notification>('notification-v1')

function remixOf(derivedVideoId: bigint): ShownRemix {
  const notification = {
    type: 'duet',
    creator_id: 905n,
    video_id: 77n,
    derived_video_id: derivedVideoId,
    derived_creator_id: 901n,
    occurred_at: 5n,
  } as const
  const claim = { type: 'stitch', videoId: 77n, userId: 901n, occurredAtMs: 5 } as const
  return { notification, claim: { ...claim, derivedVideoId }, told: false }
}

function open(untold: readonly bigint[] = []) {
  const clock = createManualClock()
  /** What happened, in order. */
  const events: string[] = []
  const failures: unknown[] = []
  const state = { away: '', confirmed: new Set<bigint>(), told: new Set<bigint>() }
  const reach = (server: string): void => {
    if (state.away === server) throw new PipelineError('store_unreachable', server)
    if (state.away === `${server} refuses`) throw new PipelineError('store_refused', server)
  }
  const claims: ClaimStore = {
    insert: async () => undefined,
    async readShown(ids) {
      reach('store')
      events.push(`ask ${ids.join(' ')}`)
      return ids
        .filter((id) => state.confirmed.has(id))
        .map((id) => ({ ...remixOf(id), told: state.told.has(id) }))
    },
    async markTold(some) {
      reach('store')
      for (const { derivedVideoId } of some) {
        state.told.add(derivedVideoId)
        events.push(`mark ${derivedVideoId}`)
      }
    },
    async readUntold() {
      reach('store')
      return untold
    },
  }
  const producer = {
    async append(topic: string, partition: number, records: readonly NewRecord[]) {
      reach('log')
      for (const { key, value } of records) {
        const { derived_video_id } = codec.decode(Buffer.from(value ?? [])) ?? {}
        events.push(`append ${topic}/${partition} ${String(key)} ${derived_video_id}`)
      }
    },
    partitionsOf: async () => 4,
  }
  const log = createLog({ name: 'test', level: 'silent' })
  const fail = (error: unknown): void => void failures.push(error)
  const teller = openTeller({ log, clock, fail, claims, producer })
  return { clock, events, failures, state, teller }
}

describe('a teller', () => {
  test('appends what is confirmed under the creator it tells, and marks it only then', async () => {
    const { events, state, teller } = open()
    state.confirmed.add(8n)
    await teller.tell([8n, 9n, 8n])
    expect(events).toEqual(['ask 8 9', 'append notifications.v1/1 905 8', 'mark 8'])
    expect(teller.untold).toBe(1)
  })

  test('asks again until the catalogue confirms, and tells once', async () => {
    const { clock, events, state, teller } = open()
    await teller.tell([9n])
    await clock.advance(10_000)
    expect(events.every((event) => event === 'ask 9')).toBe(true)
    state.confirmed.add(9n)
    await clock.advance(4000)
    expect(events.slice(-2)).toEqual(['append notifications.v1/1 905 9', 'mark 9'])
    const { length } = events
    await clock.advance(600_000)
    await teller.tell([9n])
    expect(events.slice(length)).toEqual(['ask 9'])
    expect(teller.untold).toBe(0)
  })

  test('goes on with what an earlier process left untold', async () => {
    const { clock, events, state } = open([3n, 2n])
    state.confirmed.add(3n)
    await clock.advance(4000)
    expect(events.slice(0, 3)).toEqual(['ask 2 3', 'append notifications.v1/1 905 3', 'mark 3'])
  })

  test('does not mark what the log has not acknowledged, and says its trouble', async () => {
    const { clock, events, failures, state, teller } = open([3n])
    state.confirmed.add(3n)
    await clock.advance(0)
    state.away = 'log'
    await clock.advance(60_000)
    expect(events.filter((event) => !event.startsWith('ask'))).toEqual([])
    expect(teller.trouble).toBe('the rollups or the log do not answer')
    await expect(teller.tell([4n, 3n])).rejects.toThrow('log')
    state.away = ''
    await clock.advance(60_000)
    expect(events).toContain('mark 3')
    expect([teller.trouble, failures]).toEqual([null, []])
  })

  test('reads what was left untold as soon as the store answers', async () => {
    const { clock, events, state, teller } = open([3n])
    state.away = 'store'
    await clock.advance(60_000)
    expect([events, teller.trouble === null]).toEqual([[], false])
    state.away = ''
    await clock.advance(6000)
    expect(events).toContain('ask 3')
  })

  test('gives up on what a repeat cannot mend', async () => {
    const { clock, failures, state } = open()
    state.away = 'store refuses'
    await clock.advance(60_000)
    expect(failures).toHaveLength(1)
  })

  test('asks nothing more once it is closed, and nothing at all while none waits', async () => {
    const idle = open()
    await idle.clock.advance(600_000)
    expect(idle.events).toEqual([])
    const closed = open([3n])
    await closed.clock.advance(2000)
    await closed.teller[Symbol.asyncDispose]()
    const { length } = closed.events
    await closed.clock.advance(600_000)
    expect(closed.events).toHaveLength(length)
  })
})
