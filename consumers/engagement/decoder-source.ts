// Writes the source of the function that decodes one record, straight through the schema of its writer.
import type { EventType } from '#schemas/dimensions.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import { typesMask } from './event-checks.ts'
import type { EventCheck } from './event-checks.ts'
import type { EnvelopeField, WriterField, WriterSchema } from './writer-schema.ts'

/** Which sound events become rows; the others are checked all the same. */
export interface Keep {
  readonly types: readonly EventType[]
  /** Whether acts on one's own videos (`user_id` equals `creator_id`) are kept. */
  readonly ownActs: boolean
}

/** Answers of the decoder where the record is refused whole. */
export const broken = { structure: -1, source: -2, events: -3 } as const

/** Int32s that tell one fault: place of the event, place of the check, first byte, byte after it. */
export const FAULT_SIZE = 4

/**
 * Bytes that must be readable past a record. An event (18 fields of at most 16, 10 or 5 bytes: 131)
 * and the count and size after it are read without looking for the record's end; then it is compared.
 */
export const OVERREAD_BYTES = 256

export interface DecoderSourceOptions {
  readonly schema: WriterSchema
  readonly checks: readonly EventCheck[]
  readonly keep: Keep
}

/**
 * Body of a function of `bytes` (Uint8Array), `view` (DataView of the same), `faults` (Int32Array) and
 * `frozen_days` (Uint8Array, 1 at the number of each frozen day since 1970) that returns the decoder, a function of `p` (first byte of the envelope), `end`, `appended_ms` and
 * `columns`. The decoder answers how many faults it wrote, or one of `broken`, when `columns` is as
 * before but for rows past `rows`.
 *
 * Byte layouts: Avro 1.11 specification, Binary Encoding. Every value is an Int32 or a double: no
 * object, string or BigInt is made.
 */
export function decoderSource({ schema, checks, keep }: DecoderSourceOptions): string {
  const { envelope, event } = schema
  const eventsSource = blocksSource(eventSource(event, checks, keep))
  return `'use strict'
return function decodeRecord(p, end, appended_ms, columns) {
  const { slot, ${event.map(({ name }) => `${name}: to_${name}`).join(', ')} } = columns
  let row = columns.rows, index = 0, faultCount = 0
  ${envelope.map((field) => (field === 'events' ? eventsSource : envelopeSource[field])).join('\n')}
  if (p !== end) return ${broken.structure}
  columns.rows = row
  return faultCount
}`
}

const { aheadMs, aheadSavesMs, behindMs, batchEventsMax, sourceBytesMax } = eventLimits
const SAVES = Array.from('saves', (letter, at) => `bytes[p + ${at}] === ${letter.charCodeAt(0)}`)

const envelopeSource: Record<Exclude<EnvelopeField, 'events'>, string> = {
  sent_at: readLong('sent_at'),
  source: `${readLong('source')}
  if (p > end) return ${broken.structure}
  if (source_hi !== 0 || source_lo < 0 || source_lo > ${sourceBytesMax}) return ${broken.source}
  const from_saves = source_lo === ${SAVES.length} && ${SAVES.join(' && ')}
  p += source_lo`,
  backfill: `const backfill = bytes[p++]
  if (backfill > 1) return ${broken.structure}`,
}

/** Blocks of a count and so many items, ended by a count of 0; a negative count is followed by a size. */
function blocksSource(item: string): string {
  return `
  const latest_ms = appended_ms + (from_saves ? ${aheadSavesMs} : ${aheadMs})
  const earliest_ms = backfill === 1 ? 0 : appended_ms - ${behindMs}
  for (;;) {
    ${readLong('count')}
    if (p > end) return ${broken.structure}
    if (count_lo === 0 && count_hi === 0) break
    let count = count_lo, blockEnd = -1
    if (count_hi < 0) {
      count = -count_lo
      ${readLong('size')}
      if (size_hi !== 0 || size_lo < 0 || size_lo > end - p) return ${broken.structure}
      blockEnd = p + size_lo
    }
    if (count_hi > 0 || count_hi < -1) return ${broken.events}
    if (count <= 0 || index + count > ${batchEventsMax}) return ${broken.events}
    for (const last = index + count; index < last; index++) {
      if (p >= end) return ${broken.structure}
      ${item}
    }
    // Whoever skips the block by its size must land where its reader does.
    if (blockEnd !== -1 && p !== blockEnd) return ${broken.structure}
  }`
}

function eventSource(
  fields: readonly WriterField[],
  checks: readonly EventCheck[],
  keep: Keep,
): string {
  const judge = checks.map(({ when }, at) => `if (${when}) fault = ${at}`)
  const kept = [`${typesMask(keep.types)} >>> type & 1`]
  if (!keep.ownActs) kept.push('+(user_id_lo !== creator_id_lo || user_id_hi !== creator_id_hi)')
  return `const start = p
      ${fields.map(fieldSource).join('\n')}
      const at_ms = occurred_at_hi * 4294967296 + (occurred_at_lo >>> 0)
      slot[row] = Math.floor(at_ms / 10000) * 10
      let fault = -1
      ${judge.join('\nelse ')}
      if (fault === -1) row += ${kept.join(' & ')}
      else {
        const at = faultCount++ * ${FAULT_SIZE}
        faults[at] = index; faults[at + 1] = fault; faults[at + 2] = start; faults[at + 3] = p
      }`
}

/** Reads a field into locals and into the columns at `row`, which counts only once it is advanced. */
function fieldSource({ name, avro }: WriterField): string {
  if (avro === 'fixed') {
    return `const id_0 = view.getInt32(p), id_1 = view.getInt32(p + 4), id_8 = bytes[p + 8]
      to_${name}[row * 4] = view.getInt32(p, true)
      to_${name}[row * 4 + 1] = view.getInt32(p + 4, true)
      to_${name}[row * 4 + 2] = view.getInt32(p + 8, true)
      to_${name}[row * 4 + 3] = view.getInt32(p + 12, true)
      p += 16`
  }
  if (avro === 'long') {
    return `${readLong(name)}
      to_${name}[row * 2] = ${name}_lo; to_${name}[row * 2 + 1] = ${name}_hi`
  }
  return `${readInt(name)}
      to_${name}[row] = ${name}`
}

/** An int into the local `name`: 7 bits a byte, least first, at most 5 bytes, zigzag. */
function readInt(name: string): string {
  const more = [7, 14, 21].map((shift) => `b = bytes[p++]; ${name} |= (b & 127) << ${shift}`)
  return `let ${name} = bytes[p++]
      if (${name} > 127) { ${name} &= 127; let b
        ${more.join('; if (b > 127) { ')}; if (b > 127) { b = bytes[p++]
          if (b > 15) return ${broken.structure}
          ${name} |= b << 28 } } } }
      ${name} = ${name} >>> 1 ^ -(${name} & 1)`
}

/**
 * A long into the locals `name_lo` and `name_hi`: at most 10 bytes, gathered as 28, 28 and 8 bits, so
 * that every step stays within an Int32.
 */
function readLong(name: string): string {
  const [lo, hi] = [`${name}_lo`, `${name}_hi`]
  const low = [7, 14, 21].map((shift) => `b = bytes[p++]; ${lo} |= (b & 127) << ${shift}`)
  const middle = [0, 7, 14, 21].map((shift) => `b = bytes[p++]; m |= (b & 127) << ${shift}`)
  return `let ${lo} = bytes[p++], ${hi} = 0
      if (${lo} > 127) { ${lo} &= 127; let b
        ${low.join('; if (b > 127) { ')}; if (b > 127) { let m = 0
          ${middle.join('; if (b > 127) { ')}; if (b > 127) {
            b = bytes[p++]; ${hi} = (b & 127) << 24; if (b > 127) { b = bytes[p++]
              if (b > 1) return ${broken.structure}
              ${hi} |= b << 31 } } } } }
          ${lo} |= m << 28; ${hi} |= m >>> 4 } } } }
      { const sign = -(${lo} & 1)
        ${lo} = (${lo} >>> 1 | ${hi} << 31) ^ sign; ${hi} = ${hi} >>> 1 ^ sign }`
}
