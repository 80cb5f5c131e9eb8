// Events of erased users: left out up to the moment of the erasure, and nobody else's.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEngagementColumns, removeRows } from '#consumers/engagement/engagement-columns.ts'
import type { EngagementColumns } from '#consumers/engagement/engagement-columns.ts'
import { createErasedUsers } from '#consumers/engagement/erased-users.ts'
import { createPseudonyms } from '#consumers/engagement/pseudonyms.ts'

const key = Buffer.alloc(32, 5)
const hashes = createPseudonyms(key)
const hashOf = (user: bigint): bigint => BigInt.asIntN(64, hashes.keyedHash(user))

interface Act {
  readonly user: bigint
  readonly atMs: number
}

function columnsOf(acts: readonly Act[]): EngagementColumns {
  const columns = createEngagementColumns(100)
  for (const [row, { user, atMs }] of acts.entries()) {
    new BigUint64Array(columns.user_id.buffer)[row] = user
    new BigUint64Array(columns.occurred_at.buffer)[row] = BigInt(atMs)
    columns.type[row] = row
    columns.event_id.fill(row, row * 4, row * 4 + 4)
  }
  columns.rows = acts.length
  return columns
}

const rowsLeft = (columns: EngagementColumns): readonly (readonly number[])[] =>
  Array.from({ length: columns.rows }, (_, row) => [
    columns.type[row] ?? -1,
    ...columns.event_id.subarray(row * 4, row * 4 + 4),
  ])

test('of an erased user what occurred up to the erasure is left out, and what came later stays', () => {
  const users = createErasedUsers(key)
  const erasedAt = 1_764_072_000_000
  users.add({ user_hash: hashOf(7n), erased_at: BigInt(erasedAt) })
  users.add({ user_hash: hashOf(7n), erased_at: 5n })
  const columns = columnsOf([
    { user: 7n, atMs: erasedAt },
    { user: 8n, atMs: erasedAt - 1 },
    { user: 7n, atMs: erasedAt + 1 },
    { user: 7n, atMs: 1000 },
  ])
  expect(users.leaveOut(columns)).toBe(2)
  expect(rowsLeft(columns)).toEqual([
    [1, 1, 1, 1, 1],
    [2, 2, 2, 2, 2],
  ])
  expect(users.leaveOut(columns)).toBe(0)
})

test('another key knows nobody', () => {
  const users = createErasedUsers(Buffer.alloc(32, 6))
  users.add({ user_hash: hashOf(7n), erased_at: 10n })
  expect(users.leaveOut(columnsOf([{ user: 7n, atMs: 1 }]))).toBe(0)
})

test('rows that stay keep their order and all their columns', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (gone) => {
      const columns = columnsOf(gone.map((_, row) => ({ user: BigInt(row + 1), atMs: row })))
      removeRows(columns, (row) => gone[row] === true)
      const stay = gone.flatMap((isGone, row) => (isGone ? [] : [row]))
      expect(rowsLeft(columns)).toEqual(stay.map((row) => [row, row, row, row, row]))
    }),
  )
})
