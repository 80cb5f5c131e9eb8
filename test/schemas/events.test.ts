// The edge: good events are taken as they are, and each fault is named by code and field.
import { describe, expect, test } from 'vitest'
import { ageBands, devices, eventTypes, genders, regions } from '#schemas/dimensions.ts'
import { trafficSources } from '#schemas/dimensions.ts'
import { parseEvent } from '#schemas/events/event.ts'
import { viewExample } from '#schemas/events/view.ts'

const atMs = Date.parse(viewExample.occurred_at)
const arrival = { arrivedAtMs: atMs + 1000, backfill: false }

/** The example with other fields; undefined takes a field out. */
function changed(changes: Readonly<Record<string, unknown>>): unknown {
  const event = { ...viewExample, ...changes }
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined))
}

/** What every type needs beyond the common fields. */
const only = { watched_ms: undefined, duration_ms: undefined }

/** A UUID version 7 of a time. */
function idAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8abc-0123456789ab`
}

describe('an event at the edge', () => {
  test.each(eventTypes)('of type %s is taken', (type) => {
    const own = type === 'view' ? {} : only
    const derived = type === 'stitch' || type === 'duet' ? { derived_video_id: '78' } : {}
    expect(parseEvent(changed({ type, ...own, ...derived }), arrival)).toMatchObject({ ok: true })
  })

  test('without dimensions is taken with all of them unknown', () => {
    const left = { region: undefined, age_band: undefined, gender: undefined, device: undefined }
    const outcome = parseEvent(changed({ ...left, traffic_source: undefined }), arrival)
    expect(outcome).toMatchObject({
      ok: true,
      event: { region: 'ZZ', age_band: 'unknown', gender: 'unknown', traffic_source: 'unknown' },
    })
  })

  test.each([
    ['unknown_field', 'surprise', { surprise: 1 }],
    ['not_allowed', 'share_channel', { share_channel: 'other' }],
    ['not_allowed', 'type', { type: 'adore' }],
    ['missing_field', 'type', { type: undefined }],
    ['wrong_type', 'type', { type: 7 }],
    ['missing_field', 'user_id', { user_id: undefined }],
    ['wrong_type', 'user_id', { user_id: 12 }],
    ['out_of_range', 'user_id', { user_id: '0' }],
    ['out_of_range', 'user_id', { user_id: '9223372036854775808' }],
    ['wrong_type', 'video_id', { video_id: '1e5' }],
    ['not_allowed', 'region', { region: 'QQ' }],
    ['not_allowed', 'age_band', { age_band: '12' }],
    ['wrong_type', 'traffic_source', { traffic_source: null }],
    ['wrong_type', 'device', { device: ['mobile'] }],
    ['missing_field', 'watched_ms', { watched_ms: undefined }],
    ['wrong_type', 'watched_ms', { watched_ms: 1.5 }],
    ['out_of_range', 'watched_ms', { watched_ms: -1 }],
    ['out_of_range', 'watched_ms', { watched_ms: 86_400_001 }],
    ['wrong_type', 'occurred_at', { occurred_at: 'yesterday' }],
    ['wrong_type', 'occurred_at', { occurred_at: '2025-02-30T00:00:00Z' }],
    ['wrong_type', 'occurred_at', { occurred_at: '2025-10-31T18:00:00.0001Z' }],
    ['not_uuid7', 'event_id', { event_id: '4f0e8f6e-9c1b-4a57-9a2b-3c4d5e6f7a8b' }],
    ['id_time_mismatch', 'event_id', { event_id: idAt(atMs + 1) }],
  ])('is refused with %s of %s', (code, field, changes) => {
    expect(parseEvent(changed(changes), arrival)).toMatchObject({
      ok: false,
      fault: { code, field },
    })
  })

  test('that is no object is refused, and a key __proto__ is a field like any unknown one', () => {
    for (const input of [null, [], 'x', 3]) {
      expect(parseEvent(input, arrival)).toMatchObject({ ok: false, fault: { code: 'wrong_type' } })
    }
    expect(parseEvent(JSON.parse('{"__proto__":{"a":1}}'), arrival)).toMatchObject({
      ok: false,
      fault: { code: 'unknown_field', field: '__proto__' },
    })
  })

  test('is judged by its age at arrival', () => {
    const at = (ms: number): unknown =>
      changed({ event_id: idAt(ms), occurred_at: new Date(ms).toISOString() })
    const now = arrival.arrivedAtMs
    const week = 7 * 86_400_000
    expect(parseEvent(at(now + 300_000), arrival)).toMatchObject({ ok: true })
    expect(parseEvent(at(now + 300_001), arrival)).toMatchObject({ fault: { code: 'in_future' } })
    expect(parseEvent(at(now - week), arrival)).toMatchObject({ ok: true })
    expect(parseEvent(at(now - week - 1), arrival)).toMatchObject({ fault: { code: 'too_old' } })
    expect(parseEvent(at(now - 9 * week), { ...arrival, backfill: true })).toMatchObject({
      ok: true,
    })
  })

  test('never has its values repeated in a refusal', () => {
    const outcome = parseEvent(changed({ region: 'my secret', user_id: 'my secret' }), arrival)
    expect(JSON.stringify(outcome)).not.toContain('my secret')
  })
})

test('the closed domains are those of the contract', () => {
  expect(regions).toHaveLength(250)
  expect(new Set(regions).size).toBe(250)
  expect(ageBands.join(' ')).toBe('unknown 13-17 18-24 25-34 35-44 45-54 55-64 65+')
  expect([genders.length, devices.length, trafficSources.length]).toEqual([4, 6, 19])
})
