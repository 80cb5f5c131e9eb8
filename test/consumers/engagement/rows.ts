// Rows as one reads them out of columns, and the same rows as an event describes them.
import { bigIntAt, createEngagementColumns } from '#consumers/engagement/engagement-columns.ts'
import type { EngagementColumns } from '#consumers/engagement/engagement-columns.ts'
import { createEngagementDecoder } from '#consumers/engagement/engagement-decoder.ts'
import type { EngagementDecoder, EventRefusal } from '#consumers/engagement/engagement-decoder.ts'
import { eventTypes } from '#schemas/dimensions.ts'
import { appendedAtMs, codesOf, schema } from './avro-events.ts'
import type { AvroEvent } from './avro-events.ts'

export type Row = Readonly<Record<string, string | number | bigint>>

/** What a decoder made of records: all rows, and all that it refused. */
export interface Decoded {
  readonly rows: readonly Row[]
  readonly refusals: readonly EventRefusal[]
}

/** Keeps everything. */
export const decoder = createEngagementDecoder({
  schema,
  keep: { types: eventTypes, ownActs: true },
})

const columns = createEngagementColumns(20_000)

/** Decodes records one after the other into emptied columns. */
export function decode(
  values: readonly (Uint8Array | null)[],
  by: EngagementDecoder = decoder,
): Decoded {
  columns.reset()
  const refusals: EventRefusal[] = []
  for (const value of values) {
    by.decode(value, { appendedAtMs }, columns, (refusal) => refusals.push(refusal))
  }
  return { rows: rowsOf(columns), refusals }
}

/** For records in which nothing is wrong. */
export function refuseNothing({ reason, field, index }: EventRefusal): never {
  throw new Error(`event ${index} was refused: ${reason} ${field}`)
}

export function rowsOf(from: EngagementColumns): readonly Row[] {
  return Array.from({ length: from.rows }, (_, row) => rowAt(from, row))
}

function rowAt(from: EngagementColumns, row: number): Row {
  return {
    slot: from.slot[row] ?? NaN,
    event_id: Buffer.from(from.event_id.buffer, row * 16, 16).toString('hex'),
    type: from.type[row] ?? NaN,
    occurred_at: bigIntAt(from.occurred_at, row),
    user_id: bigIntAt(from.user_id, row),
    video_id: bigIntAt(from.video_id, row),
    creator_id: bigIntAt(from.creator_id, row),
    region: from.region[row] ?? NaN,
    age_band: from.age_band[row] ?? NaN,
    gender: from.gender[row] ?? NaN,
    device: from.device[row] ?? NaN,
    traffic_source: from.traffic_source[row] ?? NaN,
    follow_status: from.follow_status[row] ?? NaN,
    watched_ms: from.watched_ms[row] ?? NaN,
    duration_ms: from.duration_ms[row] ?? NaN,
    position_ms: from.position_ms[row] ?? NaN,
    share_channel: from.share_channel[row] ?? NaN,
    derived_video_id: bigIntAt(from.derived_video_id, row),
    collection_id: bigIntAt(from.collection_id, row),
  }
}

export function expectedRow(event: AvroEvent): Row {
  return {
    ...event,
    ...codesOf(event),
    slot: Number(event.occurred_at / 10_000n) * 10,
    event_id: event.event_id.toString('hex'),
  }
}
