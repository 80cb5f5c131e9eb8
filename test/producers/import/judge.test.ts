// The fast look at an event never says another thing than the edge: what it takes, parseEvent takes, as the same event.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { flatEventOf } from '#infra/kafka/engagement-encoder.ts'
import { judge, plainEvent } from '#producers/import/judge.ts'
import type { Draft } from '#producers/import/judge.ts'
import { createEventIds } from '#producers/import/event-ids.ts'
import { eventTypes } from '#schemas/dimensions.ts'
import { parseEvent } from '#schemas/events/event.ts'
import { eventLimits } from '#schemas/events/limits.ts'

const nowMs = 1_790_000_000_000
const ids = createEventIds({ namespace: 'test', names: ['a'], identity: undefined })
const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values })

const id = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('0', '-1', '', '01', '1.0', '9223372036854775808', 'x') },
)
const amount = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: eventLimits.watchedMsMax }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<number | string>(
      eventLimits.watchedMsMax + 1,
      eventLimits.intMax,
      eventLimits.intMax + 1,
      -1,
      0.5,
      -0,
      Number.POSITIVE_INFINITY,
      'soon',
    ),
  },
)
const text = (...values: readonly string[]): fc.Arbitrary<string | undefined> =>
  maybe(fc.constantFrom(...values, 'unknown', '', 'Of No Domain'))

const times = fc.oneof(
  fc.integer({ min: 0, max: nowMs + eventLimits.aheadMs }),
  fc.constantFrom(0, nowMs, nowMs + eventLimits.aheadMs, nowMs + eventLimits.aheadMs + 1),
)

const drafts: fc.Arbitrary<readonly [Draft, number]> = fc
  .record({
    atMs: times,
    type: fc.constantFrom(...eventTypes),
    user_id: id,
    video_id: id,
    creator_id: id,
    region: text('DE', 'ZZ', 'de'),
    age_band: text('65+', '13-17'),
    gender: text('female'),
    device: text('tv'),
    traffic_source: text('for_you'),
    follow_status: text('follower'),
    watched_ms: maybe(amount),
    duration_ms: maybe(amount),
    position_ms: maybe(amount),
    share_channel: text('copy_link'),
    derived_video_id: maybe(id),
    collection_id: maybe(id),
  })
  .map(({ atMs, ...draft }) => {
    // Most drafts have what their type needs, or hardly any would be plain.
    const needs = {
      ...(draft.type === 'view' ? { watched_ms: draft.watched_ms ?? 4000 } : {}),
      ...(draft.type === 'stitch' ? { derived_video_id: draft.derived_video_id ?? '7' } : {}),
    }
    return [{ ...draft, ...needs, event_id: ids.idOf(draft.type, '', atMs) }, atMs]
  })

test('an event that it takes is the one that parseEvent makes', () => {
  let plain = 0
  fc.assert(
    fc.property(drafts, ([draft, atMs]) => {
      const given = Object.entries(draft).filter(([, value]) => value !== undefined)
      const occurred_at = new Date(atMs).toISOString()
      const input = { ...Object.fromEntries(given), occurred_at }
      const outcome = parseEvent(input, { arrivedAtMs: nowMs, backfill: true })
      const edge = outcome.ok ? flatEventOf(outcome.event) : outcome.fault
      const taken = plainEvent(draft, atMs, nowMs)
      if (taken !== null) plain++
      expect(taken ?? edge).toEqual(edge)
      expect(judge(draft, atMs, nowMs)).toEqual(edge)
    }),
    { numRuns: 4000 },
  )
  expect(plain).toBeGreaterThan(50)
})
