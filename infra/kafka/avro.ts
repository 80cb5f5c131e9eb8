// Avro in single-object encoding for everything but the columnar path: marker, fingerprint, body.
import { readFileSync } from 'node:fs'
import avro from 'avsc'
import type { Schema, Type } from 'avsc'
import { fingerprintOf } from '#schemas/avro/fingerprint.ts'

/** First two bytes of Avro's single-object encoding (Avro 1.11 specification). */
const MARKER = Buffer.from([0xc3, 0x01])
const HEADER_BYTES = 10

export type SchemaName =
  | 'engagement-v1'
  | 'video-v1'
  | 'creator-v1'
  | 'touched-v1'
  | 'touched-v2'
  | 'takeover-v1'
  | 'import-hold-v1'
  | 'dead-letter-v1'
  | 'notification-v1'
  | 'decision-v1'
  | 'decision-v2'
  | 'erasure-v1'

export interface AvroCodec<T> {
  /** @throws Error naming the field where `value` doesn't fit the schema. */
  encode(value: T): Buffer
  /** Null when the bytes are not of this schema or damaged. */
  decode(bytes: Buffer): T | null
}

/** Longs are BigInt everywhere, since ids go past 2^53. */
export const bigIntLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer(value: bigint) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: (value: number) => BigInt(value),
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : Number(a > b)),
})

/**
 * For avsc's `typeHook`: every `long` is `bigIntLong`. A registry would not do, since avsc looks into
 * it only for names, and a `long` with a logical type is an object.
 */
export function longsAsBigInt(schema: Schema): Type | undefined {
  const isLong =
    schema === 'long' || (typeof schema === 'object' && 'type' in schema && schema.type === 'long')
  return isLong ? bigIntLong : undefined
}

/** The schema as it is published, parsed from its `.avsc` file. */
export function readSchema(name: SchemaName): Schema {
  const url = new URL(import.meta.resolve(`#schemas/avro/${name}.avsc`))
  return JSON.parse(readFileSync(url, 'utf8'))
}

/** The ten bytes before every value: marker, then the schema's fingerprint, least byte first. */
export function singleObjectHeader(fingerprint: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(fingerprint)
  return Buffer.concat([MARKER, bytes])
}

/** Opens a codec of a published schema; `T` is stated by the caller and held to it by tests. */
export function openAvroCodec<T>(name: SchemaName): AvroCodec<T> {
  const schema = readSchema(name)
  const type: Type = avro.Type.forSchema(schema, { typeHook: longsAsBigInt })
  const header = singleObjectHeader(fingerprintOf(schema))
  return {
    encode(value) {
      return Buffer.concat([header, type.toBuffer(value)])
    },
    decode(bytes) {
      if (bytes.length < HEADER_BYTES || !bytes.subarray(0, HEADER_BYTES).equals(header))
        return null
      try {
        return type.fromBuffer(bytes.subarray(HEADER_BYTES))
      } catch {
        return null
      }
    },
  }
}
