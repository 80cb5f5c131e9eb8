// Encodes engagement events for `engagement.v1`: each event once, then batches of them as one record.
import avro from 'avsc'
import { z } from 'zod'
import { fingerprintOf } from '#schemas/avro/fingerprint.ts'
import { ageBands } from '#schemas/dimensions.ts'
import type { AgeBand } from '#schemas/dimensions.ts'
import type { EngagementEvent } from '#schemas/events/event.ts'
import { longsAsBigInt, readSchema, singleObjectHeader } from './avro.ts'

export interface EngagementEncoder {
  /** The Avro bytes of one event that `parseEvent` has accepted. */
  encodeEvent(event: EngagementEvent, occurredAtMs: number): Buffer
  /** One record's value: 1..10,000 encoded events in an `EngagementBatch`. */
  encodeBatch(events: readonly Buffer[], envelope: Envelope): Buffer
}

export interface Envelope {
  readonly sentAtMs: number
  /** At most 64 bytes of UTF-8. */
  readonly source: string
  readonly backfill: boolean
}

/** Avro names cannot begin with a digit: `13-17` is the symbol `a13_17`, `65+` is `a65_plus`. */
function ageSymbol(band: AgeBand): string {
  return band === 'unknown' ? band : `a${band.replace('-', '_').replace('+', '_plus')}`
}

const ageSymbols = new Map(ageBands.map((band) => [band, ageSymbol(band)]))

/** As far as the encoder needs to look into the published schema. */
const batchSchema = z.looseObject({
  namespace: z.string(),
  fields: z.array(z.looseObject({ name: z.string(), type: z.unknown() })),
})
const arraySchema = z.looseObject({ items: z.looseObject({}) })

export function openEngagementEncoder(): EngagementEncoder {
  const schema = readSchema('engagement-v1')
  const { namespace, fields } = batchSchema.parse(schema)
  const events = fields.find(({ name }) => name === 'events')
  const { items } = arraySchema.parse(events?.type)
  const eventType = avro.Type.forSchema(
    // The event's own record as the batch declares it; its names live in the batch's namespace.
    JSON.parse(JSON.stringify({ ...items, namespace })),
    { typeHook: longsAsBigInt },
  )
  const header = singleObjectHeader(fingerprintOf(schema))
  return {
    encodeEvent: (event, occurredAtMs) => eventType.toBuffer(toAvro(event, occurredAtMs)),
    encodeBatch(encoded, { sentAtMs, source, backfill }) {
      const sourceBytes = Buffer.from(source)
      const envelope = Buffer.from([
        ...zigzag(BigInt(sentAtMs)),
        ...zigzag(BigInt(sourceBytes.length)),
        ...sourceBytes,
        Number(backfill),
        ...zigzag(BigInt(encoded.length)),
      ])
      // An Avro array is blocks of count and items, ended by an empty block.
      return Buffer.concat([header, envelope, ...encoded, END_OF_ARRAY])
    },
  }
}

const END_OF_ARRAY = Buffer.from([0])

function toAvro(event: EngagementEvent, occurredAtMs: number): Record<string, unknown> {
  return {
    event_id: Buffer.from(event.event_id.replaceAll('-', ''), 'hex'),
    type: event.type,
    occurred_at: BigInt(occurredAtMs),
    user_id: BigInt(event.user_id),
    video_id: BigInt(event.video_id),
    creator_id: BigInt(event.creator_id),
    region: event.region,
    age_band: ageSymbols.get(event.age_band),
    gender: event.gender,
    device: event.device,
    traffic_source: event.traffic_source,
    follow_status: event.follow_status,
    watched_ms: 'watched_ms' in event ? event.watched_ms : 0,
    duration_ms: 'duration_ms' in event ? event.duration_ms : 0,
    position_ms: 'position_ms' in event ? (event.position_ms ?? -1) : -1,
    share_channel: 'share_channel' in event ? (event.share_channel ?? 'unknown') : 'unknown',
    derived_video_id: 'derived_video_id' in event ? BigInt(event.derived_video_id) : 0n,
    collection_id: 'collection_id' in event ? BigInt(event.collection_id ?? 0) : 0n,
  }
}

/** Bytes of an Avro long: zigzag, then 7 bits a byte, least first (Avro 1.11 specification). */
function zigzag(value: bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return bytes
}
