// Notices an event id that comes again with another payload: it counts once all the same, but its producer is at fault.
import type { EngagementColumns } from '../engagement/engagement-columns.ts'

export interface PayloadConflicts {
  /**
   * Looks at the rows from `fromRow` on. @returns how many ids among them had another payload before;
   * an id is counted once, however often it comes.
   */
  check(columns: EngagementColumns, fromRow: number): number
}

/** Ids that are remembered, 1 MB: eight times as many would not fit a processor's cache and take three times as long. */
const SLOT_BITS = 17

/** What an event says besides its id and its time, which the id holds; by how a row of it is stored. */
const payload = {
  codes: [
    'type',
    'region',
    'age_band',
    'gender',
    'device',
    'traffic_source',
    'follow_status',
    'share_channel',
  ],
  integers: ['watched_ms', 'duration_ms', 'position_ms'],
  pairs: ['user_id', 'video_id', 'creator_id', 'derived_video_id', 'collection_id'],
} as const

/**
 * A table of fixed size: an id has one slot by its random bits, and whoever comes later to a slot
 * takes it. So a second payload is noticed among about the last 130,000 events of this process. A
 * slot holds 31 bits of the id and 31 of the payload's hash: two ids are taken for one once in
 * 2 billion events, and two payloads for the same once in 2 billion. Nothing is allocated per event.
 * @param rowsMax rows of the largest columns that are looked at.
 */
export function createPayloadConflicts(rowsMax: number): PayloadConflicts {
  // Two a slot, side by side in one cache line: tag of the id (0: empty slot); hash of the payload,
  // and in its lowest bit whether the id was counted.
  const table = new Int32Array(2 << SLOT_BITS)
  const hashes = new Int32Array(rowsMax)
  return {
    check(columns, fromRow) {
      hashPayloads(columns, fromRow, hashes)
      const { rows, event_id } = columns
      let conflicts = 0
      for (let row = fromRow; row < rows; row++) {
        const start = row * 4
        const time = mix(event_id[start] ?? 0, event_id[start + 1] ?? 0)
        const random = mix(event_id[start + 2] ?? 0, event_id[start + 3] ?? 0)
        const place = (random >>> (32 - SLOT_BITS)) * 2
        const tag = mix(time, event_id[start + 3] ?? 0) | 1
        const hash = mix(hashes[row] ?? 0, 0) & ~1
        if (table[place] !== tag) {
          table[place] = tag
          table[place + 1] = hash
          continue
        }
        const before = table[place + 1] ?? 0
        if ((before & 1) === 1 || before === hash) continue
        table[place + 1] = before | 1
        conflicts += 1
      }
      return conflicts
    },
  }
}

/** A sum of all words, each with a factor of its own; column by column, so that every loop is tight. */
function hashPayloads(columns: EngagementColumns, fromRow: number, hashes: Int32Array): void {
  hashes.fill(0, fromRow, columns.rows)
  let word = 0
  const span = { fromRow, rows: columns.rows, hashes }
  for (const name of payload.codes) addCodes(columns[name], span, factorOf(word++))
  for (const name of payload.integers) addIntegers(columns[name], span, factorOf(word++))
  for (const name of payload.pairs) {
    addPairs(columns[name], span, [factorOf(word++), factorOf(word++)])
  }
}

interface Span {
  readonly fromRow: number
  readonly rows: number
  readonly hashes: Int32Array
}

function addCodes(codes: Uint8Array, { fromRow, rows, hashes }: Span, factor: number): void {
  for (let row = fromRow; row < rows; row++) {
    hashes[row] = (hashes[row] ?? 0) + Math.imul(codes[row] ?? 0, factor)
  }
}

// Not the same function as for codes: a loop over arrays of two kinds takes twice as long.
function addIntegers(values: Int32Array, { fromRow, rows, hashes }: Span, factor: number): void {
  for (let row = fromRow; row < rows; row++) {
    hashes[row] = (hashes[row] ?? 0) + Math.imul(values[row] ?? 0, factor)
  }
}

function addPairs(
  pairs: Int32Array,
  { fromRow, rows, hashes }: Span,
  [low, high]: readonly [number, number],
): void {
  for (let row = fromRow; row < rows; row++) {
    const both = Math.imul(pairs[row * 2] ?? 0, low) + Math.imul(pairs[row * 2 + 1] ?? 0, high)
    hashes[row] = (hashes[row] ?? 0) + both
  }
}

/** An odd number, so that no bit of a word is lost, and far from that of any other word. */
function factorOf(word: number): number {
  return mix(word, 0x9e3779b1) | 1
}

/** Two words as one whose bits all depend on all of theirs (the last step of MurmurHash3, Appleby 2011). */
function mix(a: number, b: number): number {
  let mixed = Math.imul(a, 0x9e3779b1) ^ b
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
