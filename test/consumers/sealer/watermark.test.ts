// The watermark: never later than what is stored, never earlier than it was.
import { describe, expect, test } from 'vitest'
import { watermarkOf } from '#consumers/sealer/watermark.ts'

const now = 1_790_000_000_000
const stored = { partition: 0, low: 0n, high: 10n, committed: 10n, storedAppendedAtMs: now - 9000 }

describe('the watermark', () => {
  test('is now where there is no lag, also on an empty log', () => {
    expect(watermarkOf([stored], now, 0)).toBe(now)
    const empty = { ...stored, high: 0n, committed: undefined, storedAppendedAtMs: undefined }
    expect(watermarkOf([empty], now, 0)).toBe(now)
  })

  test('is the append time of the newest stored record where there is a lag', () => {
    const lagging = { ...stored, partition: 1, committed: 9n }
    expect(watermarkOf([stored, lagging], now, 0)).toBe(now - 9000)
  })

  test('stays where it was when nothing is known of a partition that has records', () => {
    const unknown = { ...stored, committed: undefined, storedAppendedAtMs: undefined }
    expect(watermarkOf([stored, unknown], now, now - 50_000)).toBe(now - 50_000)
    expect(watermarkOf([stored, unknown], now, 0)).toBe(0)
  })

  test('never goes back', () => {
    const lagging = { ...stored, committed: 3n, storedAppendedAtMs: now - 60_000 }
    expect(watermarkOf([lagging], now, now - 1000)).toBe(now - 1000)
  })
})
