// Engagement records made and read by avsc: the oracle that the columnar path is held against.
import avro from 'avsc'
import type { Schema, Type } from 'avsc'
import { z } from 'zod'
import { readSchema } from '#infra/kafka/avro.ts'
import { fingerprintOf } from '#schemas/avro/fingerprint.ts'
import {
  ageBands,
  devices,
  eventTypes,
  followStatuses,
  genders,
  regions,
  shareChannels,
  trafficSources,
} from '#schemas/dimensions.ts'
import type { EventType } from '#schemas/dimensions.ts'

/** An event as avsc writes and reads it. */
export interface AvroEvent {
  readonly event_id: Buffer
  readonly type: string
  readonly occurred_at: bigint
  readonly user_id: bigint
  readonly video_id: bigint
  readonly creator_id: bigint
  readonly region: string
  readonly age_band: string
  readonly gender: string
  readonly device: string
  readonly traffic_source: string
  readonly follow_status: string
  readonly watched_ms: number
  readonly duration_ms: number
  readonly position_ms: number
  readonly share_channel: string
  readonly derived_video_id: bigint
  readonly collection_id: bigint
}

export interface Envelope {
  readonly source?: string
  readonly backfill?: boolean
}

/** Values of each enum in the order of their codes. */
export const enumValues = {
  type: eventTypes,
  region: regions,
  age_band: ageBands,
  gender: genders,
  device: devices,
  traffic_source: trafficSources,
  follow_status: followStatuses,
  share_channel: shareChannels,
} as const

export type EnumField = keyof typeof enumValues
export type EnumCodes = Readonly<Record<EnumField, number>>

export const schema = readSchema('engagement-v1')

/** When the broker appended the records of these tests. */
export const appendedAtMs = 1_790_000_000_000

const bigIntLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer(value: bigint) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : Number(a > b)),
})

function isOf(each: Schema, name: string): boolean {
  return each === name || (typeof each === 'object' && 'type' in each && each.type === name)
}

const longsAsBigInt = (each: Schema): Type | undefined =>
  isOf(each, 'long') ? bigIntLong : undefined
/** An enum is written as the int of its code, so any code can be written this way. */
const enumsAsInt = (each: Schema): Type | undefined =>
  isOf(each, 'enum') ? avro.Type.forSchema('int') : longsAsBigInt(each)

const recordSchema = z.object({
  fields: z.array(z.object({ name: z.string(), type: z.unknown() })),
})
const { items } = z
  .object({ items: z.unknown() })
  .parse(recordSchema.parse(schema).fields.find(({ name }) => name === 'events')?.type)
const itemSchema: Schema = JSON.parse(JSON.stringify(items))

export const batchType = avro.Type.forSchema(schema, { typeHook: longsAsBigInt })
const eventType = avro.Type.forSchema(itemSchema, { typeHook: longsAsBigInt })
const codedEventType = avro.Type.forSchema(itemSchema, { typeHook: enumsAsInt })

export const header = Buffer.alloc(10, Buffer.from([0xc3, 0x01]))
header.writeBigUInt64LE(fingerprintOf(schema), 2)

/** One record's value, in one block as avsc writes it. */
export function encodeRecord(events: readonly AvroEvent[], envelope: Envelope = {}): Buffer {
  const { source = 'collector', backfill = false } = envelope
  const sent_at = BigInt(appendedAtMs)
  return Buffer.concat([header, batchType.toBuffer({ sent_at, source, backfill, events })])
}

/** A record's value of blocks whose count is given, each with its bytes. */
export function encodeBlocks(
  blocks: readonly (readonly [number, Buffer])[],
  envelope: Envelope = {},
): Buffer {
  const counted = blocks.flatMap(([count, bytes]) => [long(BigInt(count)), bytes])
  return Buffer.concat([encodeRecord([], envelope).subarray(0, -1), ...counted, long(0n)])
}

export function encodeEvent(event: AvroEvent): Buffer {
  return eventType.toBuffer(event)
}

/** Bytes of an event in which some enums hold other codes, allowed or not. */
export function encodeWithCodes(event: AvroEvent, codes: Partial<EnumCodes>): Buffer {
  return codedEventType.toBuffer({ ...event, ...codesOf(event), ...codes })
}

export function codesOf(event: AvroEvent): EnumCodes {
  const codeOf = (field: EnumField): number =>
    enumValues[field].map(avroSymbol).indexOf(event[field])
  return {
    type: codeOf('type'),
    region: codeOf('region'),
    age_band: codeOf('age_band'),
    gender: codeOf('gender'),
    device: codeOf('device'),
    traffic_source: codeOf('traffic_source'),
    follow_status: codeOf('follow_status'),
    share_channel: codeOf('share_channel'),
  }
}

/** Avro names cannot begin with a digit. */
export function avroSymbol(value: string): string {
  return /^\d/.test(value) ? `a${value.replace('-', '_').replace('+', '_plus')}` : value
}

/** An Avro long. */
export function long(value: bigint): Buffer {
  return bigIntLong.toBuffer(value)
}

/** A UUID version 7 of a time, with the other bytes from `rest`. */
export function uuid7(atMs: number, rest: Uint8Array): Buffer {
  const id = Buffer.alloc(16)
  id.set(rest.subarray(0, 10), 6)
  id.writeUIntBE(Math.max(0, atMs), 0, 6)
  id.writeUInt8(0x70 | (id.readUInt8(6) & 0x0f), 6)
  id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8)
  return id
}

/** A sound event of a type, 1 s old at its append. */
export function anEvent(type: EventType = 'view', changes: Partial<AvroEvent> = {}): AvroEvent {
  const { occurred_at = BigInt(appendedAtMs - 1000) } = changes
  return {
    event_id: uuid7(Number(occurred_at), Buffer.from('0123456789')),
    type,
    occurred_at,
    user_id: 5001n,
    video_id: 77n,
    creator_id: 900n,
    region: 'BR',
    age_band: 'a18_24',
    gender: 'female',
    device: 'mobile',
    traffic_source: 'for_you',
    follow_status: 'follower',
    watched_ms: type === 'view' ? 4000 : 0,
    duration_ms: type === 'view' ? 9000 : 0,
    position_ms: -1,
    share_channel: 'unknown',
    derived_video_id: type === 'stitch' || type === 'duet' ? 78n : 0n,
    collection_id: 0n,
    ...changes,
  }
}
