// Every reason for which something is refused: one stable code each, the same at the edge, in dead letters and in tests.

/** Faults of one event, in `rejected[].code` and in dead letters. */
export const eventProblems = {
  unknown_field: 'the field is not part of an event',
  missing_field: 'the field is required',
  wrong_type: 'the value has the wrong type',
  out_of_range: 'the value is outside its bounds',
  not_allowed: 'the value is not one of the allowed ones, or the field does not go with this type',
  in_future: 'occurred_at lies too far ahead of the time of arrival',
  too_old: 'occurred_at lies more than 7 days back; older events need scope events:backfill',
  not_uuid7: 'event_id is not a UUID of version 7',
  id_time_mismatch: 'the time in event_id is not occurred_at to the millisecond',
} as const

/** Faults of a whole Kafka record, or of an event that came too late for its day or its user. */
export const recordProblems = {
  undecodable: 'the record is not a batch of events in Avro single-object encoding',
  unknown_schema: 'the schema fingerprint of the record is not known',
  frozen: 'the day of the event is frozen and not counted again',
  erased: 'the user of the event was erased',
} as const

/** Problems of an HTTP request: `application/problem+json` with this `code`, `status` and `title`. */
export const requestProblems = {
  invalid_json: { status: 400, title: 'The body is not what this route takes' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  too_large: { status: 413, title: 'The body is too large' },
  unauthenticated: { status: 401, title: 'A valid bearer token is needed' },
  wrong_scope: { status: 403, title: 'The token lacks the scope for this route' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'The request conflicts with what is stored' },
  rate_limited: { status: 429, title: 'Too many requests' },
  log_unavailable: { status: 503, title: 'The event log cannot take more just now' },
  store_unavailable: { status: 503, title: 'The store cannot answer just now' },
  no_event_accepted: { status: 422, title: 'No event of the request was accepted' },
  limit_reached: { status: 422, title: 'A limit is reached' },
  unknown_metric: { status: 400, title: 'There is no such metric' },
  unknown_dimension: { status: 400, title: 'There is no such dimension' },
  unknown_parameter: { status: 400, title: 'There is no such parameter' },
  bad_parameter: { status: 400, title: 'A parameter has a value that is not allowed' },
  illegal_pair: { status: 400, title: 'These metrics and dimensions do not go together' },
  illegal_filter: { status: 400, title: 'The filter is not allowed' },
  bad_date: { status: 400, title: 'A date is not valid' },
  bad_tz: { status: 400, title: 'The time zone is not known' },
  range_too_long: { status: 400, title: 'The range of dates is too long' },
  bad_page_token: { status: 400, title: 'The page token is not valid any more' },
  unknown_field: { status: 422, title: eventProblems.unknown_field },
  missing_field: { status: 422, title: eventProblems.missing_field },
  wrong_type: { status: 422, title: eventProblems.wrong_type },
  out_of_range: { status: 422, title: eventProblems.out_of_range },
  not_allowed: { status: 422, title: eventProblems.not_allowed },
  not_uuid7: { status: 422, title: eventProblems.not_uuid7 },
  in_future: { status: 422, title: eventProblems.in_future },
  too_old: { status: 422, title: eventProblems.too_old },
  id_time_mismatch: { status: 422, title: eventProblems.id_time_mismatch },
  internal: { status: 500, title: 'Something went wrong on our side' },
} as const

export type EventProblem = keyof typeof eventProblems
export type RecordProblem = keyof typeof recordProblems
export type RequestProblem = keyof typeof requestProblems

export function isEventProblem(code: string): code is EventProblem {
  return Object.hasOwn(eventProblems, code)
}
