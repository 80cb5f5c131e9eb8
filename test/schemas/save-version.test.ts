// Which act on a pair stands, whatever the order of arrival.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { saveVersion, saveVersionMs } from '#schemas/save-version.ts'

const eventId = fc.uuid({ version: 7 })
const ms = fc.nat({ max: 2 ** 43 - 1 })

describe('the version of an act', () => {
  test('is higher for the later act, whatever else differs', () => {
    fc.assert(
      fc.property(ms, ms, eventId, eventId, fc.boolean(), fc.boolean(), (a, b, x, y, on, off) => {
        fc.pre(a !== b)
        const first = saveVersion({ eventId: x, occurredAtMs: a, saved: on })
        const second = saveVersion({ eventId: y, occurredAtMs: b, saved: off })
        expect(first < second).toBe(a < b)
      }),
    )
  })

  test('is higher for off at the same millisecond', () => {
    fc.assert(
      fc.property(ms, eventId, eventId, (occurredAtMs, x, y) => {
        const on = saveVersion({ eventId: x, occurredAtMs, saved: true })
        const off = saveVersion({ eventId: y, occurredAtMs, saved: false })
        expect(off > on).toBe(true)
      }),
    )
  })

  test('ties only between acts of the same last 20 bits, which agree in the whole row', () => {
    const act = { occurredAtMs: 1_790_000_000_000, saved: true }
    const version = saveVersion({ ...act, eventId: '01a0c4a9-b000-7c1d-9a2b-3c4d5e6f7a8b' })
    const tie = saveVersion({ ...act, eventId: '01a0c4a9-b000-7fff-8000-0000000f7a8b' })
    const other = saveVersion({ ...act, eventId: '01a0c4a9-b000-7c1d-9a2b-3c4d5e6f7a8c' })
    expect(tie).toBe(version)
    expect(other).toBe(version + 1n)
  })

  test('tells when the act occurred, and fits into 64 bits', () => {
    fc.assert(
      fc.property(ms, eventId, fc.boolean(), (occurredAtMs, id, saved) => {
        const version = saveVersion({ eventId: id, occurredAtMs, saved })
        expect(saveVersionMs(version)).toBe(occurredAtMs)
        expect(BigInt.asUintN(64, version)).toBe(version)
      }),
    )
  })
})
