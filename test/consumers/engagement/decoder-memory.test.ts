// A million events a second must not become a million objects a second.
import { expect, test } from 'vitest'
import { BYTES_PER_ROW, createEngagementColumns } from '#consumers/engagement/engagement-columns.ts'
import { anEvent, appendedAtMs, encodeRecord } from './avro-events.ts'
import { decoder, refuseNothing } from './rows.ts'

test('a million events grow the heap by less than one byte each', () => {
  const events = Array.from({ length: 500 }, (_, index) =>
    anEvent(index % 2 === 0 ? 'view' : 'save', { user_id: 2n ** 62n + BigInt(index) }),
  )
  const value = encodeRecord(events)
  const columns = createEngagementColumns(20_000)
  const record = { appendedAtMs }
  // One round is 20,000 events; the first ones also count what compiling leaves behind.
  const round = (): number => {
    const before = process.memoryUsage().heapUsed
    for (let times = 0; times < 40; times++) {
      if (columns.isFull()) columns.reset()
      decoder.decode(value, record, columns, refuseNothing)
    }
    // Less after a collection: such a round says nothing.
    return Math.max(0, process.memoryUsage().heapUsed - before)
  }
  for (let times = 0; times < 50; times++) round()
  let grown = 0
  for (let times = 0; times < 50; times++) grown += round()
  expect(grown).toBeLessThan(1_000_000)
})

test('the bytes of a row are as stated', () => {
  const columns = createEngagementColumns(1)
  const arrays = Object.values(columns).filter((value) => ArrayBuffer.isView(value))
  const bytes = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0)
  expect(bytes / columns.capacity).toBe(BYTES_PER_ROW)
})
