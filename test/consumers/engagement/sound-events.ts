// Any event that the contract allows, for tests that must hold for all of them.
import * as fc from 'fast-check'
import { eventTypes } from '#schemas/dimensions.ts'
import type { EventType } from '#schemas/dimensions.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import { appendedAtMs, avroSymbol, enumValues, uuid7 } from './avro-events.ts'
import type { AvroEvent } from './avro-events.ts'

/** Every length in bits is as likely, so every length of a varint comes up. */
const ids = fc
  .integer({ min: 1, max: 63 })
  .chain((bits) => fc.bigInt({ min: 1n << BigInt(bits - 1), max: (1n << BigInt(bits)) - 1n }))
const milliseconds = fc
  .integer({ min: 0, max: 31 })
  .chain((bits) => fc.integer({ min: 0, max: 2 ** bits - 1 }))
const timesMs = fc.integer({
  min: appendedAtMs - eventLimits.behindMs,
  max: appendedAtMs + eventLimits.aheadMs,
})

function symbolsOf(field: keyof typeof enumValues): fc.Arbitrary<string> {
  return fc.constantFrom(...enumValues[field].map(avroSymbol))
}

function isRemix(type: EventType): boolean {
  return type === 'stitch' || type === 'duet'
}

function hasPosition(type: EventType): boolean {
  return type === 'like' || type === 'save' || type === 'share' || type === 'comment'
}

/** `values` or `none` where a field goes with the type, else `none`. */
function only<T>(goes: boolean, values: fc.Arbitrary<T>, none: T): fc.Arbitrary<T> {
  return goes ? fc.oneof(fc.constant(none), values) : fc.constant(none)
}

function soundEventsOf(type: EventType, atMs: number): fc.Arbitrary<AvroEvent> {
  const watched = milliseconds.map((ms) => Math.min(ms, eventLimits.watchedMsMax))
  return fc.record({
    event_id: fc.uint8Array({ minLength: 10, maxLength: 10 }).map((rest) => uuid7(atMs, rest)),
    type: fc.constant(type),
    occurred_at: fc.constant(BigInt(atMs)),
    user_id: ids,
    video_id: ids,
    creator_id: ids,
    region: symbolsOf('region'),
    age_band: symbolsOf('age_band'),
    gender: symbolsOf('gender'),
    device: symbolsOf('device'),
    traffic_source: symbolsOf('traffic_source'),
    follow_status: symbolsOf('follow_status'),
    watched_ms: only(type === 'view', watched, 0),
    duration_ms: only(type === 'view', milliseconds, 0),
    position_ms: only(hasPosition(type), milliseconds, -1),
    share_channel: only(type === 'share', symbolsOf('share_channel'), 'unknown'),
    derived_video_id: isRemix(type) ? ids : fc.constant(0n),
    collection_id: only(type === 'save', ids, 0n),
  })
}

export const soundEvents: fc.Arbitrary<AvroEvent> = fc
  .tuple(fc.constantFrom(...eventTypes), timesMs)
  .chain(([type, atMs]) => soundEventsOf(type, atMs))
