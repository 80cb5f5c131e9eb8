// The encoder that is written by hand, held against avsc over every event that the contract allows.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { ageBands } from '#schemas/dimensions.ts'
import { eventTypes } from '#schemas/dimensions.ts'
import { encodeEvent, encodeRecord } from '../../consumers/engagement/avro-events.ts'
import { soundEvents } from '../../consumers/engagement/sound-events.ts'

const encoder = openEngagementEncoder()
const bandOf = new Map(ageBands.map((band) => [symbolOf(band), band]))

function symbolOf(band: string): string {
  return band === 'unknown' ? band : `a${band.replace('-', '_').replace('+', '_plus')}`
}

function uuidText(bytes: Buffer, upper: boolean): string {
  const hex = bytes.toString('hex')
  const cuts = [0, 8, 12, 16, 20, 32]
  const parts = cuts.slice(1).map((end, index) => hex.slice(cuts[index], end))
  return upper ? parts.join('-').toUpperCase() : parts.join('-')
}

test('every event has the bytes that avsc gives it, whichever case its id is in', () => {
  fc.assert(
    fc.property(soundEvents, fc.boolean(), (event, upper) => {
      const type = eventTypes.find((each) => each === event.type) ?? 'view'
      const flat = {
        ...event,
        type,
        event_id: uuidText(event.event_id, upper),
        user_id: String(event.user_id),
        video_id: String(event.video_id),
        creator_id: String(event.creator_id),
        age_band: bandOf.get(event.age_band) ?? '',
        derived_video_id: String(event.derived_video_id),
        collection_id: String(event.collection_id),
      }
      const bytes = encoder.encodeFlat(flat, Number(event.occurred_at))
      expect(bytes.toString('hex')).toBe(encodeEvent(event).toString('hex'))
    }),
    { numRuns: 2000 },
  )
})

test('a batch is the record that avsc makes of the same events', () => {
  fc.assert(
    fc.property(fc.array(soundEvents, { minLength: 1, maxLength: 5 }), (events) => {
      const record = encodeRecord(events, { source: 'test', backfill: true })
      const sentAtMs = 1_790_000_000_000
      const envelope = { sentAtMs, source: 'test', backfill: true }
      expect(encoder.encodeBatch(events.map(encodeEvent), envelope).equals(record)).toBe(true)
    }),
  )
})
