// Reads what a breakdown is made of: cells of buckets as they come, up to when each video is told, and when people acted.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { eachMixedRow } from '#infra/clickhouse/mixed-rows.ts'
import type { MixedRow } from '#infra/clickhouse/mixed-rows.ts'
import { isBrokenDown, breakdownValues } from '#schemas/breakdowns.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { createBucketTally, isCutBy } from './bucket-weights.ts'
import type { Bucket, BucketTally } from './bucket-weights.ts'
import { layOutBuckets } from './buckets.ts'
import type { BucketRows, Buckets } from './buckets.ts'
import type { ReportSources } from './cells.ts'
import type { BucketsPlan, RateNumerator } from './plan-breakdown.ts'
import {
  renderActs,
  renderBucketTimes,
  renderCut,
  renderPool,
  renderWhole,
  VIDEOS_MAX,
} from './render-buckets.ts'
import type { BinaryStatement, BucketBatch } from './render-buckets.ts'
import { isPartOf, layOutPools } from './pools.ts'
import type { PoolBucket, PoolMember, Pools } from './pools.ts'
import type { Span } from './time-buckets.ts'
import { createActs, createToldRuns, never, toldTogether } from './told-runs.ts'
import type { Acts, ToldRuns } from './told-runs.ts'

/** @param plan null: there is nothing to read. */
export async function readBuckets(
  { store, policies }: ReportSources,
  plan: BucketsPlan | null,
): Promise<Buckets> {
  if (plan === null) return layOutBuckets([], noRows, new Map())
  const rows = await readRows(store, plan)
  const all = [...rows.own, ...[...rows.together.values()].flat()]
  const noise = await policies.read(new Set(all.map(({ policy }) => policy)))
  const starts = plan.rows.map(({ fromS }) => fromS)
  return layOutBuckets(starts, rows, noise)
}

const noRows: BucketRows = { own: [], together: new Map(), gaps: [], told: new Map() }

/** What is added up, while it is read. */
interface Reading {
  readonly store: ClickhouseStore
  readonly plan: BucketsPlan
  readonly own: BucketTally
  readonly together: ReadonlyMap<RateNumerator, BucketTally>
  /** The earliest instant at which somebody is told by no bucket. */
  readonly gaps: Map<BrokenDownMeasure, number>
  /** The last instant at which both parts of a rate are told of a video. */
  readonly toldTo: Map<RateNumerator, number>
}

async function readRows(store: ClickhouseStore, plan: BucketsPlan): Promise<BucketRows> {
  const createTally = () => createBucketTally(plan.rows, breakdownValues[plan.dimension].length)
  const own = createTally()
  const together = new Map(plan.rates.map((rate) => [rate, createTally()]))
  const reading: Reading = { store, plan, own, together, gaps: new Map(), toldTo: new Map() }
  const pools = readPools(reading)
  let batch = 0
  do {
    const videoIds = plan.videoIds.slice(batch, batch + VIDEOS_MAX)
    const told = readTold(reading, videoIds, pools)
    const acts = readActs(reading, videoIds)
    // What needs no answer of another is asked at once.
    await Promise.all([
      readCells(reading, videoIds, { told, acts, pools }),
      noteGaps(reading, told, acts),
    ])
    batch += VIDEOS_MAX
  } while (batch < plan.videoIds.length)
  const laidOut = await pools
  laidOut.addTo(own, together)
  return {
    own: own.rows(),
    together: new Map([...together].map(([rate, tally]) => [rate, tally.rows()])),
    gaps: [...reading.gaps].map(([metric, gapS]) => ({ metric, gap_s: gapS })),
    told: reading.toldTo,
  }
}

async function readPools(reading: Reading): Promise<Pools> {
  const { plan } = reading
  const buckets: PoolBucket[] = []
  if (plan.poolOf !== null) {
    await read(reading, renderPool(plan, plan.poolOf), (row) => {
      buckets.push({ ...bucketOf(row), generation: row.uint64(0) })
    })
  }
  return layOutPools(buckets)
}

interface Told {
  readonly runs: ToldRuns
  /** Of those that a pool tells of. */
  readonly members: readonly PoolMember[]
  /** Whether rows cut a bucket that has cells of its own. */
  readonly cutsAny: boolean
}

/** Up to when buckets tell of all people of each video; for a report of a creator also those that its pool has. */
async function readTold(
  reading: Reading,
  videoIds: readonly string[],
  pools: Promise<Pools>,
): Promise<Told> {
  const { plan } = reading
  const poolOf = plan.poolOf === null ? null : BigInt(plan.poolOf)
  const runs = createToldRuns()
  let cutsAny = false
  const handedOver: PoolMember[] = []
  const readTimes = read(reading, renderBucketTimes(plan, videoIds), (row) => {
    const span = { fromS: row.uint32(2), toS: row.uint32(3) }
    const metric = metricOf(row.text(1))
    const bucket = { videoId: row.uint64(0), metric, ...span, people: row.int64(4) }
    const pooledBy = row.uint64(5)
    if (pooledBy === poolOf) handedOver.push({ ...bucket, generation: row.uint64(6) })
    if (pooledBy !== 0n) return
    cutsAny ||= isCutBy(plan.rows, span)
    runs.add(bucket)
  })
  const [laidOut] = await Promise.all([pools, readTimes])
  const members = handedOver.filter((member) => laidOut.tellOf(member))
  for (const member of members) runs.add(member)
  return { runs, members, cutsAny }
}

/** In the rows, by measure. */
type ActsByMeasure = ReadonlyMap<BrokenDownMeasure, Acts>

interface Known {
  readonly told: Promise<Told>
  readonly acts: Promise<ActsByMeasure>
  readonly pools: Promise<Pools>
}

async function readCells(
  reading: Reading,
  videoIds: readonly string[],
  { told, acts, pools }: Known,
): Promise<void> {
  const { plan } = reading
  if (plan.rates.length === 0) {
    const batch = { videoIds, together: [] }
    const readCutOnes = async () => {
      // Days of most zones and rows of most ranges cut some; those in UTC none.
      if ((await told).cutsAny) await readCut(reading, batch)
    }
    await Promise.all([readWhole(reading, batch), readCutOnes()])
    return
  }
  const [{ runs, members }, byMeasure, laidOut] = await Promise.all([told, acts, pools])
  const togetherOf = (rate: RateNumerator, videoId: bigint): Span =>
    toldTogether(rate, {
      of: runs.runOf(rate, videoId),
      viewers: runs.runOf('viewers', videoId),
      hasActs: byMeasure.get(rate)?.has(videoId) ?? false,
    })
  const batch = {
    videoIds,
    together: plan.rates.map((rate) => videoIds.map((id) => togetherOf(rate, BigInt(id)))),
  }
  for (const [index, rate] of plan.rates.entries()) {
    const times = (batch.together[index] ?? []).filter(({ fromS, toS }) => fromS < toS)
    const lastS = times.reduce((last, { toS }) => Math.max(last, toS), -Infinity)
    reading.toldTo.set(rate, Math.max(lastS, reading.toldTo.get(rate) ?? -Infinity))
    for (const member of members) {
      if (!isPartOf(rate, member.metric)) continue
      laidOut.addMember(member, rate, togetherOf(rate, member.videoId))
    }
  }
  await Promise.all([readWhole(reading, batch), readCut(reading, batch)])
}

async function readWhole(reading: Reading, batch: BucketBatch): Promise<void> {
  const { plan, own, together } = reading
  await read(reading, renderWhole(plan, batch), (row) => {
    const sums = {
      metric: metricOf(row.text(0)),
      policy: row.text(1),
      startS: row.uint32(2),
      buckets: row.uint32(4),
      people: row.int64(5),
      cells: row.int64s(6),
    }
    own.addWhole(sums)
    const rates = row.uint32(3)
    for (const [index, rate] of plan.rates.entries()) {
      if (Math.floor(rates / 2 ** index) % 2 === 1) together.get(rate)?.addWhole(sums)
    }
  })
}

async function readCut(reading: Reading, batch: BucketBatch): Promise<void> {
  const { plan, own, together } = reading
  const places = new Map(batch.videoIds.map((id, place) => [BigInt(id), place]))
  await read(reading, renderCut(plan, batch), (row) => {
    const bucket = bucketOf(row)
    own.add(bucket)
    const place = places.get(row.uint64(0)) ?? -1
    for (const [index, rate] of plan.rates.entries()) {
      const told = batch.together[index]?.[place] ?? never
      if (isPartOf(rate, bucket.metric)) together.get(rate)?.add(bucket, told)
    }
  })
}

async function readActs(reading: Reading, videoIds: readonly string[]): Promise<ActsByMeasure> {
  const { plan } = reading
  const fromS = plan.rows[0]?.fromS ?? 0
  const toS = plan.rows.at(-1)?.toS ?? 0
  const acts = new Map(plan.measures.map((metric) => [metric, createActs()]))
  const statements = renderActs(plan, videoIds).map((statement) =>
    read(reading, statement, (row) => {
      const [actsFromS, actsToS] = [row.uint32(1), row.uint32(2)]
      if (actsToS <= fromS || actsFromS >= toS) return
      const videoId = row.uint64(0)
      for (const [index, metric] of statement.measures.entries()) {
        if (row.uint32(3 + index) !== 0) acts.get(metric)?.add(videoId, actsFromS, actsToS)
      }
    }),
  )
  await Promise.all(statements)
  return acts
}

async function noteGaps(
  { gaps }: Reading,
  told: Promise<Told>,
  acts: Promise<ActsByMeasure>,
): Promise<void> {
  const [{ runs }, byMeasure] = await Promise.all([told, acts])
  for (const [metric, found] of byMeasure) {
    const gapS = found.firstUntoldS((videoId) => runs.runOf(metric, videoId))
    if (gapS < (gaps.get(metric) ?? Infinity)) gaps.set(metric, gapS)
  }
}

async function read(
  { store }: Reading,
  { sql, types, params }: BinaryStatement,
  take: (row: MixedRow) => void,
): Promise<void> {
  await eachMixedRow(await store.read(sql, params), types, take)
}

function bucketOf(row: MixedRow): Bucket {
  return {
    metric: metricOf(row.text(1)),
    policy: row.text(2),
    fromS: row.uint32(3),
    toS: row.uint32(4),
    days: row.days(5),
    people: row.int32s(6),
    cells: row.int32s(7),
  }
}

function metricOf(text: string): BrokenDownMeasure {
  if (!isBrokenDown(text)) throw new Error(`there are no buckets of ${text}`)
  return text
}
