// Judges an event that a row gives as the edge would: plain ones by a look at their fields, all others by `parseEvent`.
import { flatEventOf } from '#infra/kafka/engagement-encoder.ts'
import type { FlatEvent } from '#infra/kafka/engagement-encoder.ts'
import {
  ageBands,
  devices,
  followStatuses,
  genders,
  regions,
  shareChannels,
  trafficSources,
} from '#schemas/dimensions.ts'
import type { EventType } from '#schemas/dimensions.ts'
import { parseEvent } from '#schemas/events/event.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import { isId } from '#schemas/ids.ts'
import type { RowFault } from './rows.ts'

/** An event as its row gives it; undefined: left out. A number that is a text could not be read. */
export interface Draft {
  readonly type: EventType
  /** Of the very millisecond that the event is judged with. */
  readonly event_id: string
  readonly user_id: string
  readonly video_id: string
  readonly creator_id: string
  readonly region: string | undefined
  readonly age_band: string | undefined
  readonly gender: string | undefined
  readonly device: string | undefined
  readonly traffic_source: string | undefined
  readonly follow_status: string | undefined
  readonly watched_ms: number | string | undefined
  readonly duration_ms: number | string | undefined
  readonly position_ms: number | string | undefined
  readonly share_channel: string | undefined
  readonly derived_video_id: string | undefined
  readonly collection_id: string | undefined
}

/** The event that the edge would take, or the fault that it would tell. */
export function judge(draft: Draft, atMs: number, arrivedAtMs: number): FlatEvent | RowFault {
  return plainEvent(draft, atMs, arrivedAtMs) ?? strictly(draft, atMs, arrivedAtMs)
}

function strictly(draft: Draft, atMs: number, arrivedAtMs: number): FlatEvent | RowFault {
  const given = Object.entries(draft).filter(([, value]) => value !== undefined)
  const input = { ...Object.fromEntries(given), occurred_at: new Date(atMs).toISOString() }
  const outcome = parseEvent(input, { arrivedAtMs, backfill: true })
  return outcome.ok ? flatEventOf(outcome.event) : outcome.fault
}

const domains = {
  region: new Set<string>(regions),
  age_band: new Set<string>(ageBands),
  gender: new Set<string>(genders),
  device: new Set<string>(devices),
  traffic_source: new Set<string>(trafficSources),
  follow_status: new Set<string>(followStatuses),
  share_channel: new Set<string>(shareChannels.slice(1)),
} as const

const withPosition: ReadonlySet<EventType> = new Set<EventType>([
  'like',
  'save',
  'share',
  'comment',
])

/**
 * A fast path, since `parseEvent` is a quarter of an import's work: null says nothing about an
 * event, and an event is one that `parseEvent` makes of the draft (held together by a test).
 */
export function plainEvent(draft: Draft, atMs: number, arrivedAtMs: number): FlatEvent | null {
  const { type, event_id, user_id, video_id, creator_id } = draft
  if (!(atMs >= 0 && atMs <= arrivedAtMs + eventLimits.aheadMs)) return null
  if (!isId(user_id) || !isId(video_id) || !isId(creator_id)) return null
  const flat: FlatEvent = {
    event_id,
    type,
    user_id,
    video_id,
    creator_id,
    region: draft.region ?? 'ZZ',
    age_band: draft.age_band ?? 'unknown',
    gender: draft.gender ?? 'unknown',
    device: draft.device ?? 'unknown',
    traffic_source: draft.traffic_source ?? 'unknown',
    follow_status: draft.follow_status ?? 'unknown',
    watched_ms: wholeOf(draft.watched_ms, 0),
    duration_ms: wholeOf(draft.duration_ms, 0),
    position_ms: wholeOf(draft.position_ms, -1),
    share_channel: draft.share_channel ?? 'unknown',
    derived_video_id: draft.derived_video_id ?? '0',
    collection_id: draft.collection_id ?? '0',
  }
  return hasOurValues(flat) && hasItsFields(draft, flat) ? flat : null
}

/** NaN, which is within no bounds, for what is no whole number. */
function wholeOf(value: number | string | undefined, none: number): number {
  if (value === undefined) return none
  return typeof value === 'number' && value >= 0 && Number.isInteger(value) ? value : Number.NaN
}

function hasOurValues(flat: FlatEvent): boolean {
  return (
    domains.region.has(flat.region) &&
    domains.age_band.has(flat.age_band) &&
    domains.gender.has(flat.gender) &&
    domains.device.has(flat.device) &&
    domains.traffic_source.has(flat.traffic_source) &&
    domains.follow_status.has(flat.follow_status)
  )
}

/** Each field that is given goes with the type, and is within its bounds. */
function hasItsFields(draft: Draft, flat: FlatEvent): boolean {
  const { type } = draft
  const isView = type === 'view'
  const isRemix = type === 'stitch' || type === 'duet'
  return (
    (draft.watched_ms !== undefined) === isView &&
    flat.watched_ms <= eventLimits.watchedMsMax &&
    (draft.duration_ms === undefined || isView) &&
    flat.duration_ms <= eventLimits.intMax &&
    (draft.position_ms === undefined || withPosition.has(type)) &&
    flat.position_ms <= eventLimits.intMax &&
    (draft.share_channel === undefined ||
      (type === 'share' && domains.share_channel.has(draft.share_channel))) &&
    (draft.derived_video_id === undefined ? !isRemix : isRemix && isId(draft.derived_video_id)) &&
    (draft.collection_id === undefined || (type === 'save' && isId(draft.collection_id)))
  )
}
