// Seals leaves of videos: holds fast who is counted, walks the ladder, draws noise once, decides in the log, and publishes what it reads back.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { FencedProducer } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { Logger } from '#infra/runtime/log.ts'
import type { CreatorRecord, VideoRecord } from '#schemas/catalogue.ts'
import { DELETED_SEALS_S } from '#schemas/guarded.ts'
import type { Decision } from '#schemas/decision.ts'
import type { HeldLeaf } from '#schemas/hold-rule.ts'
import { createDecidedPublisher, decidedAt } from '../decided-publisher.ts'
import type { AppliedAs } from '../decided-publisher.ts'
import type { SealPolicies } from '../release/seal-policies.ts'
import { appendDecisions } from '../decision-log.ts'
import { EDGE_S } from './ladder.ts'
import { decideLeaves } from './leaf-decider.ts'
import type { NoiseOf } from './leaf-decider.ts'
import { createLeafRows } from './leaf-rows.ts'
import type { LeafRow } from './leaf-rows.ts'
import { walkLeaves } from './leaf-walk.ts'
import type { ViewSteps } from './leaf-walk.ts'
import { createPublishedViews } from './published-views.ts'
import { createSealSnapshot } from './seal-snapshot.ts'
import { groupsOf } from './snapshot-groups.ts'
import { openVideoStates } from './video-states.ts'
import type { VideoState, VideoStates } from './video-states.ts'

export interface LeafSealerOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
  readonly producer: FencedProducer
  readonly policies: SealPolicies
  /** The noise of a cell that was counted; the same for the same cell and count on one day. */
  readonly noiseOf: NoiseOf
}

export interface LeafSealer {
  /** What is known of every video; null: nothing just now. */
  readonly videos: VideoStates | null
  /** Takes newer records of the catalogue in. */
  learn(videos: readonly VideoRecord[], creators: readonly CreatorRecord[]): void
  /**
   * Decides on leaves that end up to the last edge before `throughS`: on some of them, so that a turn
   * stays short. @returns how many decisions the log has more; they have to be read back and applied.
   */
  decide(throughS: number, as: DecidedAs): Promise<Decided>
  /**
   * Marks and publishes what the log says. Repeating it changes nothing.
   * @param storedThroughMs every event appended before is stored.
   * @returns false when it cannot be done yet: a restored vault first has to get its events again.
   */
  apply(decisions: readonly Decision[], as: AppliedAs): Promise<boolean>
}

export interface DecidedAs {
  readonly generation: bigint
  /** Whether an import has announced acts that may still fall into a leaf. */
  readonly isHeld: (leaf: HeldLeaf) => boolean
}

export interface Decided {
  readonly decisions: number
  /** Videos that were looked at; none: all is done up to the edge. */
  readonly videos: number
}

/** Videos of one turn: a server takes parameters of 128 KiB, an id has some 20 bytes. */
const VIDEOS_MAX = 5000
/** Fewer where views of many days are read: 96 quarters a day, 16 bytes each, make some 20 MB. */
const VIDEO_DAYS_MAX = 14_000
const VIDEOS_LEAST = 50
const DAY_S = 86_400

/** Decisions of one turn, but for the leaves of its last video. */
const DECISIONS_MAX = 50_000

export function createLeafSealer(options: LeafSealerOptions): LeafSealer {
  const { log, clock, vault, rollups, producer, policies } = options
  const views = createPublishedViews(rollups)
  const snapshot = createSealSnapshot(vault)
  const publisher = createDecidedPublisher<LeafRow>({
    log,
    snapshot,
    rows: createLeafRows(rollups),
  })
  // Read by the first turn, and anew after a failure: the log may have what we were not told of.
  let states: VideoStates | null = null

  /** Those that are furthest behind, as many as one turn can take. */
  function behind(
    known: VideoStates,
    edgeS: number,
    isHeld: DecidedAs['isHeld'],
  ): readonly VideoState[] {
    const waiting: VideoState[] = []
    for (const state of known.all) {
      if (!isWaiting(state, edgeS)) continue
      if (!isHeld(openLeafOf(state, edgeS))) waiting.push(state)
      // What the import brings changes the views of the leaf.
      else state.walkedToS = null
    }
    waiting.sort((a, b) => walkedTo(a) - walkedTo(b))
    const [first] = waiting
    if (first === undefined) return []
    const days = Math.ceil((edgeS - walkedTo(first)) / DAY_S)
    const room = Math.max(VIDEOS_LEAST, Math.floor(VIDEO_DAYS_MAX / days))
    return waiting.slice(0, Math.min(VIDEOS_MAX, room))
  }

  /** Walks videos without sealing anything. @returns those of which a leaf ends. */
  async function findEnding(
    known: VideoStates,
    some: readonly VideoState[],
    edgeS: number,
  ): Promise<readonly Ending[]> {
    await learnViewsBefore(some)
    const fromS = Math.min(...some.map(walkedTo))
    const ids = some.map(({ videoId }) => videoId)
    const steps = await views.steps(ids, { fromS, toS: edgeS })
    const ending: Ending[] = []
    for (const state of some) {
      const own = stepsAfter(steps.get(state.videoId) ?? [], walkedTo(state))
      const video = { startS: state.startS, timeZone: known.timeZoneOf(state.creatorId) }
      const ladder = policies.at(state.leaf.fromS).ladder
      const walk = { video, leaf: state.leaf, steps: own, throughS: edgeS, seal: () => null }
      const { leaf, stopped } = walkLeaves(ladder, walk)
      if (stopped) ending.push({ state, video, steps: own })
      else {
        state.leaf = leaf
        state.walkedToS = edgeS
      }
    }
    return ending
  }

  async function learnViewsBefore(some: readonly VideoState[]): Promise<void> {
    const unknown = some.filter(({ walkedToS }) => walkedToS === null)
    if (unknown.length === 0) return
    const before = await views.before(
      unknown.map(({ videoId, startS, leaf }) => ({ videoId, startS, fromS: leaf.fromS })),
    )
    for (const state of unknown) {
      const sums = before.get(state.videoId) ?? { viewsBefore: 0, firstDayViews: 0 }
      state.leaf = { ...state.leaf, ...sums, views: 0 }
      state.walkedToS = state.leaf.fromS
    }
  }

  /** With nothing in the log that is not applied, snapshots up to now were given up. */
  async function openStates(through: bigint): Promise<VideoStates> {
    for (const generation of await snapshot.kept(through)) await snapshot.drop(generation)
    return openVideoStates(vault, rollups)
  }

  async function decide(throughS: number, { generation, isHeld }: DecidedAs): Promise<Decided> {
    const edgeS = Math.floor(throughS / EDGE_S) * EDGE_S
    states ??= await openStates(generation)
    const some = behind(states, edgeS, isHeld)
    if (some.length === 0) return { decisions: 0, videos: 0 }
    const ending = await findEnding(states, some, edgeS)
    if (ending.length === 0) return { decisions: 0, videos: some.length }
    const open = ending.map(({ state: { videoId, leaf } }) => ({ videoId, fromS: leaf.fromS }))
    await snapshot.take(groupsOf(open, edgeS), edgeS, generation)
    const acts = await snapshot.count(generation)
    const at = { edgeS, generation, decidedAtMs: decidedAt(clock) }
    const decisions: Decision[] = []
    for (const { state, video, steps } of ending) {
      // Those that are left are held fast anew by the next turn.
      if (decisions.length > DECISIONS_MAX) break
      const { videoId, leaf } = state
      const own = acts.get(videoId) ?? []
      const decided = decideLeaves(options, { videoId, video, leaf, steps, acts: own }, at)
      state.leaf = decided.leaf
      state.walkedToS = edgeS
      decisions.push(...decided.decisions)
    }
    await appendDecisions(producer, decisions)
    return { decisions: decisions.length, videos: some.length }
  }

  return {
    get videos() {
      return states
    },
    learn(videos, creators) {
      states?.learn(videos, creators)
    },
    async decide(throughS, as) {
      try {
        return await decide(throughS, as)
      } catch (error) {
        states = null
        throw error
      }
    },
    async apply(decisions, as) {
      const rows = await publisher.apply(decisions, as)
      if (rows !== null) states?.publish(rows)
      return rows !== null
    },
  }
}

/** A video of which a leaf ends. */
interface Ending {
  readonly state: VideoState
  readonly video: { readonly startS: number; readonly timeZone: string }
  readonly steps: ViewSteps
}

function stepsAfter(steps: ViewSteps, sinceS: number): ViewSteps {
  let at = 0
  while (at < steps.length && (steps[at] ?? 0) <= sinceS) at += 2
  return at === 0 ? steps : steps.slice(at)
}

function walkedTo({ walkedToS, leaf }: VideoState): number {
  return walkedToS ?? leaf.fromS
}

function openLeafOf({ videoId, creatorId, leaf }: VideoState, edgeS: number): HeldLeaf {
  const span = { fromMs: leaf.fromS * 1000, toMs: edgeS * 1000 }
  return { video_id: videoId, creator_id: creatorId, ...span }
}

/** Whether a leaf of a video may end up to an edge. */
function isWaiting({ leaf, walkedToS, deletedAtS }: VideoState, edgeS: number): boolean {
  if (leaf.fromS >= edgeS || (walkedToS ?? 0) >= edgeS) return false
  return deletedAtS === null || leaf.fromS <= deletedAtS + DELETED_SEALS_S
}
