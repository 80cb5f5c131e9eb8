// The decoder's rules once more, as plainly as they can be said: one BigInt at a time, no column, no speed.
import type { EventRefusal } from '#consumers/engagement/engagement-decoder.ts'
import { header } from './avro-events.ts'
import type { Decoded, Row } from './rows.ts'

/** What stands in an event, in order: 16 bytes, a long, an int, or an enum of so many symbols. */
const forms = [
  ['event_id', 'uuid'],
  ['type', 12],
  ['occurred_at', 'long'],
  ['user_id', 'long'],
  ['video_id', 'long'],
  ['creator_id', 'long'],
  ['region', 250],
  ['age_band', 8],
  ['gender', 4],
  ['device', 6],
  ['traffic_source', 19],
  ['follow_status', 3],
  ['watched_ms', 'int'],
  ['duration_ms', 'int'],
  ['position_ms', 'int'],
  ['share_channel', 5],
  ['derived_video_id', 'long'],
  ['collection_id', 'long'],
] as const

type FieldName = (typeof forms)[number][0]
type Values = Map<FieldName, bigint>

interface Context {
  readonly now: bigint
  readonly fromSaves: boolean
  readonly backfill: boolean
}

type Fault = readonly [EventRefusal['reason'], FieldName]

const VIEW = 0n
const LIKE = 1n
const SAVE = 3n
const SHARE = 5n
const COMMENT = 6n
const REMIXES = [10n, 11n]

/** Rows and refusals of one record whose acts of every type are kept, own ones included. */
export function decodePlainly(value: Buffer, appendedAtMs: number): Decoded {
  const whole = (reason: EventRefusal['reason'], field: string): Decoded => ({
    rows: [],
    refusals: [{ reason, field, index: -1, start: 0, end: value.length }],
  })
  if (value.length < 10 || value.length > 1_048_576) return whole('undecodable', '')
  if (!value.subarray(0, 2).equals(header.subarray(0, 2))) return whole('undecodable', '')
  if (!value.subarray(0, 10).equals(header)) return whole('unknown_schema', '')
  const read = readRecord(value, BigInt(appendedAtMs))
  return typeof read === 'string' ? whole('undecodable', read) : read
}

/** @returns the field at fault where the record is broken. */
function readRecord(value: Buffer, now: bigint): Decoded | string {
  let at = 10
  const take = (count: number): Buffer | null => {
    if (count > value.length - at) return null
    at += count
    return value.subarray(at - count, at)
  }
  const varint = (bits: bigint): bigint | null => {
    let raw = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = take(1)?.[0]
      if (byte === undefined || shift >= bits) return null
      raw |= BigInt(byte & 127) << shift
      if (byte < 128) break
    }
    return raw >> bits === 0n ? (raw >> 1n) ^ -(raw & 1n) : null
  }

  const sentAt = varint(64n)
  const sourceSize = varint(64n)
  if (sentAt === null || sourceSize === null) return ''
  if (sourceSize < 0n || sourceSize > 64n) return 'source'
  const source = take(Number(sourceSize))
  const backfill = take(1)?.[0]
  if (source === null || backfill === undefined || backfill > 1) return ''
  const context = { now, fromSaves: source.equals(Buffer.from('saves')), backfill: backfill === 1 }

  const rows: Row[] = []
  const refusals: EventRefusal[] = []
  for (let index = 0; ;) {
    const count = varint(64n)
    if (count === null) return ''
    if (count === 0n) break
    const size = count < 0n ? varint(64n) : -1n
    if (size === null || size > BigInt(value.length - at) || (count < 0n && size < 0n)) return ''
    const items = count < 0n ? -count : count
    if (BigInt(index) + items > 10_000n) return 'events'
    const begin = at
    for (const last = index + Number(items); index < last; index++) {
      const start = at
      const values: Values = new Map()
      let id: Buffer = Buffer.alloc(0)
      for (const [name, form] of forms) {
        if (form === 'uuid') id = take(16) ?? id
        const read = form === 'uuid' ? 0n : varint(form === 'long' ? 64n : 32n)
        if (read === null || id.length === 0) return ''
        values.set(name, read)
      }
      const fault = faultOf(id, values, context)
      if (fault === null) rows.push(rowOf(id, values))
      else refusals.push({ reason: fault[0], field: fault[1], index, start, end: at })
    }
    if (size !== -1n && at !== begin + Number(size)) return ''
  }
  return at === value.length ? { rows, refusals } : ''
}

function faultOf(id: Buffer, values: Values, { now, fromSaves, backfill }: Context): Fault | null {
  const get = (name: FieldName): bigint => values.get(name) ?? 0n
  const type = get('type')
  const isRemix = REMIXES.includes(type)
  const at = get('occurred_at')
  const [version = 0, variant = 0] = [id[6], id[8]]
  const rules: readonly (readonly [boolean, ...Fault])[] = [
    [type < 0n || type > 11n, 'not_allowed', 'type'],
    [version >> 4 !== 7 || variant >> 6 !== 2, 'not_uuid7', 'event_id'],
    [get('user_id') < 1n, 'out_of_range', 'user_id'],
    [get('video_id') < 1n, 'out_of_range', 'video_id'],
    [get('creator_id') < (fromSaves ? 0n : 1n), 'out_of_range', 'creator_id'],
    ...forms
      .filter(([name, form]) => typeof form === 'number' && (get(name) < 0n || get(name) >= form))
      .map(([name]) => [true, 'not_allowed', name] as const),
    [get('watched_ms') < 0n || get('watched_ms') > 86_400_000n, 'out_of_range', 'watched_ms'],
    [get('duration_ms') < 0n, 'out_of_range', 'duration_ms'],
    [get('position_ms') < -1n, 'out_of_range', 'position_ms'],
    [get('derived_video_id') < 0n, 'out_of_range', 'derived_video_id'],
    [get('collection_id') < 0n, 'out_of_range', 'collection_id'],
    [isRemix && get('derived_video_id') === 0n, 'missing_field', 'derived_video_id'],
    [get('watched_ms') !== 0n && type !== VIEW, 'not_allowed', 'watched_ms'],
    [get('duration_ms') !== 0n && type !== VIEW, 'not_allowed', 'duration_ms'],
    [
      get('position_ms') !== -1n && ![LIKE, SAVE, SHARE, COMMENT].includes(type),
      'not_allowed',
      'position_ms',
    ],
    [get('share_channel') !== 0n && type !== SHARE, 'not_allowed', 'share_channel'],
    [get('derived_video_id') !== 0n && !isRemix, 'not_allowed', 'derived_video_id'],
    [get('collection_id') !== 0n && type !== SAVE, 'not_allowed', 'collection_id'],
    [at < 0n, 'out_of_range', 'occurred_at'],
    [at > now + (fromSaves ? 600_000n : 300_000n), 'in_future', 'occurred_at'],
    [!backfill && at < now - 604_800_000n, 'too_old', 'occurred_at'],
    [at >= 4_294_967_296_000n, 'out_of_range', 'occurred_at'],
    [BigInt(id.readUIntBE(0, 6)) !== at, 'id_time_mismatch', 'event_id'],
  ]
  const [, ...fault] = rules.find(([isBroken]) => isBroken) ?? [false]
  return fault.length === 2 ? fault : null
}

function rowOf(id: Buffer, values: Values): Row {
  const row: Record<string, string | number | bigint> = {}
  for (const [name, form] of forms) {
    const value = values.get(name) ?? 0n
    row[name] = form === 'long' ? value : Number(value)
  }
  const slot = Number((values.get('occurred_at') ?? 0n) / 10_000n) * 10
  return { ...row, slot, event_id: id.toString('hex') }
}
