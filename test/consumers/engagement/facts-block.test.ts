// What goes to the vault is cut to size and holds everything but the user.
import { describe, expect, test } from 'vitest'
import { createEngagementColumns } from '#consumers/engagement/engagement-columns.ts'
import { factsBlock, insertFacts } from '#consumers/engagement/facts-block.ts'
import { nativeBlock, PART_BYTES_MAX } from '#consumers/engagement/native-block.ts'
import { factsColumns } from '#schemas/tables.ts'
import { anEvent, appendedAtMs, encodeRecord } from './avro-events.ts'
import { decoder, refuseNothing } from './rows.ts'

describe('a native block', () => {
  test('is counts, then name, type and bytes of each column', () => {
    const data = Int32Array.from([1, -1])
    const bytes = Buffer.concat(nativeBlock(2, [{ name: 'n', type: 'Int32', data }]))
    const [counts, name, type, values] = ['0102', '016e', '05496e743332', '01000000ffffffff']
    expect(bytes.toString('hex')).toBe([counts, name, type, values].join(''))
  })

  test('states a dictionary, then one byte a row', () => {
    const data = { dictionary: ['ZZ', 'BR'], indexes: Uint8Array.from([1, 0, 1]) }
    const type = 'LowCardinality(String)'
    const bytes = Buffer.concat(nativeBlock(3, [{ name: 'r', type, data }]))
    const header = ['0103', '0172', '16', Buffer.from(type).toString('hex')]
    const [version, flags] = ['0100000000000000', '0006000000000000']
    const dictionary = [version, flags, '0200000000000000', '025a5a', '024252']
    const rows = ['0300000000000000', '010001']
    expect(bytes.toString('hex')).toBe([...header, ...dictionary, ...rows].join(''))
  })

  test('comes in parts of at most 1 MB, which are views where they are long', () => {
    const data = new Int32Array(1_000_000)
    const parts = nativeBlock(1_000_000, [
      { name: 'a', type: 'Int32', data },
      { name: 'b', type: 'Int32', data },
    ])
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(PART_BYTES_MAX)
    expect(parts.filter(({ buffer }) => buffer === data.buffer)).toHaveLength(8)
  })

  test('joins many short columns, up to the same size', () => {
    const data = new Uint8Array(16_000)
    const columns = Array.from({ length: 200 }, (_, at) => ({
      name: `c${at}`,
      type: 'UInt8',
      data,
    }))
    const lengths = nativeBlock(16_000, columns).map(({ length }) => length)
    expect(lengths).toHaveLength(4)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(PART_BYTES_MAX)
  })

  test('of no rows is nothing', () => {
    expect(nativeBlock(0, [{ name: 'n', type: 'UInt8', data: new Uint8Array() }])).toEqual([])
  })

  test('refuses a dictionary that one byte cannot point into', () => {
    const data = { dictionary: Array.from({ length: 257 }, String), indexes: new Uint8Array(1) }
    expect(() => nativeBlock(1, [{ name: 'r', type: 'x', data }])).toThrow('longer than 256')
  })
})

describe('a block of facts', () => {
  const columns = createEngagementColumns(10)
  const user_id = 0x1122334455667788n
  const collection_id = 0x1223344556677889n
  const value = encodeRecord([anEvent('save', { user_id, collection_id })])
  decoder.decode(value, { appendedAtMs }, columns, refuseNothing)
  const body = Buffer.concat(factsBlock(columns, Int32Array.from([7, 8, 9, 9])))

  test('names the columns of its table in order', () => {
    const names = factsColumns.map(({ name }) => name)
    expect(insertFacts).toBe(`insert into vault.facts (${names.join(', ')}) format Native`)
    const places = factsColumns.map(({ name, type }) => {
      // The type's length takes one byte or two.
      const typeSize =
        type.length < 128 ? [type.length] : [(type.length & 127) | 128, type.length >> 7]
      return body.indexOf(
        Buffer.from([name.length, ...Buffer.from(name), ...typeSize, ...Buffer.from(type)]),
      )
    })
    expect(places[0]).toBe(2)
    expect(places.toSorted((a, b) => a - b)).toEqual(places)
  })

  test('holds the person and neither the user nor their collection', () => {
    const bytesOf = (id: bigint): Buffer => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(id)
      return bytes
    }
    expect(body.includes(bytesOf(7n | (8n << 32n)))).toBe(true)
    expect(body.includes(bytesOf(user_id))).toBe(false)
    expect(body.includes(bytesOf(collection_id))).toBe(false)
  })
})
