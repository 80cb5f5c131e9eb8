// The columns of tables that a program writes as raw bytes; a test holds them against the migrations.
import {
  ageBands,
  devices,
  eventTypes,
  followStatuses,
  genders,
  shareChannels,
  trafficSources,
} from './dimensions.ts'

/** `Enum8` whose value is the index in its list, so that an Avro enum index is the column's byte. */
function enum8(values: readonly string[]): string {
  return `Enum8(${values.map((value, index) => `'${value}' = ${index}`).join(', ')})`
}

/**
 * `vault.facts` as inserted, in order: one row an event, no user id. `payload_hash`, the table's
 * version, is computed by the server from these columns.
 */
export const factsColumns = [
  { name: 'slot', type: `DateTime('UTC')` },
  { name: 'event_id', type: 'FixedString(16)' },
  { name: 'type', type: enum8(eventTypes) },
  { name: 'occurred_at', type: `DateTime64(3, 'UTC')` },
  { name: 'video_id', type: 'UInt64' },
  { name: 'creator_id', type: 'UInt64' },
  { name: 'person', type: 'UInt64' },
  { name: 'region', type: 'LowCardinality(String)' },
  { name: 'age_band', type: enum8(ageBands) },
  { name: 'gender', type: enum8(genders) },
  { name: 'device', type: enum8(devices) },
  { name: 'traffic_source', type: enum8(trafficSources) },
  { name: 'follow_status', type: enum8(followStatuses) },
  { name: 'watched_ms', type: 'UInt32' },
  { name: 'duration_ms', type: 'UInt32' },
  { name: 'position_ms', type: 'Int32' },
  { name: 'share_channel', type: enum8(shareChannels) },
  { name: 'derived_video_id', type: 'UInt64' },
] as const

export type FactsColumn = (typeof factsColumns)[number]['name']

/** What a person did first on a video: a row of `vault.people` each; `others` are undoings and follows. */
const peopleKinds = [
  'viewers',
  'likers',
  'commenters',
  'remixers',
  'saves',
  'unsaves',
  'shares',
  'others',
] as const

/** The type of `vault.people.metric`. */
export const peopleKindType = enum8(peopleKinds)

/** `vault.saves` as inserted, in order: one row an act on a pair of user and video. */
export const savesColumns = [
  { name: 'user_id', type: 'UInt64' },
  { name: 'video_id', type: 'UInt64' },
  { name: 'saved', type: 'Bool' },
  { name: 'saved_at', type: `DateTime64(3, 'UTC')` },
  { name: 'version', type: 'UInt64' },
] as const

export type SavesColumn = (typeof savesColumns)[number]['name']

/** Length of a slot: the unit in which facts are touched and recounted. */
export const SLOT_SECONDS = 10
