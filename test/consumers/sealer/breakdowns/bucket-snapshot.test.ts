// Whose late people buckets take: those of long buckets, and once a week of short ones.
import { expect, test } from 'vitest'
import { isLately } from '#consumers/sealer/breakdowns/bucket-snapshot.ts'
import type { BucketEnd } from '#consumers/sealer/breakdowns/bucket-snapshot.ts'

const DAY_S = 86_400
const firstDay = 20_000

/** Of a number of days from a day on. */
function bucket(day: number, days: number, videoId = 7n): BucketEnd {
  const span = { fromS: day * DAY_S, toS: (day + days) * DAY_S }
  return { metric: 'viewers', videoId, bucket: 1, ...span }
}

test('a bucket of more than two days takes whoever came in late', () => {
  for (let day = firstDay; day < firstDay + 7; day++) {
    expect(isLately(7n, [bucket(day, 3)])).toBe(false)
    // Several that end at once are as long as all of them.
    expect(isLately(7n, [bucket(day, 1), bucket(day + 1, 2)])).toBe(false)
  }
})

test('of buckets of a day one in seven does, of other videos on other days', () => {
  const daysOf = (videoId: bigint) =>
    Array.from({ length: 70 }, (_, at) => firstDay + at).filter(
      (day) => !isLately(videoId, [bucket(day, 1, videoId)]),
    )
  const [first = [], ...others] = [7n, 8n, 9n, 10n, 11n, 12n, 13n].map(daysOf)
  expect(first).toHaveLength(10)
  for (const days of others) expect(days).not.toEqual(first)
  expect(new Set([...first, ...others.flat()]).size).toBe(70)
})
