// The same viewer of a video is always the same person, and another one on every other video.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigIntAt } from '#consumers/engagement/engagement-columns.ts'
import { createPseudonyms } from '#consumers/engagement/pseudonyms.ts'

/** Of FIPS 197, appendix C.3: AES-256 of 00112233..ff under 000102..1f is 8ea2b7ca 516745bf ... */
const key = Uint8Array.from({ length: 32 }, (_, index) => index)
const userId = 0x7766554433221100n
const videoId = 0xffeeddccbbaa9988n
const person = 0xbf456751cab7a28en

const ids = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })

function columnOf(values: readonly bigint[]): Int32Array {
  return new Int32Array(BigUint64Array.from(values).buffer)
}

describe('a person', () => {
  test('is the first half of the AES block of user and video', () => {
    expect(createPseudonyms(key).personOf(userId, videoId)).toBe(person)
  })

  test('is the same in a whole column', () => {
    const pseudonyms = createPseudonyms(key)
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, ids)), (pairs) => {
        const acts = {
          rows: pairs.length,
          user_id: columnOf(pairs.map(([user]) => user)),
          video_id: columnOf(pairs.map(([, video]) => video)),
        }
        const column = new Int32Array(pairs.length * 2 + 2)
        pseudonyms.fill(acts, column)
        const filled = pairs.map((_pair, row) => bigIntAt(column, row))
        const expected = pairs.map(([user, video]) => pseudonyms.personOf(user, video))
        expect(filled.map((each) => BigInt.asUintN(64, each))).toEqual(expected)
        expect(column.slice(-2)).toEqual(new Int32Array(2))
      }),
    )
  })

  test('is the same in a column of many calls of the cipher', () => {
    const rows = 10_000
    const users = Array.from({ length: rows }, (_, row) => BigInt(row + 1))
    const pseudonyms = createPseudonyms(key)
    const column = new Int32Array(rows * 2)
    const videos = columnOf(users.map(() => 7n))
    pseudonyms.fill({ rows, user_id: columnOf(users), video_id: videos }, column)
    for (const row of [0, 4095, 4096, 8191, 8192, 9999]) {
      const expected = pseudonyms.personOf(BigInt(row + 1), 7n)
      expect(BigInt.asUintN(64, bigIntAt(column, row))).toBe(expected)
    }
    expect(new Set(users.map((_user, row) => bigIntAt(column, row))).size).toBe(rows)
  })

  test('differs by video, by user and by key', () => {
    const { personOf } = createPseudonyms(key)
    const other = createPseudonyms(Uint8Array.from(key, (byte) => byte ^ 1))
    const all = [personOf(1n, 2n), personOf(1n, 3n), personOf(2n, 1n), other.personOf(1n, 2n)]
    expect(new Set(all).size).toBe(4)
  })
})

test('the hash of a user is the block of that user and no video', () => {
  const { keyedHash, personOf } = createPseudonyms(key)
  expect(keyedHash(5001n)).toBe(personOf(5001n, 0n))
})

test('a key of another length, or a column that is too short, is refused', () => {
  expect(() => createPseudonyms(key.subarray(1))).toThrow('key length')
  const acts = { rows: 1, user_id: new Int32Array(2), video_id: new Int32Array(2) }
  expect(() => createPseudonyms(key).fill(acts, new Int32Array(1))).toThrow('shorter')
})
