// Of a pool a rate takes the part of its people of whom both parts are told.
import { expect, test } from 'vitest'
import { createBucketTally } from '#queries/reports/bucket-weights.ts'
import { layOutPools } from '#queries/reports/pools.ts'
import type { PoolBucket, PoolMember } from '#queries/reports/pools.ts'

const DAY = 86_400
const span = { fromS: 0, toS: 10 * DAY }
const nowhere = { fromS: 0, toS: 0 }

function bucket(generation: bigint, people: number, cells: readonly number[]): PoolBucket {
  return {
    ...span,
    metric: 'viewers',
    policy: 'one',
    days: Uint16Array.of(2),
    people: Int32Array.of(people),
    cells: Int32Array.from(cells),
    generation,
  }
}

function member(videoId: bigint, generation: bigint, people: number): PoolMember {
  return { ...span, videoId, metric: 'viewers', people, generation }
}

function tallied(
  buckets: readonly PoolBucket[],
  fill: (pools: ReturnType<typeof layOutPools>) => void,
) {
  const pools = layOutPools(buckets)
  fill(pools)
  const own = createBucketTally([span], 2)
  const likers = createBucketTally([span], 2)
  pools.addTo(own, new Map([['likers', likers]]))
  const sums = (tally: typeof own) =>
    tally.rows().map((row) => [row.people_sum, ...row.cell_sums].map((sum) => sum / 2 ** 20))
  return { own: sums(own), likers: sums(likers) }
}

test('a member is in the first bucket that was published after it was handed over', () => {
  const pools = layOutPools([bucket(9n, 50, [50, 0]), bucket(5n, 40, [40, 0])])
  expect(pools.tellOf(member(1n, 5n, 10))).toBe(true)
  expect(pools.tellOf(member(1n, 9n, 10))).toBe(true)
  expect(pools.tellOf(member(1n, 10n, 10))).toBe(false)
  expect(pools.tellOf({ ...member(1n, 5n, 10), metric: 'likers' })).toBe(false)
})

test('counts for a rate by the people of those members of whom the other part is told', () => {
  const buckets = [bucket(5n, 80, [60, 20]), bucket(9n, 40, [0, 40])]
  const { own, likers } = tallied(buckets, (pools) => {
    pools.addMember(member(1n, 4n, 20), 'likers', span)
    pools.addMember(member(2n, 5n, 60), 'likers', nowhere)
    pools.addMember(member(3n, 6n, 40), 'likers', span)
  })
  expect(own).toEqual([[120, 60, 60]])
  expect(likers).toEqual([[60, 15, 45]])
})

test('counts a member that is told in a part of its time by that part', () => {
  const { likers } = tallied([bucket(5n, 80, [80, 0])], (pools) => {
    pools.addMember(member(1n, 5n, 80), 'likers', { fromS: 5 * DAY, toS: 30 * DAY })
  })
  expect(likers).toEqual([[40, 40, 0]])
})

test('counts for no rate where no member is told, or none is known', () => {
  const buckets = [bucket(5n, 80, [80, 0]), bucket(9n, 10, [10, 0])]
  const { own, likers } = tallied(buckets, (pools) => {
    pools.addMember(member(1n, 5n, 80), 'likers', nowhere)
  })
  expect(own).toEqual([[90, 90, 0]])
  expect(likers).toEqual([])
})
