// Whatever bytes a stranger puts into the log: no throw, no endless loop, no row that should not be.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigIntAt, createEngagementColumns } from '#consumers/engagement/engagement-columns.ts'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { Takeover } from '#schemas/touched.ts'
import {
  anEvent,
  appendedAtMs,
  codesOf,
  encodeBlocks,
  encodeEvent,
  encodeRecord,
  header,
  long,
} from './avro-events.ts'
import { decodePlainly } from './plain-decoder.ts'
import { decode, decoder, refuseNothing } from './rows.ts'
import type { Decoded } from './rows.ts'
import { soundEvents } from './sound-events.ts'

const event = encodeEvent(anEvent())
const sound = encodeRecord([anEvent(), anEvent('save')])

/** A number with as many bytes as Avro allows: leading zeros, kept by continuation bits. */
function longest(value: bigint | number, size: number): Buffer {
  const bytes = Buffer.alloc(size, 0x80)
  for (const [at, byte] of long(BigInt(value)).entries()) bytes.writeUInt8(byte | 0x80, at)
  bytes.writeUInt8(bytes.readUInt8(size - 1) & 0x7f, size - 1)
  return bytes
}

const { event_id, ...numbers } = { ...anEvent(), ...codesOf(anEvent()) }
const longestEvent = Buffer.concat([
  event_id,
  ...Object.values(numbers).map((value) => longest(value, typeof value === 'bigint' ? 10 : 5)),
])

/** What is left of a record that is refused whole. */
function refusedWhole(value: Uint8Array | null, reason = 'undecodable', field = ''): Decoded {
  const refusal: unknown = { reason, field, index: -1, start: 0, end: value?.length ?? 0 }
  return { rows: [], refusals: [expect.objectContaining(refusal)] }
}

/** A record's value with other bytes in place of the envelope. */
function withEnvelope(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([header, ...parts])
}

describe('a broken record is refused once and whole, and leaves no row', () => {
  const items = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => event))
  const sized = (size: number): Buffer => Buffer.concat([long(BigInt(size)), event])
  const no = Buffer.from([0])
  const endless = Buffer.alloc(10, 0xff)
  const cases: readonly (readonly [string, Buffer | null, string?])[] = [
    ['a tombstone', null],
    ['nothing', Buffer.of()],
    ['JSON', Buffer.from('{"events":[]}')],
    ['a header alone', header],
    ['bytes after the events', Buffer.concat([sound, no])],
    ['a second record behind the first', Buffer.concat([sound, sound])],
    ['fewer events than the count says', encodeBlocks([[3, items(2)]])],
    ['more events than the count says', encodeBlocks([[1, items(2)]])],
    ['a block larger than its size', encodeBlocks([[-1, sized(event.length - 1)]])],
    ['a block smaller than its size', encodeBlocks([[-1, sized(event.length + 1)]])],
    ['a size of less than nothing', encodeBlocks([[-1, sized(-1)]])],
    ['10,001 events', encodeRecord(Array.from({ length: 10_001 }, () => anEvent())), 'events'],
    [
      '10,001 events in two blocks',
      encodeBlocks([
        [1, event],
        [10_000, event],
      ]),
      'events',
    ],
    ['2^32 + 1 events', encodeBlocks([[2 ** 32 + 1, event]]), 'events'],
    ['-2^31 events', encodeBlocks([[-(2 ** 31), sized(event.length)]]), 'events'],
    ['2^53 events', encodeBlocks([[2 ** 53, event]]), 'events'],
    ['a source of 65 bytes', encodeRecord([anEvent()], { source: 's'.repeat(65) }), 'source'],
    ['a source of -1 bytes', withEnvelope(long(0n), long(-1n), no, no), 'source'],
    ['a source of 2^32 bytes', withEnvelope(long(0n), long(2n ** 32n), no, no), 'source'],
    ['a source past the end', withEnvelope(long(0n), long(60n))],
    ['a boolean of 2', withEnvelope(long(0n), long(0n), Buffer.from([2]), no)],
    ['a long of more than 64 bits', withEnvelope(endless, no, no, no)],
    ['a number without an end', withEnvelope(Buffer.alloc(1000, 0xff))],
    ['more than 1 MiB', Buffer.concat([sound, Buffer.alloc(1_048_577 - sound.length)])],
  ]
  const named = cases.map(([name, value, field]) => ({ name, value, field }))
  test.each(named)('$name', ({ value, field }) => {
    expect(decode([value])).toEqual(refusedWhole(value, 'undecodable', field))
  })

  test('cut anywhere', () => {
    for (let length = 0; length < sound.length; length++) {
      const value = sound.subarray(0, length)
      expect(decode([value])).toEqual(refusedWhole(value))
    }
  })

  test('an int of more than 32 bits, and a long of more than 64, anywhere in an event', () => {
    const start = event.length - 3
    const five = Buffer.concat([event.subarray(0, start), Buffer.alloc(4, 0xff), Buffer.from([16])])
    const ten = Buffer.concat([event.subarray(0, -1), Buffer.alloc(9, 0xff), Buffer.from([2])])
    for (const tail of [five, ten]) {
      const value = encodeBlocks([[2, Buffer.concat([event, tail, Buffer.alloc(200)])]])
      expect(decode([value])).toEqual(refusedWhole(value))
    }
  })

  test('written by another schema', () => {
    const takeover = { sealer: 'of another topic', taken_at: 1n }
    const value = openAvroCodec<Takeover>('takeover-v1').encode(takeover)
    expect(decode([value])).toEqual(refusedWhole(value, 'unknown_schema'))
  })

  test('and the records around it stay', () => {
    const { rows, refusals } = decode([sound, sound.subarray(0, -1), sound])
    expect([rows.length, refusals.length]).toEqual([4, 1])
  })
})

describe('any bytes are judged as by a plain reader', () => {
  const judgedAlike = (value: Buffer): void => {
    expect(decode([value])).toEqual(decodePlainly(value, appendedAtMs))
  }

  test('a block of more than 2^32 events whose size is cut off', () => {
    judgedAlike(Buffer.concat([header, Buffer.from([0, 0, 0, 181, 128, 128, 128, 32])]))
  })

  test('random ones behind a true header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        judgedAlike(Buffer.concat([header, bytes]))
      }),
      { numRuns: 1000 },
    )
  })

  test('sound records in which some bytes were changed', () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      to: fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.integer({ min: 0, max: 255 })),
    })
    const envelopes = fc.record({
      source: fc.constantFrom('saves', 'collector'),
      backfill: fc.boolean(),
    })
    const records = fc.tuple(fc.array(soundEvents, { minLength: 1, maxLength: 4 }), envelopes)
    fc.assert(
      fc.property(records, fc.array(change, { maxLength: 3 }), ([events, envelope], changes) => {
        const value = encodeRecord(events, envelope)
        for (const { at, to } of changes) value.writeUInt8(to, Math.floor(at * value.length))
        judgedAlike(value)
      }),
      { numRuns: 2000 },
    )
  })

  test('sound records with bytes taken out or put in', () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true })
    const events = fc.array(soundEvents, { minLength: 1, maxLength: 3 })
    const added = fc.uint8Array({ maxLength: 4 })
    const removed = fc.integer({ min: 0, max: 4 })
    fc.assert(
      fc.property(events, place, added, removed, (sent, at, inserted, cut) => {
        const value = encodeRecord(sent)
        const from = Math.floor(at * value.length)
        judgedAlike(Buffer.concat([value.subarray(0, from), inserted, value.subarray(from + cut)]))
      }),
      { numRuns: 1000 },
    )
  })

  test('events of the longest form that Avro allows', () => {
    judgedAlike(encodeBlocks([[2, Buffer.concat([longestEvent, event])]]))
  })

  test('as many of them as fill 1 MiB: taken to the last byte, cut anywhere refused', () => {
    const room = 1_048_576 - encodeBlocks([[8000, Buffer.of()]], { source: '' }).length
    const longs = Math.floor(room / longestEvent.length)
    const shorts = Math.floor((room % longestEvent.length) / event.length)
    const items = Array.from({ length: longs + shorts }, (_, at) =>
      at < longs ? longestEvent : event,
    )
    const block = [items.length, Buffer.concat(items)] as const
    const missing = 1_048_576 - encodeBlocks([block], { source: '' }).length
    const full = encodeBlocks([block], { source: 's'.repeat(missing) })
    expect(full).toHaveLength(1_048_576)
    expect(decode([full]).rows).toHaveLength(items.length)
    const tooLong = encodeBlocks([block], { source: 's'.repeat(missing + 1) })
    expect(decode([tooLong])).toEqual(refusedWhole(tooLong))
    const fewer = encodeBlocks([[10_000, Buffer.concat(items)]], { source: '' })
    expect(decode([fewer])).toEqual(refusedWhole(fewer))
    for (let length = full.length - 1; length > full.length - 300; length--) {
      expect(decode([full.subarray(0, length)])).toEqual(refusedWhole(full.subarray(0, length)))
    }
  })
})

describe('columns', () => {
  test('take no record once they are full, and always have room for one before that', () => {
    const columns = createEngagementColumns(2)
    const full = encodeRecord(Array.from({ length: 10_000 }, () => anEvent()))
    const add = (value: Buffer): void =>
      decoder.decode(value, { appendedAtMs }, columns, refuseNothing)
    add(encodeRecord([anEvent()]))
    expect(columns.isFull()).toBe(false)
    add(full)
    expect([columns.isFull(), columns.rows]).toEqual([true, 10_001])
    expect(bigIntAt(columns.user_id, 10_000)).toBe(anEvent().user_id)
    expect(() => add(full)).toThrow('stored and reset')
    columns.reset()
    expect([columns.isFull(), columns.rows]).toEqual([false, 0])
  })
})
