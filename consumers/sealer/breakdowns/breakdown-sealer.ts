// Seals buckets of breakdowns: finds those that end, holds fast whom they count, draws the noise of their cells once, decides in the log, and publishes what it reads back.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { FencedProducer } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { Logger } from '#infra/runtime/log.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { DELETED_SEALS_S, isGuardedMeasure } from '#schemas/guarded.ts'
import type { Decision } from '#schemas/decision.ts'
import { appendDecisions } from '../decision-log.ts'
import { createDecidedPublisher, decidedAt } from '../decided-publisher.ts'
import type { AppliedAs } from '../decided-publisher.ts'
import type { Decided, DecidedAs } from '../leaves/leaf-sealer.ts'
import type { VideoState, VideoStates } from '../leaves/video-states.ts'
import type { NoiseOfCells } from '../release/noise-source.ts'
import type { SealPolicies } from '../release/seal-policies.ts'
import { decideBucket, decidePool } from './bucket-decider.ts'
import type { EndingBucket } from './bucket-decider.ts'
import { createBucketRows } from './bucket-rows.ts'
import type { BucketRow } from './bucket-rows.ts'
import { createBucketSnapshot } from './bucket-snapshot.ts'
import { advance, daysFromS, leavesFromS, openBucketStates } from './bucket-states.ts'
import type { BucketState, BucketStates } from './bucket-states.ts'
import { isPoolFull, walkBuckets } from './bucket-walk.ts'
import type { OpenBucket, PublishedStretch } from './bucket-walk.ts'
import { readClosedPeriods } from './closed-periods.ts'
import { createCurves } from './curves.ts'
import { createPools } from './pools.ts'
import { createPublishedPeople, guardedBrokenDown, openNames, spanOf } from './published-people.ts'
import type { NumbersByVideo } from './published-people.ts'
import { dayStretches, leafStretches } from './published-stretches.ts'

export interface BreakdownSealerOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
  readonly producer: FencedProducer
  readonly policies: SealPolicies
  readonly noiseOfCells: NoiseOfCells
}

export interface BreakdownSealer {
  /**
   * Decides on buckets that end with what is published: on some of them, so that a turn stays short.
   * @param videos as the sealer of leaves knows them, with all leaves up to now published.
   * @param peopleThroughS UTC midnight up to which people of all days are published.
   */
  decide(videos: VideoStates, peopleThroughS: number, as: DecidedAs): Promise<Decided>
  /** Days whose people were published anew: open buckets that have them are walked again. */
  recounted(daysS: readonly number[]): void
  /** Marks and publishes what the log says. Repeating it changes nothing. @returns whether it could be done. */
  apply(decisions: readonly Decision[], as: AppliedAs): Promise<boolean>
}

/** Videos of one turn: a server takes parameters of 128 KiB, an id has some 20 bytes. */
const VIDEOS_MAX = 5000
/** Fewer where many days of each are read. */
const VIDEO_DAYS_MAX = 100_000
const VIDEOS_LEAST = 100
/** Buckets and people of one turn, but for those of its last video. */
const BUCKETS_MAX = 5000
const PEOPLE_MAX = 500_000
/** Pools of one turn, and how long none is looked for where nothing has passed into any. */
const POOLS_MAX = 100
const POOLS_EVERY_MS = 3_600_000
const DAY_S = 86_400

export function createBreakdownSealer(options: BreakdownSealerOptions): BreakdownSealer {
  const { log, clock, vault, rollups, producer, policies, noiseOfCells } = options
  const people = createPublishedPeople(rollups)
  const snapshot = createBucketSnapshot(vault)
  const pools = createPools(rollups)
  const curves = createCurves(people)
  const publisher = createDecidedPublisher<BucketRow>({
    log,
    snapshot,
    rows: createBucketRows(rollups),
  })
  // Read by the first turn, and anew after a failure: the log may have what we were not told of.
  let known: { readonly videos: VideoStates; readonly buckets: BucketStates } | null = null
  let poolsDueMs = 0

  /** Once people are counted. */
  const decidedBy = (fromS: number, generation: bigint) => ({
    policy: policies.at(fromS),
    noiseOfCells,
    generation,
    decidedAtMs: decidedAt(clock),
  })

  /** With nothing in the log that is not applied, snapshots up to now were given up. */
  async function openStates(videos: VideoStates, through: bigint): Promise<BucketStates> {
    for (const generation of await snapshot.kept(through)) await snapshot.drop(generation)
    poolsDueMs = 0
    return openBucketStates(rollups, videos)
  }

  /** Those that are furthest behind, as many as one turn can take. */
  function behind(states: BucketStates, videos: VideoStates, as: BehindAs): readonly BucketState[] {
    const waiting: BucketState[] = []
    for (const video of videos.all) {
      const state = states.of(video)
      if (!isBehind(state, as.peopleThroughS)) continue
      const fromS = Math.min(daysFromS(state), leavesFromS(state))
      const span = { fromMs: fromS * 1000, toMs: as.peopleThroughS * 1000 }
      const { videoId: video_id, creatorId: creator_id } = video
      if (as.isHeld({ video_id, creator_id, ...span })) continue
      waiting.push(state)
    }
    waiting.sort((a, b) => daysFromS(a) - daysFromS(b))
    const [first] = waiting
    if (first === undefined) return []
    const days = Math.ceil((as.peopleThroughS - daysFromS(first)) / DAY_S)
    const room = Math.max(VIDEOS_LEAST, Math.floor(VIDEO_DAYS_MAX / Math.max(1, days)))
    return waiting.slice(0, Math.min(VIDEOS_MAX, room))
  }

  /** Walks videos until buckets of enough people end. */
  async function walk(some: readonly BucketState[], peopleThroughS: number): Promise<Walked> {
    const ids = some.map(({ video }) => video.videoId)
    const daysTo = { fromS: Math.min(...some.map(daysFromS)), toS: peopleThroughS }
    const leavesTo = {
      fromS: Math.min(...some.map(leavesFromS)),
      toS: Math.max(...some.map(({ video }) => video.leaf.fromS)),
    }
    const days = daysTo.fromS < daysTo.toS ? await people.days(ids, daysTo) : none
    const leaves = leavesTo.fromS < leavesTo.toS ? await people.leaves(ids, leavesTo) : none
    const walked: WalkedVideo[] = []
    const ending: EndingBucket[] = []
    let counted = 0
    for (const state of some) {
      if (ending.length >= BUCKETS_MAX || counted >= PEOPLE_MAX) break
      const { videoId, creatorId } = state.video
      const open = new Map<BrokenDownMeasure, OpenBucket>()
      const take = (metric: BrokenDownMeasure, stretches: Iterable<PublishedStretch>): void => {
        const isExact = !isGuardedMeasure(metric)
        const rulesAt = (fromS: number) => policies.at(fromS).buckets
        const end = walkBuckets({ rulesAt, open: state.open[metric], stretches, isExact })
        open.set(metric, end.open)
        for (const bucket of end.ended) {
          ending.push({ videoId, creatorId, metric, bucket })
          counted += Math.max(0, bucket.people)
        }
      }
      const span = { fromS: daysFromS(state), toS: peopleThroughS }
      for (const [index, name] of openNames.entries()) {
        const isEmpty = state.open[name].people === 0
        take(name, dayStretches(days.get(videoId) ?? [], index, { ...span, isEmpty }))
      }
      for (const [index, name] of guardedBrokenDown.entries()) {
        take(name, leafStretches(leaves.get(videoId) ?? [], index, leavesFromS(state)))
      }
      walked.push({ state, open, leavesToS: state.video.leaf.fromS })
    }
    return { walked, ending }
  }

  async function decideBuckets(
    ending: readonly EndingBucket[],
    generation: bigint,
  ): Promise<readonly Decision[]> {
    const ids = [...new Set(ending.map(({ videoId }) => videoId))]
    const closed = await readClosedPeriods(vault, ids)
    const curveOf = await curves.read(ending)
    await snapshot.take(
      ending.map(({ videoId, metric, bucket: { ordinal, fromS, toS } }) => ({
        metric,
        videoId,
        bucket: ordinal,
        fromS,
        toS,
      })),
      generation,
    )
    const counts = await snapshot.count(generation)
    const decisions = ending.map((each) => {
      const { videoId, metric, bucket } = each
      const contents = {
        counts: counts.of({ metric, videoId, bucket: bucket.ordinal }),
        curve: curveOf(each),
        closed: closed.get(videoId) ?? [],
      }
      return decideBucket(each, contents, decidedBy(bucket.fromS, generation))
    })
    await appendDecisions(producer, decisions)
    return decisions
  }

  /** Decides on pools that are full. */
  async function decidePools(generation: bigint): Promise<readonly Decision[]> {
    const nowS = Math.floor(clock.nowMs() / 1000)
    const rules = policies.at(nowS).buckets
    const full = (await pools.waiting()).filter((pool) => isPoolFull(rules, pool, nowS))
    const some = await pools.contentsOf(full.slice(0, POOLS_MAX))
    if (full.length <= POOLS_MAX) poolsDueMs = clock.nowMs() + POOLS_EVERY_MS
    const counts = await snapshot.countMarked(some)
    return some.map((pool, index) => {
      const { creatorId, metric, ordinal, members, curve } = pool
      const span = spanOf(members)
      const bucket = { creatorId, metric, ordinal, ...span, curve }
      const policy = strictest(members.map((member) => policies.at(member.fromS)))
      const cells = counts[index] ?? new Int32Array()
      const by = { ...decidedBy(span.fromS, generation), policy }
      return decidePool({ ...bucket, counts: cells }, by)
    })
  }

  async function decide(
    videos: VideoStates,
    peopleThroughS: number,
    { generation, isHeld }: DecidedAs,
  ): Promise<Decided> {
    if (known?.videos !== videos) {
      known = { videos, buckets: await openStates(videos, generation) }
    }
    const some = behind(known.buckets, videos, { peopleThroughS, isHeld })
    if (some.length === 0) {
      if (clock.nowMs() < poolsDueMs) return { decisions: 0, videos: 0 }
      const ofPools = await decidePools(generation)
      if (ofPools.length > 0) await appendDecisions(producer, ofPools)
      return { decisions: ofPools.length, videos: ofPools.length }
    }
    const { walked, ending } = await walk(some, peopleThroughS)
    const decisions = ending.length === 0 ? [] : await decideBuckets(ending, generation)
    for (const { state, open, leavesToS } of walked) {
      const daysToS = Math.max(daysFromS(state), peopleThroughS)
      advance(state, open, { daysToS, leavesToS })
    }
    if (decisions.some(({ table }) => table === 'pooled')) poolsDueMs = 0
    return { decisions: decisions.length, videos: walked.length }
  }

  return {
    async decide(videos, peopleThroughS, as) {
      try {
        return await decide(videos, peopleThroughS, as)
      } catch (error) {
        known = null
        throw error
      }
    },
    recounted(daysS) {
      known?.buckets.rewind(daysS)
    },
    apply: async (decisions, as) => (await publisher.apply(decisions, as)) !== null,
  }
}

interface BehindAs {
  readonly peopleThroughS: number
  readonly isHeld: DecidedAs['isHeld']
}

interface WalkedVideo {
  readonly state: BucketState
  readonly open: ReadonlyMap<BrokenDownMeasure, OpenBucket>
  readonly leavesToS: number
}

interface Walked {
  readonly walked: readonly WalkedVideo[]
  readonly ending: readonly EndingBucket[]
}

const none: NumbersByVideo = new Map()

/** Whether there is published what its buckets do not have yet. */
function isBehind(state: BucketState, peopleThroughS: number): boolean {
  const { deletedAtS, leaf }: VideoState = state.video
  if (deletedAtS !== null && daysFromS(state) > deletedAtS + DELETED_SEALS_S) return false
  return daysFromS(state) < peopleThroughS || leavesFromS(state) < leaf.fromS
}

/** That with the most noise: nobody's acts get less than they were promised. */
function strictest<Policy extends { readonly cellEpsilon: number }>(
  all: readonly Policy[],
): Policy {
  const [first] = all.toSorted((a, b) => a.cellEpsilon - b.cellEpsilon)
  if (first === undefined) throw new Error('a pool has members')
  return first
}
