// What makes an event of a sound record unacceptable: conditions in the order in which a fault is told.
import { eventTypes } from '#schemas/dimensions.ts'
import type { EventType } from '#schemas/dimensions.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import type { EventProblem, RecordProblem } from '#schemas/problems.ts'
import type { EventField, WriterField } from './writer-schema.ts'

/**
 * `when` is a condition in JavaScript over the locals of the generated decoder: a field's name holds
 * its Int32; `x_lo` and `x_hi` hold the halves of a 64-bit one; `at_ms` is `occurred_at` as a number.
 */
export interface EventCheck {
  readonly when: string
  readonly code: EventProblem | RecordProblem
  readonly field: EventField
}

/** Which types of event may carry a field, and the condition that it is there. */
const companions = [
  { field: 'watched_ms', present: 'watched_ms !== 0', types: ['view'] },
  { field: 'duration_ms', present: 'duration_ms !== 0', types: ['view'] },
  {
    field: 'position_ms',
    present: 'position_ms !== -1',
    types: ['like', 'save', 'share', 'comment'],
  },
  { field: 'share_channel', present: 'share_channel !== 0', types: ['share'] },
  { field: 'derived_video_id', present: isGiven('derived_video_id'), types: ['stitch', 'duet'] },
  { field: 'collection_id', present: isGiven('collection_id'), types: ['save'] },
] as const satisfies readonly {
  field: EventField
  present: string
  types: readonly EventType[]
}[]

/**
 * All checks; the first that holds is the event's fault. The order is that of the HTTP edge
 * (`#schemas/events/event.ts`): type, fields, time, identity.
 */
export function eventChecks(fields: readonly WriterField[]): readonly EventCheck[] {
  const { watchedMsMax } = eventLimits
  const enums = fields.filter(({ avro }) => avro === 'enum')
  const unknownCode = ({ name, codes }: WriterField): EventCheck => ({
    // A negative code is a huge one when read as unsigned.
    when: `${name} >>> 0 >= ${codes}`,
    code: 'not_allowed',
    field: name,
  })
  return [
    ...enums.filter(({ name }) => name === 'type').map(unknownCode),
    // Version in the high 4 bits of byte 6, variant in the high 2 of byte 8 (RFC 9562, 4.1 and 4.2).
    {
      when: '(id_1 & 0xf000) !== 0x7000 || (id_8 & 0xc0) !== 0x80',
      code: 'not_uuid7',
      field: 'event_id',
    },
    outOfRange('user_id', `user_id_hi < 0 || !(${isGiven('user_id')})`),
    outOfRange('video_id', `video_id_hi < 0 || !(${isGiven('video_id')})`),
    outOfRange('creator_id', `creator_id_hi < 0 || !(from_saves || ${isGiven('creator_id')})`),
    ...enums.filter(({ name }) => name !== 'type').map(unknownCode),
    outOfRange('watched_ms', `watched_ms < 0 || watched_ms > ${watchedMsMax}`),
    outOfRange('duration_ms', 'duration_ms < 0'),
    outOfRange('position_ms', 'position_ms < -1'),
    outOfRange('derived_video_id', 'derived_video_id_hi < 0'),
    outOfRange('collection_id', 'collection_id_hi < 0'),
    {
      when: `(${typesMask(['stitch', 'duet'])} >>> type & 1) && !(${isGiven('derived_video_id')})`,
      code: 'missing_field',
      field: 'derived_video_id',
    },
    ...companions.map(({ field, present, types }) => ({
      when: `${present} && !(${typesMask(types)} >>> type & 1)`,
      code: 'not_allowed' as const,
      field,
    })),
    outOfRange('occurred_at', 'occurred_at_hi < 0'),
    { when: 'at_ms > latest_ms', code: 'in_future', field: 'occurred_at' },
    { when: 'at_ms < earliest_ms', code: 'too_old', field: 'occurred_at' },
    // 2^32 seconds are 1000 * 2^32 ms: past them a slot would wrap around to 1970.
    outOfRange('occurred_at', 'occurred_at_hi >= 1000'),
    {
      when: '(id_0 << 16 | id_1 >>> 16) !== occurred_at_lo || id_0 >>> 16 !== occurred_at_hi',
      code: 'id_time_mismatch',
      field: 'event_id',
    },
  ]
}

/** For consumers that keep facts: a day of the map `frozen_days` is not counted again. */
export const frozenCheck: EventCheck = {
  when: 'frozen_days[at_ms / 86400000 | 0] === 1',
  code: 'frozen',
  field: 'occurred_at',
}

/** One bit a type, at its code. */
export function typesMask(types: readonly EventType[]): number {
  return types.reduce((mask, type) => mask | (1 << eventTypes.indexOf(type)), 0)
}

function isGiven(name: EventField): string {
  return `(${name}_lo | ${name}_hi) !== 0`
}

function outOfRange(field: EventField, when: string): EventCheck {
  return { when, code: 'out_of_range', field }
}
