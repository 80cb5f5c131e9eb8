// Holds buckets of breakdowns against the log of decisions, the marks of people and the journal: each is decided once, published as decided, and counts whom it marks.
import { bucketKey, bucketOf, readBuckets, seriesOf } from './bucket-rows.ts'
import type { Bucket } from './bucket-rows.ts'
import { brokenDown, brokenDownMetrics, readMarkedPeople } from './bucket-marks.ts'
import type { BrokenDown, MarkedPeople } from './bucket-marks.ts'
import type { Clickhouse } from './clickhouse.ts'
import { asDecided } from './decided-once.ts'
import { noiseOfCells } from './drawn-noise.ts'
import { actsDue, countBefore, createDuePeople, firstTimes } from './first-acts.ts'
import { videosOf } from './journal.ts'
import type { Journal, TrialCreator } from './journal.ts'
import type { SealSources, SealVerdict } from './seal-sources.ts'

/** The budget of a cell, as the privacy statement has it. */
const EPSILON = 0.25
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const SHORT_MS = 2 * DAY_MS
/** Those of other metrics end with leaves. */
const endWithDays: readonly string[] = ['viewers', 'likers', 'commenters', 'remixers']

interface Seen {
  /** In the order of videos, metrics and ordinals. */
  readonly buckets: readonly Bucket[]
  readonly pools: readonly Bucket[]
}

/** @param countedSinceMs @throws as `compareSeals`. */
export async function compareBuckets(
  sources: SealSources,
  journal: Journal,
  countedSinceMs: number,
): Promise<SealVerdict> {
  const { vault, rollups, noiseKeys } = sources
  const videos = journal.creators.flatMap(videosOf)
  const creators = journal.creators.map(({ id }) => id)
  const read = async (): Promise<Seen> => ({
    buckets: await readBuckets(rollups, 'video', videos),
    pools: await readBuckets(rollups, 'pool', creators),
  })
  const before = await read()
  const decisions = await sources.decisions()
  const people = await readMarkedPeople(vault, videos)
  const edges = await leafEdges(rollups, videos)
  const seen = await read()
  if (JSON.stringify(before) !== JSON.stringify(seen)) {
    return { compared: 0, differences: ['buckets: more of them are published just now'] }
  }
  const { buckets, pools } = seen
  const ofVideos = new Set(videos.map(String))
  const ofCreators = new Set(creators)
  const decided = decisions
    .filter(({ table }) => table !== 'totals')
    .map(bucketOf)
    .filter(({ of, id }) => (of === 'video' ? ofVideos : ofCreators).has(id))
  const counted = { people, noiseKeys, countedSinceMs }
  const differences = [
    ...asDecided('buckets', [...buckets, ...pools].map(sealOf), decided.map(sealOf)),
    ...[...Map.groupBy(buckets, seriesOf).values()].flatMap((own) => tiling(own, journal, edges)),
    ...buckets.flatMap((bucket) => asCounted(bucket, [bucket], counted)),
    ...[...Map.groupBy(pools, seriesOf).values()].flatMap((own) => asPooled(own, buckets, counted)),
    ...unpublished(people, buckets),
    ...journal.creators.flatMap((creator) => asDone(creator, { journal, people, buckets })),
  ]
  return { compared: buckets.length + pools.length, differences }
}

function sealOf(bucket: Bucket): { readonly key: string; readonly says: string } {
  return { key: `${bucket.of} ${bucketKey(bucket)}`, says: JSON.stringify(bucket) }
}

/** Every `video end` of a published leaf, in ms. */
async function leafEdges(
  rollups: Clickhouse,
  videos: readonly number[],
): Promise<ReadonlySet<string>> {
  const rows = await rollups.rows(
    `select video_id, toUnixTimestamp(to_at) from rollups.video_leaves final
     where video_id in (${videos.join(', ')})`,
  )
  return new Set(rows.map(([video, to]) => `${video} ${Number(to) * 1000}`))
}

/** Buckets of one video and metric count from 1 and follow each other from the hour of publication. */
function tiling(
  own: readonly Bucket[],
  journal: Journal,
  edges: ReadonlySet<string>,
): readonly string[] {
  const creator = journal.creators.find((each) => videosOf(each).includes(Number(own[0]?.id)))
  let endMs = Math.floor((creator?.publishedMs ?? 0) / HOUR_MS) * HOUR_MS
  return own.flatMap((bucket, index) => {
    const { id, metric, fromMs, toMs, ordinal } = bucket
    const isEdge = endWithDays.includes(metric) ? toMs % DAY_MS === 0 : edges.has(`${id} ${toMs}`)
    const fits = ordinal === index + 1 && fromMs === endMs && toMs > fromMs && isEdge
    endMs = toMs
    return fits ? [] : [`buckets: ${bucketKey(bucket)} does not follow the one before`]
  })
}

interface Counted {
  readonly people: MarkedPeople
  readonly noiseKeys: string
  readonly countedSinceMs: number
}

/** Cells are how many are marked with the buckets that are in it, and the noise that is drawn for exactly that. */
function asCounted(
  bucket: Bucket,
  members: readonly Bucket[],
  { people, noiseKeys, countedSinceMs }: Counted,
): readonly string[] {
  const { of, id, metric, fromMs, toMs, decidedMs, cells, pooledBy } = bucket
  const key = sealOf(bucket).key
  if (pooledBy !== '0') {
    return cells.length === 0 ? [] : [`buckets: ${key} is in a pool and has cells`]
  }
  if (decidedMs < countedSinceMs) return []
  const counts = members
    .map((member) => people.cellsOf(bucketKey(member)))
    .reduce((sum, each) => sum.map((count, cell) => count + (each[cell] ?? 0)))
  const table = of === 'video' ? 'buckets' : 'pools'
  const seal = { table, subject: BigInt(id), metric, fromMs, toMs, counts } as const
  const noise = noiseOfCells(seal, { noiseKeys, decidedMs, epsilon: EPSILON })
  const wanted = counts.map((count, cell) => count + (noise[cell] ?? 0))
  const wrong = wanted.findIndex((value, cell) => value !== cells[cell])
  if (wrong < 0 && cells.length === wanted.length) return []
  const marked = `marked are ${counts[wrong]}, noise ${noise[wrong]}`
  return [`buckets: ${key} has ${cells[wrong]} in cell ${wrong}; ${marked}`]
}

/** A pool has the buckets that passed into it since the one before: their people, their time and their days. */
function asPooled(
  pools: readonly Bucket[],
  buckets: readonly Bucket[],
  counted: Counted,
): readonly string[] {
  let through = 0n
  return pools.flatMap((pool, index) => {
    const after = through
    through = BigInt(pool.generation)
    const members = buckets.filter(
      ({ pooledBy, metric, generation }) =>
        pooledBy === pool.id &&
        metric === pool.metric &&
        BigInt(generation) > after &&
        BigInt(generation) < through,
    )
    const days = new Map<number, number>()
    for (const member of members) {
      for (const [place, day] of member.days.entries()) {
        days.set(day, (days.get(day) ?? 0) + (member.people[place] ?? 0))
      }
    }
    const people = [...days].filter(([, sum]) => sum !== 0).toSorted(([a], [b]) => a - b)
    const isTheirs =
      pool.ordinal === index + 1 &&
      pool.fromMs === Math.min(...members.map(({ fromMs }) => fromMs)) &&
      pool.toMs === Math.max(...members.map(({ toMs }) => toMs)) &&
      JSON.stringify(people) === JSON.stringify(pool.days.map((day, at) => [day, pool.people[at]]))
    if (!isTheirs) return [`buckets: ${sealOf(pool).key} is not that of ${members.length} buckets`]
    return asCounted(pool, members, counted)
  })
}

/** In a trial nothing is ever private: nobody is marked as told of by none. */
function unpublished({ buckets: marked }: MarkedPeople, buckets: readonly Bucket[]): string[] {
  const published = new Set(buckets.map(bucketKey))
  return marked
    .filter((key) => !published.has(key))
    .map((key) => `people: some are marked with bucket ${key}, which is not published`)
}

interface Done {
  readonly journal: Journal
  readonly people: MarkedPeople
  readonly buckets: readonly Bucket[]
}

/**
 * Everybody who acted is in one bucket or in none yet: not before they acted, and no later than they have
 * to be. Of whom a bucket could know when it was decided, none is left over; who came in late may be.
 */
function asDone(
  { id: owner, videos }: TrialCreator,
  { journal, people, buckets }: Done,
): readonly string[] {
  const acts = Map.groupBy([...journal.acts.values()].flat(), ({ video }) => video)
  const bySeries = Map.groupBy(buckets, seriesOf)
  const one = (video: number, metric: BrokenDown): readonly string[] => {
    const series = `${video} ${metric}`
    const whose = { video, types: brokenDown[metric], owner }
    const firsts = firstTimes(acts.get(video) ?? [], whose)
    const known = people.knownOf(series)
    if (known !== firsts.size) {
      return [`people: ${known} are known for ${series}, ${firsts.size} acted`]
    }
    let sealed = 0
    const surely = createDuePeople()
    return (bySeries.get(series) ?? []).flatMap((bucket) => {
      sealed += people.countOf(bucketKey(bucket))
      const most = countBefore(firsts, bucket.toMs)
      const due = firstTimes(actsDue(journal, bucket.decidedMs), whose)
      const least = surely.through(bucket, due, takesLate(video, bucket))
      if (sealed >= least && sealed <= most) return []
      const should = `should be ${least} to ${most}`
      return [`people: ${sealed} are sealed through bucket ${bucketKey(bucket)}, ${should}`]
    })
  }
  return videos.flatMap((video) => brokenDownMetrics.flatMap((metric) => one(video, metric)))
}

/** Long buckets take whoever came in late, and once a week short ones; others only those of their own time. */
function takesLate(video: number, { fromMs, toMs }: Bucket): boolean {
  const weekOf = (atMs: number): number => Math.floor((Math.floor(atMs / DAY_MS) + (video % 7)) / 7)
  return toMs - fromMs > SHORT_MS || weekOf(toMs) > weekOf(fromMs)
}
