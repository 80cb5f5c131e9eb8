// Where decoded events wait for their insert: typed arrays that are the bytes of a ClickHouse block, allocated once.
import { eventLimits } from '#schemas/events/limits.ts'

/**
 * Events by column; row `i` of every column is one event. 64-bit values are two Int32 a row, low half
 * first, so that no BigInt is made. Enum columns hold a value's index in its list in
 * `#schemas/dimensions.ts`.
 */
export interface EngagementColumns {
  /** Rows that are filled; the decoder advances it, `reset` takes it back to 0. */
  rows: number
  /** From this many rows on `isFull` says so; a record begun before it always fits whole. */
  readonly flushAtRows: number
  /** `flushAtRows` plus the events of the largest record. */
  readonly capacity: number
  /** Unix seconds of `occurred_at`, cut to 10 s; unsigned. */
  readonly slot: Uint32Array
  /** Four a row: the 16 bytes of the UUID as they came. */
  readonly event_id: Int32Array
  readonly type: Uint8Array
  /** Milliseconds since 1970, below 2^32 s. */
  readonly occurred_at: Int32Array
  readonly user_id: Int32Array
  readonly video_id: Int32Array
  readonly creator_id: Int32Array
  readonly region: Uint8Array
  readonly age_band: Uint8Array
  readonly gender: Uint8Array
  readonly device: Uint8Array
  readonly traffic_source: Uint8Array
  readonly follow_status: Uint8Array
  readonly watched_ms: Int32Array
  readonly duration_ms: Int32Array
  /** -1: not given. */
  readonly position_ms: Int32Array
  readonly share_channel: Uint8Array
  /** 0: none. */
  readonly derived_video_id: Int32Array
  /** 0: none. */
  readonly collection_id: Int32Array
  /** Whether the rows must be stored and `reset` before the next record is decoded. */
  isFull(): boolean
  /** Gives the rows up; views of the columns that still wait to be sent would change. */
  reset(): void
}

/** 64 bytes in 8 columns of 8 and 16, 16 in 4 of 4, 8 in 8 of 1. Untouched rows cost no memory. */
export const BYTES_PER_ROW = 88

/** @param flushAtRows 1 or more; `BYTES_PER_ROW` for each of them and of 10,000 more are reserved. */
export function createEngagementColumns(flushAtRows: number): EngagementColumns {
  const capacity = flushAtRows + eventLimits.batchEventsMax
  const pairs = (): Int32Array => new Int32Array(capacity * 2)
  const integers = (): Int32Array => new Int32Array(capacity)
  const codes = (): Uint8Array => new Uint8Array(capacity)
  return {
    rows: 0,
    flushAtRows,
    capacity,
    slot: new Uint32Array(capacity),
    event_id: new Int32Array(capacity * 4),
    type: codes(),
    occurred_at: pairs(),
    user_id: pairs(),
    video_id: pairs(),
    creator_id: pairs(),
    region: codes(),
    age_band: codes(),
    gender: codes(),
    device: codes(),
    traffic_source: codes(),
    follow_status: codes(),
    watched_ms: integers(),
    duration_ms: integers(),
    position_ms: integers(),
    share_channel: codes(),
    derived_video_id: pairs(),
    collection_id: pairs(),
    isFull() {
      return this.rows >= this.flushAtRows
    },
    reset() {
      this.rows = 0
    },
  }
}

/** The 64-bit value of a row, for the few rows that are looked at one by one. */
export function bigIntAt(pairs: Int32Array, row: number): bigint {
  const low = BigInt((pairs[row * 2] ?? 0) >>> 0)
  return (BigInt(pairs[row * 2 + 1] ?? 0) << 32n) | low
}

/** Takes rows out; those that stay keep their order. */
export function removeRows(columns: EngagementColumns, isGone: (row: number) => boolean): void {
  const { rows, capacity } = columns
  const arrays = Object.values(columns).filter(isColumn)
  let kept = 0
  for (let row = 0; row < rows; row++) {
    if (isGone(row)) continue
    if (kept < row) {
      for (const array of arrays) {
        const width = array.length / capacity
        array.copyWithin(kept * width, row * width, (row + 1) * width)
      }
    }
    kept += 1
  }
  columns.rows = kept
}

function isColumn(value: unknown): value is Int32Array | Uint32Array | Uint8Array {
  return value instanceof Int32Array || value instanceof Uint32Array || value instanceof Uint8Array
}
