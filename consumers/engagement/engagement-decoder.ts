// The one way from a record of `engagement.v1` to rows: untrusted bytes in, checked columns out, each fault named.
import { fingerprintOf } from '#schemas/avro/fingerprint.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import type { EventProblem, RecordProblem } from '#schemas/problems.ts'
import { broken, decoderSource, FAULT_SIZE, OVERREAD_BYTES } from './decoder-source.ts'
import type { Keep } from './decoder-source.ts'
import type { EngagementColumns } from './engagement-columns.ts'
import { eventChecks, frozenCheck } from './event-checks.ts'
import type { EventCheck } from './event-checks.ts'
import { parseWriterSchema } from './writer-schema.ts'

/** What was refused of a record, and why. */
export interface EventRefusal {
  readonly reason: EventProblem | RecordProblem
  /** The field at fault; empty: none. */
  readonly field: string
  /** Place of the event within its record; -1: the whole record. */
  readonly index: number
  /** Bytes of the event (without an envelope) or record within the value: `start` up to, not with, `end`. */
  readonly start: number
  readonly end: number
}

/** As far as the decoder needs to know a record: a `LogRecord` is one. */
export interface RecordTime {
  /** Broker's time of append, ms since 1970, by which the age of events is judged. */
  readonly appendedAtMs: number
}

export interface EngagementDecoder {
  /**
   * Appends the kept events of one record to `columns`. Never throws for what `value` holds. A record
   * that is broken anywhere leaves no row and is refused once, whole (`index` -1); a bad event in a
   * sound record is refused alone. `refuse` is called after the rows were appended, in their order.
   * @param value null (a tombstone) is no record of events.
   * @throws Error when `columns.isFull()`: they were to be stored and reset first.
   */
  decode(
    value: Uint8Array | null,
    record: RecordTime,
    columns: EngagementColumns,
    refuse: (refusal: EventRefusal) => void,
  ): void
}

export interface EngagementDecoderOptions {
  /** The Avro schema of the records' writers. Another fingerprint is an `unknown_schema`. */
  readonly schema: unknown
  readonly keep: Keep
  /** 1 at the number of each day since 1970 whose events are refused as `frozen`; may change meanwhile. */
  readonly frozenDays?: Uint8Array
}

/** Days since 1970 that a slot can lie in: slots are seconds in 32 bits. */
export const DAYS_MAX = 49_711

type DecodeRecord = (
  p: number,
  end: number,
  appendedMs: number,
  columns: EngagementColumns,
) => number

const MARKER = 0x01c3
const HEADER_BYTES = 10
const { recordBytesMax, batchEventsMax } = eventLimits

/**
 * Compiles a decoder for one writer's schema. It holds 1.2 MB: each record is copied into a buffer of
 * its own, which can be read past the record's end. The copy costs less than a tenth of the decoding
 * and leaves one path for every value, wherever it lies in its network buffer.
 * @throws Error when the columns cannot hold what the schema describes.
 */
export function createEngagementDecoder({
  schema,
  keep,
  frozenDays,
}: EngagementDecoderOptions): EngagementDecoder {
  const writer = parseWriterSchema(schema)
  const checks = [...eventChecks(writer.event), ...(frozenDays === undefined ? [] : [frozenCheck])]
  const fingerprint = fingerprintOf(schema)
  const fingerprintLow = Number(BigInt.asUintN(32, fingerprint))
  const fingerprintHigh = Number(fingerprint >> 32n)
  const bytes = new Uint8Array(recordBytesMax + OVERREAD_BYTES)
  const view = new DataView(bytes.buffer)
  const faults = new Int32Array(batchEventsMax * FAULT_SIZE)
  const source = decoderSource({ schema: writer, checks, keep })
  // Only names and numbers that `parseWriterSchema` knows get into the source.
  // oxlint-disable-next-line typescript/no-implied-eval -- compiled once: interpreting costs 10x
  const decodeRecord: DecodeRecord = new Function('bytes', 'view', 'faults', 'frozen_days', source)(
    bytes,
    view,
    faults,
    frozenDays,
  )
  return {
    decode(value, { appendedAtMs }, columns, refuse) {
      if (columns.isFull()) throw new Error('columns must be stored and reset before more rows')
      if (value === null) return refuse(wholeRecord('undecodable', '', 0))
      const { length } = value
      if (length < HEADER_BYTES || length > recordBytesMax) {
        return refuse(wholeRecord('undecodable', '', length))
      }
      bytes.set(value)
      if (view.getUint16(0, true) !== MARKER) return refuse(wholeRecord('undecodable', '', length))
      if (
        view.getUint32(2, true) !== fingerprintLow ||
        view.getUint32(6, true) !== fingerprintHigh
      ) {
        return refuse(wholeRecord('unknown_schema', '', length))
      }
      const outcome = decodeRecord(HEADER_BYTES, length, appendedAtMs, columns)
      if (outcome < 0) refuse(wholeRecord('undecodable', brokenField(outcome), length))
      for (let fault = 0; fault < outcome; fault++) refuse(eventRefusal(faults, fault, checks))
    },
  }
}

function wholeRecord(reason: RecordProblem, field: string, end: number): EventRefusal {
  return { reason, field, index: -1, start: 0, end }
}

function brokenField(outcome: number): string {
  switch (outcome) {
    case broken.source:
      return 'source'
    case broken.events:
      return 'events'
    default:
      return ''
  }
}

function eventRefusal(
  faults: Int32Array,
  fault: number,
  checks: readonly EventCheck[],
): EventRefusal {
  const [index = 0, check = 0, start = 0, end = 0] = faults.subarray(fault * FAULT_SIZE)
  const { code = 'wrong_type', field = '' } = checks[check] ?? {}
  return { reason: code, field, index, start, end }
}
