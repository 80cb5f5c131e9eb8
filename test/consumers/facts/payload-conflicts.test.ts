// An id that comes again with another payload is noticed, whatever differs; a repeat is none.
import { describe, expect, test } from 'vitest'
import { createEngagementColumns } from '#consumers/engagement/engagement-columns.ts'
import { createPayloadConflicts } from '#consumers/facts/payload-conflicts.ts'
import {
  anEvent,
  appendedAtMs,
  encodeRecord,
  encodeWithCodes,
  encodeBlocks,
  uuid7,
} from '../engagement/avro-events.ts'
import type { AvroEvent } from '../engagement/avro-events.ts'
import { decoder, refuseNothing } from '../engagement/rows.ts'

function open() {
  const columns = createEngagementColumns(2000)
  const conflicts = createPayloadConflicts(columns.capacity)
  const see = (value: Buffer): number => {
    if (columns.isFull()) columns.reset()
    const firstRow = columns.rows
    decoder.decode(value, { appendedAtMs }, columns, refuseNothing)
    return conflicts.check(columns, firstRow)
  }
  return {
    see: (...events: readonly AvroEvent[]) => see(encodeRecord(events)),
    seeCoded: (bytes: Buffer) => see(encodeBlocks([[1, bytes]])),
  }
}

const changes = {
  type: { type: 'unlike' },
  user_id: { user_id: 5002n },
  'user_id in its high half': { user_id: 5001n + (1n << 40n) },
  video_id: { video_id: 78n },
  creator_id: { creator_id: 901n },
  region: { region: 'DE' },
  age_band: { age_band: 'unknown' },
  gender: { gender: 'male' },
  device: { device: 'tv' },
  traffic_source: { traffic_source: 'search' },
  follow_status: { follow_status: 'unknown' },
  position_ms: { position_ms: 1 },
} as const satisfies Readonly<Record<string, Partial<AvroEvent>>>

describe('an id with another payload', () => {
  test.each(Object.keys(changes))('that differs in %s is noticed, and counted once', (name) => {
    const { see } = open()
    const first = anEvent('like')
    const second = anEvent('like', new Map(Object.entries(changes)).get(name))
    expect(see(first)).toBe(0)
    expect(see(second)).toBe(1)
    expect([see(second), see(first), see(second)]).toEqual([0, 0, 0])
  })

  test('of a view, duet or save is noticed by what only these have', () => {
    const { see } = open()
    const pairs = [
      [anEvent('view'), anEvent('view', { watched_ms: 4001 })],
      [anEvent('view'), anEvent('view', { duration_ms: 9001 })],
      [anEvent('duet'), anEvent('duet', { derived_video_id: 79n })],
      [anEvent('save'), anEvent('save', { collection_id: 5n })],
    ] as const
    for (const [at, both] of pairs.entries()) {
      const event_id = uuid7(appendedAtMs - 1000, Buffer.alloc(10, at))
      expect(see(...both.map((event) => ({ ...event, event_id })))).toBe(1)
    }
  })

  test('of a share that differs in its channel is noticed', () => {
    const { seeCoded } = open()
    const share = anEvent('share')
    expect(seeCoded(encodeWithCodes(share, {}))).toBe(0)
    expect(seeCoded(encodeWithCodes(share, { share_channel: 1 }))).toBe(1)
  })
})

describe('no conflict', () => {
  test('is a repeat, in the same record or in another', () => {
    const { see } = open()
    const event = anEvent('like')
    expect([see(event, event), see(event)]).toEqual([0, 0])
  })

  test('is another id, also where ids count up or differ in their time alone', () => {
    const { see } = open()
    const rest = Buffer.alloc(10)
    for (let count = 0; count < 20_000; count++) {
      rest.writeUInt32BE(count, 6)
      const at = BigInt(appendedAtMs - 1 - (count % 7))
      const event_id = uuid7(Number(at), rest)
      expect(see(anEvent('like', { event_id, occurred_at: at, user_id: BigInt(count + 1) }))).toBe(
        0,
      )
    }
  })
})

test('among ids that count up, every second payload is noticed while few came in between', () => {
  const { see } = open()
  const rest = Buffer.alloc(10)
  const idOf = (count: number): Buffer => {
    rest.writeUInt32BE(count, 6)
    return uuid7(appendedAtMs - 1000, rest)
  }
  const events = (user_id: bigint): readonly AvroEvent[] =>
    Array.from({ length: 2000 }, (_, count) => anEvent('like', { event_id: idOf(count), user_id }))
  expect(see(...events(1n))).toBe(0)
  // Two ids of 2,000 share a slot of 131,072 some fifteen times; the later one takes it.
  expect(see(...events(2n))).toBeGreaterThan(1930)
})
