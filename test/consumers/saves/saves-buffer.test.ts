// From records of every kind of engagement to rows of save lists: the right ones, whole, and with the version that decides.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSavesBuffer } from '#consumers/saves/saves-buffer.ts'
import { saveVersion } from '#schemas/save-version.ts'
import { savesColumns } from '#schemas/tables.ts'
import { anEvent, appendedAtMs, encodeRecord, uuid7 } from '../engagement/avro-events.ts'
import type { AvroEvent } from '../engagement/avro-events.ts'
import { soundEvents } from '../engagement/sound-events.ts'

interface SaveRow {
  readonly user_id: bigint
  readonly video_id: bigint
  readonly saved: boolean
  readonly saved_at: bigint
  readonly version: bigint
}

/** The rows of a Native block of `vault.saves`; lengths below 128 are one byte. */
function rowsOf(parts: readonly Uint8Array[]): readonly SaveRow[] {
  const block = Buffer.concat(parts)
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = block.readUInt8(at++)
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }
  const text = (): string => {
    const length = varint()
    at += length
    return block.toString('utf8', at - length, at)
  }
  expect(varint()).toBe(savesColumns.length)
  const rows = varint()
  const columns = savesColumns.map(({ name, type }) => {
    expect([text(), text()]).toEqual([name, type])
    const values = Array.from({ length: rows }, () => {
      const width = type === 'Bool' ? 1 : 8
      at += width
      return width === 1 ? BigInt(block.readUInt8(at - 1)) : block.readBigUInt64LE(at - 8)
    })
    return values
  })
  expect(at).toBe(block.length)
  return Array.from({ length: rows }, (_, row) => {
    const [user_id = 0n, video_id = 0n, saved = 0n, saved_at = 0n, version = 0n] = columns.map(
      (values) => values[row] ?? 0n,
    )
    return { user_id, video_id, saved: saved === 1n, saved_at, version }
  })
}

function expected(event: AvroEvent): SaveRow {
  const hex = event.event_id.toString('hex')
  const eventId = [8, 12, 16, 20, 32]
    .map((end, index) => hex.slice([0, 8, 12, 16, 20][index], end))
    .join('-')
  const saved = event.type === 'save'
  const { user_id, video_id, occurred_at } = event
  const version = saveVersion({ eventId, occurredAtMs: Number(occurred_at), saved })
  return { user_id, video_id, saved, saved_at: occurred_at, version }
}

function rowsFrom(values: readonly (Buffer | null)[]): readonly SaveRow[] {
  const buffer = createSavesBuffer()
  for (const value of values) {
    const record = { topic: 'engagement.v1', partition: 0, offset: 0n, key: null }
    buffer.add({ ...record, appendedAtMs, value })
  }
  return buffer.rows === 0 ? [] : rowsOf(buffer.drain())
}

describe('the saves buffer', () => {
  test('turns every save and unsave into its row, and nothing else', () => {
    const batches = fc.array(fc.array(soundEvents, { maxLength: 30 }), { maxLength: 5 })
    fc.assert(
      fc.property(batches, (records) => {
        const acts = records.flat().filter(({ type }) => type === 'save' || type === 'unsave')
        expect(rowsFrom(records.map((events) => encodeRecord(events)))).toEqual(acts.map(expected))
      }),
    )
  })

  test('keeps acts on one’s own video: they are in one’s own list', () => {
    const own = anEvent('save', { user_id: 900n, creator_id: 900n })
    expect(rowsFrom([encodeRecord([own])])).toEqual([expected(own)])
  })

  test('keeps saves of videos that the catalogue did not know, which only the saves API may send', () => {
    const early = anEvent('save', { creator_id: 0n })
    expect(rowsFrom([encodeRecord([early], { source: 'saves' })])).toEqual([expected(early)])
    expect(rowsFrom([encodeRecord([early], { source: 'collector' })])).toEqual([])
  })

  test('passes over what is refused, and keeps its neighbours', () => {
    const good = anEvent('save')
    const tooLate = BigInt(appendedAtMs + 3_600_000)
    const ahead = anEvent('save', { occurred_at: tooLate })
    const liar = anEvent('save', { event_id: uuid7(appendedAtMs - 5, Buffer.alloc(10)) })
    const records = [
      Buffer.from('rubbish'),
      null,
      encodeRecord([ahead, good, liar]),
      encodeRecord([good]).subarray(0, -9),
    ]
    expect(rowsFrom(records)).toEqual([expected(good)])
  })

  test('is empty again once it was drained', () => {
    const buffer = createSavesBuffer()
    const value = encodeRecord([anEvent('save')])
    const record = { topic: 't', partition: 0, offset: 0n, key: null, appendedAtMs, value }
    buffer.add(record)
    const first = buffer.drain()
    expect(buffer.rows).toBe(0)
    buffer.add({ ...record, value: encodeRecord([anEvent('unsave', { user_id: 7n })]) })
    expect(rowsOf(first)[0]?.user_id).toBe(5001n)
    expect(rowsOf(buffer.drain())[0]?.user_id).toBe(7n)
  })
})
