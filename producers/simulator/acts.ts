// What somebody in front of a video does, and takes back later; each act with its event and the times it is sent.
import type { EngagementEvent } from '#schemas/events/event.ts'
import { UUID7_RANDOM_BYTES, uuid7 } from '#schemas/ids.ts'
import type { TrafficSource } from '#schemas/dimensions.ts'
import type { Person } from './people.ts'
import type { SimulatedVideo } from './platform.ts'
import type { Random } from './random.ts'
import { DAY_MS, HOUR_MS } from './scale.ts'
import { savingByAge, savingBySource } from './world.ts'

const MINUTE_MS = 60_000

/** After how long acts are taken back: from the slot of the act, whole slots. */
export const undoneAfterMs = [HOUR_MS, DAY_MS, 3 * DAY_MS, 9 * DAY_MS] as const
/** How late events come in: on time, from a slow network, from a phone without one. */
export const sentAfterMs = [0, 2 * MINUTE_MS, 45 * MINUTE_MS] as const

export interface SimulatedAct {
  readonly event: EngagementEvent
  readonly atMs: number
  /** Place of the video. */
  readonly video: number
  /** One number a person: the place of a viewer, or that of a creator after all viewers. */
  readonly actor: number
  /** From the slot that it was made in: 0, or one of `undoneAfterMs`. */
  readonly afterMs: number
  /** When it is sent, once or twice, of `sentAfterMs`. */
  readonly sent: readonly number[]
}

const rates = { late: 0.015, veryLate: 0.005, twice: 0.015, follow: 0.008 } as const
const unsaves = [0.025, 0.03, 0.025, 0.015] as const
/** Somebody in front of a video. */
export interface Visit {
  readonly video: SimulatedVideo
  readonly place: number
  readonly atMs: number
  readonly person: Person
  readonly userId: string
  readonly actor: number
  readonly source: TrafficSource
  readonly random: Random
}

export type Deed =
  | { readonly type: 'view'; readonly watched_ms: number; readonly duration_ms: number }
  | { readonly type: 'stitch' | 'duet'; readonly derived_video_id: string }
  | { readonly type: 'like' | 'save' | 'comment'; readonly position_ms?: number }
  | { readonly type: 'share'; readonly share_channel: 'direct_message' | 'copy_link' }
  | { readonly type: 'follow' | 'unlike' | 'unsave' | 'uncomment' | 'unfollow' }

export function actsOfVisit(visit: Visit): readonly SimulatedAct[] {
  const { video, person, source, random } = visit
  const { topic, durationMs: duration_ms } = video
  const isSkipped = random.next() < 0.3
  const watched_ms = isSkipped
    ? random.below(2500)
    : Math.floor(duration_ms * (0.2 + 1.1 * random.next() ** 1.3))
  const acts = [createAct(visit, { type: 'view', watched_ms, duration_ms })]
  if (isSkipped) return acts
  const saving = topic.save * savingByAge[person.age] * (savingBySource[source] ?? 1)
  const position_ms = Math.min(watched_ms, duration_ms)
  if (random.next() < topic.like) {
    acts.push(createAct(visit, { type: 'like', position_ms }))
    if (random.next() < 0.03) acts.push(createAct(visit, { type: 'unlike' }, HOUR_MS))
  }
  if (random.next() < saving) {
    acts.push(createAct(visit, { type: 'save', position_ms }))
    const regret = random.next()
    let sum = 0
    const at = unsaves.findIndex((share) => regret < (sum += share))
    const afterMs = undoneAfterMs[at]
    if (afterMs !== undefined) acts.push(createAct(visit, { type: 'unsave' }, afterMs))
  }
  if (random.next() < topic.share) {
    const share_channel = random.pick(['direct_message', 'copy_link'] as const)
    acts.push(createAct(visit, { type: 'share', share_channel }))
  }
  if (random.next() < topic.comment) {
    acts.push(createAct(visit, { type: 'comment', position_ms }))
    if (random.next() < 0.04) acts.push(createAct(visit, { type: 'uncomment' }, HOUR_MS))
  }
  if (source !== 'following' && random.next() < rates.follow) {
    acts.push(createAct(visit, { type: 'follow' }))
    if (random.next() < 0.05) acts.push(createAct(visit, { type: 'unfollow' }, DAY_MS))
  }
  return acts
}

export function createAct(visit: Visit, deed: Deed, afterMs = 0): SimulatedAct {
  const { video, place, person, userId, actor, source, random } = visit
  const atMs = visit.atMs + afterMs
  const event: EngagementEvent = {
    event_id: uuid7(atMs, random.bytes(UUID7_RANDOM_BYTES)),
    occurred_at: new Date(atMs).toISOString(),
    user_id: userId,
    video_id: video.videoId,
    creator_id: video.creator.creatorId,
    region: person.region.code,
    age_band: person.age,
    gender: person.gender,
    device: person.device,
    traffic_source: deed.type === 'unsave' ? 'saved_list' : source,
    follow_status: source === 'following' ? 'follower' : 'non_follower',
    ...deed,
  }
  const luck = random.next()
  const sent =
    luck < rates.veryLate
      ? [sentAfterMs[2]]
      : luck < rates.veryLate + rates.late
        ? [sentAfterMs[1]]
        : luck > 1 - rates.twice
          ? [0, sentAfterMs[1]]
          : onTime
  return { event, atMs, video: place, actor, afterMs, sent }
}

const onTime = [0] as const
