// Sound events become the rows that they describe; each bad one is named and stands in nobody's way.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEngagementColumns } from '#consumers/engagement/engagement-columns.ts'
import { createEngagementDecoder, DAYS_MAX } from '#consumers/engagement/engagement-decoder.ts'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { eventTypes } from '#schemas/dimensions.ts'
import { parseEvent } from '#schemas/events/event.ts'
import { viewExample } from '#schemas/events/view.ts'
import {
  anEvent,
  appendedAtMs,
  batchType,
  encodeBlocks,
  encodeEvent,
  encodeRecord,
  encodeWithCodes,
  enumValues,
  long,
  schema,
} from './avro-events.ts'
import type { AvroEvent, Envelope } from './avro-events.ts'
import { decode, decoder, expectedRow, rowsOf } from './rows.ts'
import { soundEvents } from './sound-events.ts'

const MINUTE = 60_000

/** An event so many ms from its append. */
function at(offsetMs: number): Partial<AvroEvent> {
  return { occurred_at: BigInt(appendedAtMs + offsetMs) }
}

describe('sound records', () => {
  test('decode to the rows that avsc reads', () => {
    const envelopes = fc.record({ source: fc.string({ maxLength: 16 }), backfill: fc.boolean() })
    const records = fc.tuple(fc.array(soundEvents, { maxLength: 8 }), envelopes)
    fc.assert(
      fc.property(fc.array(records, { maxLength: 4 }), (batches) => {
        const values = batches.map(([events, envelope]) => encodeRecord(events, envelope))
        const read = values.flatMap((value): AvroEvent[] => {
          return batchType.fromBuffer(value.subarray(10)).events
        })
        expect(decode(values)).toEqual({ rows: read.map(expectedRow), refusals: [] })
      }),
    )
  })

  test('may cut their events into blocks, with or without sizes', () => {
    const groups = fc.array(
      fc.tuple(fc.boolean(), fc.array(soundEvents, { minLength: 1, maxLength: 4 })),
    )
    fc.assert(
      fc.property(groups, (blocks) => {
        const encoded = blocks.map(([isSized, events]) => {
          const items = Buffer.concat(events.map(encodeEvent))
          const sized = Buffer.concat([long(BigInt(items.length)), items])
          return isSized ? ([-events.length, sized] as const) : ([events.length, items] as const)
        })
        const rows = blocks.flatMap(([, events]) => events.map(expectedRow))
        expect(decode([encodeBlocks(encoded)])).toEqual({ rows, refusals: [] })
      }),
    )
  })

  test('hold whatever the edge takes', () => {
    const encoder = openEngagementEncoder()
    const { watched_ms, duration_ms, ...common } = viewExample
    const arrival = { arrivedAtMs: Date.parse(viewExample.occurred_at), backfill: false }
    const events = eventTypes.map((type) => {
      if (type === 'view') return { ...common, type, watched_ms, duration_ms }
      const isRemix = type === 'stitch' || type === 'duet'
      return isRemix ? { ...common, type, derived_video_id: '78' } : { ...common, type }
    })
    const encoded = events.map((event) => {
      const outcome = parseEvent(event, arrival)
      return outcome.ok ? encoder.encodeEvent(outcome.event, outcome.occurredAtMs) : Buffer.of()
    })
    const envelope = { sentAtMs: appendedAtMs, source: 'collector', backfill: true }
    const { rows, refusals } = decode([encoder.encodeBatch(encoded, envelope)])
    expect(refusals).toEqual([])
    expect(rows.map(({ type }) => type)).toEqual(eventTypes.map((_type, code) => code))
  })

  test('without events are fine and leave nothing', () => {
    expect(decode([encodeRecord([])])).toEqual({ rows: [], refusals: [] })
  })

  test('hold up to 10,000 events, of a source of up to 64 bytes', () => {
    const events = Array.from({ length: 10_000 }, () => anEvent())
    const { rows, refusals } = decode([encodeRecord(events, { source: 's'.repeat(64) })])
    expect([rows.length, refusals.length]).toEqual([10_000, 0])
  })
})

describe('an event at the edge of what is allowed is taken', () => {
  const largest = 2n ** 63n - 1n
  const taken: readonly (readonly [string, AvroEvent, Envelope?])[] = [
    ['5 min ahead', anEvent('like', at(5 * MINUTE))],
    ['10 min ahead, from saves', anEvent('save', at(10 * MINUTE)), { source: 'saves' }],
    ['7 days behind', anEvent('like', at(-7 * 1440 * MINUTE))],
    ['of 1970, as a backfill', anEvent('like', at(-appendedAtMs)), { backfill: true }],
    ['of no known creator, from saves', anEvent('save', { creator_id: 0n }), { source: 'saves' }],
    ['with the largest ids', anEvent('duet', { user_id: largest, derived_video_id: largest })],
    ['watched for a day', anEvent('view', { watched_ms: 86_400_000, duration_ms: 2 ** 31 - 1 })],
    ['at the start of the video', anEvent('comment', { position_ms: 0 })],
  ]
  const cases = taken.map(([name, event, envelope]) => ({ name, event, envelope }))
  test.each(cases)('$name', ({ event, envelope }) => {
    const value = encodeRecord([event], envelope)
    expect(decode([value])).toEqual({ rows: [expectedRow(event)], refusals: [] })
  })

  test('in the last millisecond that a slot can name, but not later', () => {
    const last = 2 ** 32 * 1000 - 1
    const events = [last, last + 1].map((ms) => anEvent('like', { occurred_at: BigInt(ms) }))
    const columns = createEngagementColumns(1)
    const refused: string[] = []
    decoder.decode(encodeRecord(events), { appendedAtMs: last }, columns, ({ reason, field }) =>
      refused.push(reason, field),
    )
    expect(rowsOf(columns)).toEqual(events.slice(0, 1).map(expectedRow))
    expect(refused).toEqual(['out_of_range', 'occurred_at'])
  })
})

describe('a bad event is refused by name, and its neighbours go on', () => {
  const otherBits = (byte: number, bits: number): Partial<AvroEvent> => {
    const event_id = Buffer.from(anEvent().event_id)
    event_id.writeUInt8(event_id.readUInt8(byte) ^ bits, byte)
    return { event_id }
  }
  const faults: readonly (readonly [string, string, AvroEvent, Envelope?])[] = [
    ['not_uuid7', 'event_id', anEvent('view', otherBits(6, 0x30))],
    ['not_uuid7', 'event_id', anEvent('view', otherBits(8, 0x40))],
    ['id_time_mismatch', 'event_id', anEvent('view', otherBits(0, 1))],
    ['id_time_mismatch', 'event_id', anEvent('view', otherBits(5, 1))],
    ['out_of_range', 'occurred_at', anEvent('view', at(-appendedAtMs - 1)), { backfill: true }],
    ['in_future', 'occurred_at', anEvent('view', at(5 * MINUTE + 1))],
    ['in_future', 'occurred_at', anEvent('save', at(10 * MINUTE + 1)), { source: 'saves' }],
    ['in_future', 'occurred_at', anEvent('save', at(5 * MINUTE + 1)), { source: 'savez' }],
    ['in_future', 'occurred_at', anEvent('like', at(2 ** 47)), { backfill: true }],
    ['too_old', 'occurred_at', anEvent('view', at(-7 * 1440 * MINUTE - 1))],
    ['out_of_range', 'user_id', anEvent('view', { user_id: 0n })],
    ['out_of_range', 'user_id', anEvent('view', { user_id: -1n }), { source: 'saves' }],
    ['out_of_range', 'video_id', anEvent('view', { video_id: 0n }), { source: 'saves' }],
    ['out_of_range', 'video_id', anEvent('view', { video_id: -(2n ** 63n) })],
    ['out_of_range', 'creator_id', anEvent('view', { creator_id: 0n })],
    ['out_of_range', 'creator_id', anEvent('save', { creator_id: -1n }), { source: 'saves' }],
    ['out_of_range', 'watched_ms', anEvent('view', { watched_ms: 86_400_001 })],
    ['out_of_range', 'watched_ms', anEvent('view', { watched_ms: -1 })],
    ['out_of_range', 'duration_ms', anEvent('view', { duration_ms: -(2 ** 31) })],
    ['out_of_range', 'position_ms', anEvent('like', { position_ms: -2 })],
    ['out_of_range', 'derived_video_id', anEvent('duet', { derived_video_id: -1n })],
    ['out_of_range', 'collection_id', anEvent('save', { collection_id: -1n })],
    ['missing_field', 'derived_video_id', anEvent('stitch', { derived_video_id: 0n })],
    ['not_allowed', 'watched_ms', anEvent('like', { watched_ms: 1 })],
    ['not_allowed', 'duration_ms', anEvent('save', { duration_ms: 1 })],
    ['not_allowed', 'position_ms', anEvent('view', { position_ms: 0 })],
    ['not_allowed', 'share_channel', anEvent('save', { share_channel: 'other' })],
    ['not_allowed', 'derived_video_id', anEvent('like', { derived_video_id: 1n })],
    ['not_allowed', 'collection_id', anEvent('unsave', { collection_id: 1n })],
  ]
  const cases = faults.map(([reason, field, event, envelope]) => {
    return { reason, field, event, envelope }
  })
  test.each(cases)('$reason of $field', ({ reason, field, event, envelope }) => {
    const neighbour = anEvent('comment')
    const value = encodeRecord([neighbour, event, neighbour], envelope)
    const end = value.length - 1 - encodeEvent(neighbour).length
    expect(decode([value])).toEqual({
      rows: [expectedRow(neighbour), expectedRow(neighbour)],
      refusals: [{ reason, field, index: 1, start: end - encodeEvent(event).length, end }],
    })
  })

  test.each(Object.entries(enumValues))('a code that %s does not have', (field, values) => {
    for (const code of [-1, values.length, 255, 8192, -(2 ** 31), 2 ** 31 - 1]) {
      const bad = encodeWithCodes(anEvent('share'), { [field]: code })
      const good = encodeEvent(anEvent())
      const { rows, refusals } = decode([encodeBlocks([[2, Buffer.concat([bad, good])]])])
      expect(rows).toEqual([expectedRow(anEvent())])
      expect(refusals).toMatchObject([{ reason: 'not_allowed', field, index: 0 }])
    }
  })

  test('even if all of 10,000 are bad', () => {
    const events = Array.from({ length: 10_000 }, () => anEvent('view', { user_id: 0n }))
    const { rows, refusals } = decode([encodeRecord(events)])
    expect(rows).toEqual([])
    expect(refusals.map(({ index }) => index)).toEqual(events.map((_event, index) => index))
  })
})

describe('what is kept', () => {
  const own = { user_id: 900n }

  test('types that are not wanted are checked and leave no row', () => {
    const types = ['save', 'unsave'] as const
    const picky = createEngagementDecoder({ schema, keep: { types, ownActs: true } })
    const bad = anEvent('view', { user_id: 0n })
    const events = [anEvent('save'), anEvent('view'), bad, anEvent('unsave', own), anEvent('duet')]
    const { rows, refusals } = decode([encodeRecord(events)], picky)
    expect(rows).toEqual([anEvent('save'), anEvent('unsave', own)].map(expectedRow))
    expect(refusals).toMatchObject([{ index: 2, reason: 'out_of_range', field: 'user_id' }])
  })

  test('own acts are left out where they are not wanted', () => {
    const strict = createEngagementDecoder({ schema, keep: { types: eventTypes, ownActs: false } })
    const high = anEvent('like', { user_id: 900n + 2n ** 40n })
    const { rows, refusals } = decode([encodeRecord([anEvent('view', own), high])], strict)
    expect({ rows, refusals }).toEqual({ rows: [expectedRow(high)], refusals: [] })
  })

  test('a frozen day takes nothing more, from the moment that the map says so', () => {
    const frozenDays = new Uint8Array(DAYS_MAX)
    const keep = { types: eventTypes, ownActs: false }
    const facts = createEngagementDecoder({ schema, keep, frozenDays })
    const day = Math.floor(appendedAtMs / 86_400_000)
    const [today, yesterday] = [anEvent('view'), anEvent('view', at(-86_400_000))]
    const record = [encodeRecord([yesterday, today])]
    expect(decode(record, facts).rows).toEqual([yesterday, today].map(expectedRow))
    frozenDays[day - 1] = 1
    const { rows, refusals } = decode(record, facts)
    expect(rows).toEqual([expectedRow(today)])
    expect(refusals).toMatchObject([{ index: 0, reason: 'frozen', field: 'occurred_at' }])
  })
})
