// The closed union of engagement events as they come in over HTTP, and the outcome of reading one.
import { z } from 'zod'
import { faultOf } from '../faults.ts'
import type { Fault } from '../faults.ts'
import { uuid7TimeMs } from '../ids.ts'
import type { EventProblem } from '../problems.ts'
import { commentSchema, uncommentSchema } from './comment.ts'
import { followSchema, unfollowSchema } from './follow.ts'
import { likeSchema, unlikeSchema } from './like.ts'
import { eventLimits } from './limits.ts'
import { duetSchema, stitchSchema } from './remix.ts'
import { saveSchema, unsaveSchema } from './save.ts'
import { shareSchema } from './share.ts'
import { viewSchema } from './view.ts'

export const eventSchema = z.discriminatedUnion('type', [
  viewSchema,
  likeSchema,
  unlikeSchema,
  saveSchema,
  unsaveSchema,
  shareSchema,
  commentSchema,
  uncommentSchema,
  followSchema,
  unfollowSchema,
  stitchSchema,
  duetSchema,
])

export type EngagementEvent = z.infer<typeof eventSchema>

export type EventOutcome =
  | { readonly ok: true; readonly event: EngagementEvent; readonly occurredAtMs: number }
  | { readonly ok: false; readonly fault: Fault }

export interface ArrivalOptions {
  /** The receiver's clock, ms since 1970. */
  readonly arrivedAtMs: number
  /** Whether events of any age are taken. */
  readonly backfill: boolean
}

/**
 * Reads one event. Never throws: every fault inside an event is that event's, and the first in the
 * order type, fields, time, identity is told. Values of fields are never repeated in a message.
 */
export function parseEvent(
  input: unknown,
  { arrivedAtMs, backfill }: ArrivalOptions,
): EventOutcome {
  // A key of this name is silently dropped by object spread, so it is looked for before anything else.
  if (typeof input === 'object' && input !== null && Object.hasOwn(input, '__proto__')) {
    return refuse('unknown_field', '__proto__', 'is not a field of an event')
  }
  const parsed = eventSchema.safeParse(input, { reportInput: true })
  if (!parsed.success) return { ok: false, fault: ofEvent(faultOf(parsed.error.issues), input) }
  const event = parsed.data
  const occurredAtMs = Date.parse(event.occurred_at)
  if (occurredAtMs < 0) return refuse('out_of_range', 'occurred_at', 'lies before 1970')
  if (occurredAtMs > arrivedAtMs + eventLimits.aheadMs) {
    return refuse('in_future', 'occurred_at', 'lies more than 5 minutes ahead of now')
  }
  if (!backfill && occurredAtMs < arrivedAtMs - eventLimits.behindMs) {
    return refuse('too_old', 'occurred_at', 'lies more than 7 days back (scope events:backfill)')
  }
  if (uuid7TimeMs(event.event_id) !== occurredAtMs) {
    return refuse('id_time_mismatch', 'event_id', 'its time is not occurred_at to the millisecond')
  }
  return { ok: true, event, occurredAtMs }
}

function refuse(code: EventProblem, field: string, message: string): EventOutcome {
  return { ok: false, fault: { code, field, message } }
}

/** A field that another type of event has is told apart from one that no event has. */
function ofEvent(fault: Fault, input: unknown): Fault {
  if (fault.code !== 'unknown_field') return fault
  const known = eventSchema.options.some((option) => Object.hasOwn(option.shape, fault.field))
  if (!known) return { ...fault, message: 'is not a field of an event' }
  const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : ''
  return { ...fault, code: 'not_allowed', message: `does not go with type ${String(type)}` }
}
