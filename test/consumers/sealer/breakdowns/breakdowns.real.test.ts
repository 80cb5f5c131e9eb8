// Breakdowns on the real path: whoever acted is in one bucket of a metric, each cell is the exact count with noise drawn once, and small videos end in the pool of their creator.
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { drawCellNoise } from '#consumers/sealer/release/cell-noise.ts'
import { createLaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import { noiseKeyAt } from '#consumers/sealer/release/noise-keys.ts'
import { breakdownDimensions } from '#schemas/breakdowns.ts'
import { createEventMaker, utcDay } from '../../../support/events.ts'
import { importPast, putCreator } from '../../../support/history.ts'
import { eventually, kill, platform, post, putVideos, store } from '../../../support/outside.ts'
import { countedByValue, publishedBuckets } from '../../../support/published-buckets.ts'
import type { PublishedBucket } from '../../../support/published-buckets.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const { make } = createEventMaker(871)

const todayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS
const large = '871001'
const small = '871002'
const busy = '8710011'
const hidden = '8710012'
const busyFromMs = todayMs - 9 * DAY_MS + 7 * HOUR_MS
const smallFromMs = todayMs - 61 * DAY_MS + 7 * HOUR_MS
const smallVideos = Array.from({ length: 30 }, (_, index) => String(8_710_100 + index))

interface Act {
  readonly type: 'view' | 'like' | 'save' | 'share'
  readonly user: number
  readonly video: string
  readonly atMs: number
}

const regionsOf = ['US', 'BR', 'DE', 'ZZ']
const agesOf = ['13-17', '18-24', '25-34', 'unknown']
const gendersOf = ['female', 'male', 'other', 'unknown']
const sourcesOf = ['for_you', 'saved_list', 'search', 'other']
const devicesOf = ['mobile', 'tv', 'unknown']

/** Attributes by the user, so that they can be told again. */
function attributesOf(user: number) {
  const one = (values: readonly string[], step: number): string =>
    values[Math.floor(user / step) % values.length] ?? ''
  return {
    region: one(regionsOf, 1),
    age_band: one(agesOf, 3),
    gender: one(gendersOf, 7),
    traffic_source: one(sourcesOf, 11),
    device: one(devicesOf, 13),
  }
}

/** Values that are never told. */
const toldAs = new Map([
  ['age_band 13-17', 'unknown'],
  ['traffic_source saved_list', 'other'],
])

const eventOf = ({ type, user, video, atMs }: Act, creator: string) =>
  make(type, { user, video, creator, atMs }, attributesOf(user))

/** 3,600 viewers over eight days, most of them on the first; half save, a few like and share. */
const busyActs: readonly Act[] = Array.from({ length: 3600 }, (_, index): readonly Act[] => {
  const user = 87_100_000 + index
  const atMs = busyFromMs + Math.floor(8 * DAY_MS * (index / 3600) ** 3)
  return [
    { type: 'view', user, video: busy, atMs },
    ...(index % 2 === 0 ? [{ type: 'save', user, video: busy, atMs } as const] : []),
    ...(index % 30 === 0 ? [{ type: 'like', user, video: busy, atMs } as const] : []),
  ]
}).flat()

/** 300 viewers while it is private, and 300 after that. */
const hiddenActs: readonly Act[] = Array.from({ length: 600 }, (_, index) => ({
  type: 'view',
  user: 87_200_000 + index,
  video: hidden,
  atMs: index < 300 ? busyFromMs + index * 60_000 : Date.now() - DAY_MS + index * 1000,
}))

/** 40 viewers and 14 savers of each small video, on its first day. */
const smallActs: readonly Act[] = smallVideos.flatMap((video, place) =>
  Array.from({ length: 40 }, (_, index): readonly Act[] => {
    const user = 87_300_000 + place * 100 + index
    const atMs = smallFromMs + index * 600_000
    return [
      { type: 'view', user, video, atMs },
      ...(index < 14 ? [{ type: 'save', user, video, atMs } as const] : []),
    ]
  }).flat(),
)

const typeOf = new Map([
  ['viewers', 'view'],
  ['likers', 'like'],
  ['saves', 'save'],
])

function exactCells(acts: readonly Act[]): readonly number[] {
  return breakdownDimensions.flatMap((dimension) =>
    countedByValue(
      dimension,
      acts.map(({ user }) => {
        const value = attributesOf(user)[dimension]
        return toldAs.get(`${dimension} ${value}`) ?? value
      }),
    ),
  )
}

/** What must be published for counts, by the key of the day on which they were decided. */
function noised(
  table: 'buckets' | 'pools',
  bucket: PublishedBucket,
  counts: readonly number[],
): readonly number[] {
  const { id, metric, from_s: fromS, to_s: toS, decided_s: decidedS } = bucket
  const key = noiseKeyAt(join(platform.dataDir, 'keys', 'noise'), decidedS * 1000)
  const noise = drawCellNoise(
    key,
    {
      table,
      subject: BigInt(id),
      metric,
      fromMs: fromS * 1000,
      toMs: toS * 1000,
      counts: Int32Array.from(counts),
    },
    createLaplaceSampler(0.25),
  )
  return counts.map((count, cell) => count + (noise[cell] ?? 0))
}

const cellsOf = (bucket: PublishedBucket): readonly number[] =>
  breakdownDimensions.flatMap((dimension) => bucket[dimension])

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0)

let buckets: readonly PublishedBucket[] = []

beforeAll(async () => {
  await putCreator(large, 'America/New_York')
  await putCreator(small, 'UTC')
  const old = smallVideos.map((videoId) => ({
    videoId,
    creatorId: small,
    publishedMs: smallFromMs,
  }))
  await importPast(
    old,
    smallActs.map((act) => eventOf(act, small)),
  )
  const fresh = { creatorId: large, publishedMs: busyFromMs }
  await importPast(
    [{ ...fresh, videoId: busy }],
    busyActs.map((act) => eventOf(act, large)),
  )
  buckets = await eventually(
    'buckets of the past',
    async () => {
      const found = await publishedBuckets('video_buckets', [busy])
      const pools = await publishedBuckets('pool_buckets', [small])
      const isDone =
        ['viewers', 'likers', 'saves'].every((metric) =>
          found.some((row) => row.metric === metric),
        ) && ['viewers', 'saves'].every((metric) => pools.some((row) => row.metric === metric))
      return isDone ? { found } : { seen: [found.length, pools.length] }
    },
    120_000,
  )
}, 180_000)

describe('buckets of a busy video', () => {
  test('tile its time, the first with a hundred people or more', () => {
    for (const metric of ['viewers', 'likers', 'saves']) {
      const own = buckets.filter((bucket) => bucket.metric === metric)
      expect(own.length).toBeGreaterThan(0)
      for (const [index, bucket] of own.entries()) {
        const before = own[index - 1]
        expect([metric, bucket.bucket, bucket.from_s]).toEqual([
          metric,
          index + 1,
          before?.to_s ?? busyFromMs / 1000,
        ])
        expect(bucket.pooled_by).toBe('0')
        expect(sum(bucket.people)).toBeGreaterThanOrEqual(100)
      }
    }
    expect(buckets.filter(({ metric }) => metric === 'viewers').length).toBeGreaterThan(1)
  })

  test('have cells that are the exact counts with the noise that is drawn for them', () => {
    for (const bucket of buckets) {
      const acts = busyActs.filter(
        ({ type, atMs }) =>
          type === typeOf.get(bucket.metric) &&
          atMs >= bucket.from_s * 1000 &&
          atMs < bucket.to_s * 1000,
      )
      expect(acts.length).toBeGreaterThan(50)
      expect([bucket.metric, bucket.bucket, ...cellsOf(bucket)]).toEqual([
        bucket.metric,
        bucket.bucket,
        ...noised('buckets', bucket, exactCells(acts)),
      ])
    }
  })

  test('say how many people there were on which day, as totals do', () => {
    const viewers = buckets.filter(({ metric }) => metric === 'viewers')
    for (const { days, people, from_s: fromS, to_s: toS } of viewers) {
      const acts = busyActs.filter(
        ({ type, atMs }) => type === 'view' && atMs >= fromS * 1000 && atMs < toS * 1000,
      )
      const byDay = Map.groupBy(acts, ({ atMs }) => utcDay(atMs))
      expect(days.map((day, index) => [day, people[index]])).toEqual(
        [...byDay].map(([day, some]) => [day, some.length]),
      )
    }
  })

  test('do not change by what comes in late, twice, or after a death', async () => {
    const late = busyActs.slice(0, 300).map(({ user, ...act }) => ({
      ...act,
      // The same people a little earlier from elsewhere, and new ones.
      user: user % 3 === 0 ? user + 500_000 : user,
      atMs: act.atMs - 60_000,
    }))
    await post(
      late.map((act) => ({ ...eventOf(act, large), region: 'JP' })),
      1000,
      'events:backfill',
    )
    await kill('sealer')
    await eventually('a video that is new to the sealer', async () => {
      const after = await publishedBuckets('video_buckets', [busy])
      const [first] = await marksOf(busy)
      return after.length >= buckets.length && first !== undefined
        ? { found: true }
        : { seen: after.length }
    })
    const after = await publishedBuckets('video_buckets', [busy])
    for (const bucket of buckets) expect(after).toContainEqual(bucket)
  })
})

const markSchema = z.object({ metric: z.string(), bucket: z.number(), people: z.number() })

/** People by the bucket that they are marked with. */
async function marksOf(video: string): Promise<readonly z.infer<typeof markSchema>[]> {
  await using vault = store('vault', 'admin')
  return vault.rows(
    markSchema,
    `select toString(metric) as metric, toUInt32(bitShiftRight(first, 21)) as bucket,
       toUInt32(count()) as people
     from (
       select metric, person, min(dims) as first from vault.people
       where video_id = {video:UInt64} group by metric, person
     )
     where bitShiftRight(first, 21) < 1000000
     group by metric, bucket order by metric, bucket`,
    { video },
  )
}

describe('small videos', () => {
  test('pass into the pool of their creator, whose cells are those of all of them', async () => {
    const own = await publishedBuckets('video_buckets', smallVideos)
    const pools = await publishedBuckets('pool_buckets', [small])
    for (const metric of ['viewers', 'saves']) {
      const passed = own.filter((bucket) => bucket.metric === metric && bucket.bucket === 1)
      expect(passed.map(({ id }) => id)).toEqual(smallVideos)
      expect(new Set(passed.map(({ pooled_by: by }) => by))).toEqual(new Set([small]))
      expect(passed.flatMap(cellsOf)).toEqual([])
      const pool = pools.find((bucket) => bucket.metric === metric && bucket.bucket === 1)
      if (pool === undefined) throw new Error(`no pool of ${metric}`)
      const acts = smallActs.filter(({ type }) => type === typeOf.get(metric))
      expect([metric, ...cellsOf(pool)]).toEqual([
        metric,
        ...noised('pools', pool, exactCells(acts)),
      ])
      expect(sum(pool.people)).toBe(sum(passed.flatMap(({ people }) => people)))
    }
    expect(pools.find(({ metric }) => metric === 'likers')).toBe(undefined)
  })
})

describe('a video that was not public', () => {
  test('tells nothing of who came then, and of who came since only those', async () => {
    await putVideos([
      { videoId: hidden, creatorId: large, publishedMs: busyFromMs, visibility: 'private' },
    ])
    await importPast(
      [{ videoId: hidden, creatorId: large, publishedMs: busyFromMs, visibility: 'private' }],
      hiddenActs.slice(0, 300).map((act) => eventOf(act, large)),
    )
    const bucket = await eventually(
      'the bucket of what was hidden',
      async () => {
        const [found] = await publishedBuckets('video_buckets', [hidden])
        return found === undefined ? { seen: null } : { found }
      },
      60_000,
    )
    expect(cellsOf(bucket)).toEqual(noised('buckets', bucket, exactCells([])))
    expect([bucket.days, bucket.people]).toEqual([[], []])
    expect(await marksOf(hidden)).toEqual([{ metric: 'viewers', bucket: 0, people: 300 }])
  })
})
