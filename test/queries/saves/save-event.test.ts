// The event of a save made here is one that every consumer takes.
import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSaveBody } from '#queries/saves/save-body.ts'
import { createSaveEvent, stampOf } from '#queries/saves/save-event.ts'
import { parseEvent } from '#schemas/events/event.ts'
import { UUID7_RANDOM_BYTES } from '#schemas/ids.ts'

const nowMs = 1_790_000_000_000

describe('the stamp of an act', () => {
  test('is now, or just above a state that lies ahead', () => {
    expect(stampOf(nowMs, null)).toBe(nowMs)
    expect(stampOf(nowMs, nowMs - 5)).toBe(nowMs)
    expect(stampOf(nowMs, nowMs)).toBe(nowMs + 1)
    expect(stampOf(nowMs, nowMs + 60_000)).toBe(nowMs + 60_001)
  })

  test('always lies above the state, and never further ahead than consumers take', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (aheadMs) => {
        const atMs = stampOf(nowMs, nowMs + aheadMs)
        if (atMs === null) expect(aheadMs).toBeGreaterThan(9 * 60_000)
        else {
          expect(atMs).toBeGreaterThan(nowMs + aheadMs)
          expect(atMs - nowMs).toBeLessThanOrEqual(10 * 60_000)
        }
      }),
    )
  })
})

describe('the event of an act', () => {
  test('is a sound event of its user, with an id of its very millisecond', () => {
    const parts = fc.tuple(
      fc.nat({ max: 2 ** 41 }),
      fc.uint8Array({ minLength: UUID7_RANDOM_BYTES, maxLength: UUID7_RANDOM_BYTES }),
      fc.boolean(),
    )
    fc.assert(
      fc.property(parts, ([atMs, random, saved]) => {
        const ids = { userId: '61', videoId: '4242', creatorId: '900' }
        const dimensions = parseSaveBody(Buffer.from('{"region":"BR"}'))
        const event = createSaveEvent({ ...ids, saved, atMs, dimensions, random })
        const outcome = parseEvent(event, { arrivedAtMs: atMs, backfill: false })
        expect(outcome).toMatchObject({ ok: true, occurredAtMs: atMs })
        expect(event).toMatchObject({
          type: saved ? 'save' : 'unsave',
          user_id: '61',
          video_id: '4242',
          region: 'BR',
        })
      }),
    )
  })

  test('of the same millisecond has another id each time', () => {
    const dimensions = parseSaveBody(undefined)
    const act = { saved: true, atMs: nowMs, userId: '1', videoId: '2', creatorId: '0', dimensions }
    const ids = Array.from(
      { length: 1000 },
      () => createSaveEvent({ ...act, random: randomBytes(UUID7_RANDOM_BYTES) }).event_id,
    )
    expect(new Set(ids).size).toBe(1000)
  })
})
