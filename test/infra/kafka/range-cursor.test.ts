// What lies in the ranges is wanted once, and the end of a range is seen also where its last offsets hold no record.
import { expect, test } from 'vitest'
import { createRangeCursor } from '#infra/kafka/adapter/range-cursor.ts'

test('a partition is done when it was read past its end, and all are when each is', () => {
  const cursor = createRangeCursor([
    { partition: 0, from: 5n, to: 10n },
    { partition: 1, from: 3n, to: 3n },
    { partition: 2, from: 0n, to: 2n },
  ])
  expect([cursor.nextOf(0), cursor.nextOf(1), cursor.nextOf(2)]).toEqual([5n, null, 0n])
  cursor.advance(2, 2n)
  expect([cursor.nextOf(2), cursor.isDone]).toEqual([null, false])
  // The last ones are control records: only the position tells.
  cursor.advance(0, 9n)
  expect(cursor.nextOf(0)).toBe(9n)
  cursor.advance(0, 12n)
  expect(cursor.isDone).toBe(true)
})

test('what was passed, lies outside or belongs to no range is not wanted', () => {
  const cursor = createRangeCursor([{ partition: 0, from: 5n, to: 10n }])
  const wanted = (partition: number, offset: bigint) => cursor.wants({ partition, offset })
  expect([wanted(0, 4n), wanted(0, 5n), wanted(0, 9n), wanted(0, 10n), wanted(1, 6n)]).toEqual([
    false,
    true,
    true,
    false,
    false,
  ])
  // Joined anew, a reader begins where it was.
  cursor.advance(0, 8n)
  expect([wanted(0, 7n), wanted(0, 8n)]).toEqual([false, true])
})
