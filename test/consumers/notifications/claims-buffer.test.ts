// What events claim of stitches and duets, and of nothing else.
import { expect, test } from 'vitest'
import { createClaimsBuffer } from '#consumers/notifications/claims-buffer.ts'
import { eventTypes } from '#schemas/dimensions.ts'
import { anEvent, appendedAtMs, encodeRecord } from '../engagement/avro-events.ts'

const place = { topic: 'engagement.v1', partition: 0, offset: 0n, key: null, appendedAtMs }

test('claims are taken from stitches and duets alone, with every id as it came', () => {
  const buffer = createClaimsBuffer()
  const value = encodeRecord(
    eventTypes.map((type) => anEvent(type, { video_id: 9_223_372_036_854_775_807n })),
  )
  buffer.add({ ...place, value })
  expect(buffer.rows).toBe(2)
  const claim = {
    videoId: 9_223_372_036_854_775_807n,
    derivedVideoId: 78n,
    userId: 5001n,
    occurredAtMs: appendedAtMs - 1000,
  }
  expect(buffer.drain()).toEqual([
    { ...claim, type: 'stitch' },
    { ...claim, type: 'duet' },
  ])
  expect(buffer.rows).toBe(0)
})

test('a remix of one’s own video, and a record that is none, claim nothing', () => {
  const buffer = createClaimsBuffer()
  buffer.add({ ...place, value: encodeRecord([anEvent('duet', { creator_id: 5001n })]) })
  buffer.add({ ...place, value: Buffer.from('rubbish') })
  buffer.add({ ...place, value: null })
  expect([buffer.rows, buffer.drain()]).toEqual([0, []])
})
