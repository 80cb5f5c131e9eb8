// The same viewer of a video is always the same person, and another one on every other video.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigIntAt } from '#consumers/engagement/engagement-columns.ts'
import { createPseudonyms } from '#consumers/engagement/pseudonyms.ts'
import type { Acts, Pseudonyms } from '#consumers/engagement/pseudonyms.ts'

/** Of FIPS 197, appendix C.3: AES-256 of 00112233..ff under 000102..1f is 8ea2b7ca 516745bf ... */
const key = Uint8Array.from({ length: 32 }, (_, index) => index)
const userId = 0x7766554433221100n
const videoId = 0xffeeddccbbaa9988n
const person = 0xbf456751cab7a28en

const ids = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })

type Pair = readonly [user: bigint, video: bigint]

/** Persons of a whole column, with one row of room behind it that must stay empty. */
function columnOfPersons(pseudonyms: Pseudonyms, pairs: readonly Pair[]): readonly bigint[] {
  const user_id = columnOf(pairs.map(([user]) => user))
  const video_id = columnOf(pairs.map(([, video]) => video))
  const column = new Int32Array(pairs.length * 2 + 2)
  fillIn(pseudonyms, { rows: pairs.length, user_id, video_id }, column)
  expect(column.slice(-2)).toEqual(new Int32Array(2))
  return pairs.map((_pair, row) => BigInt.asUintN(64, bigIntAt(column, row)))
}

function fillIn(pseudonyms: Pseudonyms, acts: Acts, column: Int32Array): void {
  pseudonyms.fill(acts, column)
}

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
        const expected = pairs.map(([user, video]) => pseudonyms.personOf(user, video))
        expect(columnOfPersons(pseudonyms, pairs)).toEqual(expected)
      }),
    )
  })

  test('is the same in a column that takes many calls of the cipher', () => {
    const pseudonyms = createPseudonyms(key)
    const pairs = Array.from({ length: 10_000 }, (_, row) => [BigInt(row + 1), 7n] as const)
    const persons = columnOfPersons(pseudonyms, pairs)
    for (const row of [0, 4095, 4096, 8191, 8192, 9999]) {
      expect(persons[row]).toBe(pseudonyms.personOf(BigInt(row + 1), 7n))
    }
    expect(new Set(persons).size).toBe(pairs.length)
  })

  test('differs by video, by user and by key', () => {
    const one = createPseudonyms(key)
    const other = createPseudonyms(Uint8Array.from(key, (byte) => byte ^ 1))
    const persons = [one.personOf(1n, 2n), one.personOf(1n, 3n), one.personOf(2n, 1n)]
    expect(new Set([...persons, other.personOf(1n, 2n)]).size).toBe(4)
  })
})

test('the hash of a user is the block of that user and no video', () => {
  const pseudonyms = createPseudonyms(key)
  expect(pseudonyms.keyedHash(5001n)).toBe(pseudonyms.personOf(5001n, 0n))
})

test('a key of another length, or a column that is too short, is refused', () => {
  expect(() => createPseudonyms(key.subarray(1))).toThrow('key length')
  const acts = { rows: 1, user_id: new Int32Array(2), video_id: new Int32Array(2) }
  expect(() => fillIn(createPseudonyms(key), acts, new Int32Array(1))).toThrow('shorter')
})
