// Who is looked for: the persons of facts, and tokens by which nobody is found again.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCandidates } from '#consumers/erase/candidates.ts'
import { createPseudonyms } from '#consumers/engagement/pseudonyms.ts'

const pseudonymKey = Buffer.alloc(32, 7)
const tokenKey = Buffer.alloc(32, 9)
const ids = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n })

function bytesOf(values: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8)
  for (const [place, value] of values.entries()) bytes.writeBigUInt64LE(value, place * 8)
  return bytes
}

test('each video has the person that facts would have, and a token of its own', () => {
  fc.assert(
    fc.property(ids, fc.array(ids, { maxLength: 50 }), (userId, videos) => {
      const rows = createCandidates({ userId, pseudonymKey, tokenKey }).rowsOf(bytesOf(videos))
      const persons = createPseudonyms(pseudonymKey)
      const tokens = createPseudonyms(tokenKey)
      const expected = videos.flatMap((video) => [
        video,
        persons.personOf(userId, video),
        tokens.personOf(userId, video),
      ])
      expect(rows).toEqual(bytesOf(expected))
    }),
  )
})

test('a token is the same however often it is made for an order, and another one for the next', () => {
  const videos = bytesOf([5n])
  const first = createCandidates({ userId: 3n, pseudonymKey, tokenKey })
  const second = createCandidates({ userId: 3n, pseudonymKey, tokenKey: Buffer.alloc(32, 8) })
  const tokenOf = (rows: Buffer): bigint => rows.readBigUInt64LE(16)
  expect(tokenOf(first.rowsOf(videos))).toBe(tokenOf(first.rowsOf(videos)))
  expect(tokenOf(second.rowsOf(videos))).not.toBe(tokenOf(first.rowsOf(videos)))
})
