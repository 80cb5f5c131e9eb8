// What the sealer has read and not yet worked off: touched slots and catalogue records, with the offsets that belong to them.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { Position, RecordBatch } from '#infra/kafka/event-log.ts'
import type { CreatorRecord, VideoRecord } from '#schemas/catalogue.ts'
import type { Decision } from '#schemas/decision.ts'
import { topics } from '#schemas/topics.ts'
import type { Touched } from '#schemas/touched.ts'
import { createTouchedDecoder } from '../engagement/touched-records.ts'
import type { Versioned } from './catalogue-rows.ts'
import { openDecisionCodec } from './decision-records.ts'
import type { DirtySet, DirtySpans } from './dirty-spans.ts'

export interface Work {
  readonly dirty: DirtySpans
  readonly videos: readonly Versioned<VideoRecord>[]
  readonly creators: readonly Versioned<CreatorRecord>[]
  /** To be committed once the work is done; without that of decisions. */
  readonly positions: readonly Position[]
  /** Highest touched offset that the work holds; -1: none was read yet. */
  readonly touchedOffset: bigint
}

export interface ReadDecision {
  readonly decision: Decision
  readonly offset: bigint
}

/** Decisions that were read back and are not applied yet, in order. */
export interface Decided {
  readonly read: readonly ReadDecision[]
  /** To be committed once they are applied; null: nothing was read. */
  readonly position: Position | null
}

/** What an inbox takes. */
export const inboxTopics = [
  topics.touched.name,
  topics.videos.name,
  topics.creators.name,
  topics.decisions.name,
] as const

export interface Inbox {
  /** Takes a batch of any of the sealer's topics in. */
  receive(batch: RecordBatch, minutesFromS: number): void
  /** Takes in that a partition was read this far, and nothing was there. */
  pass(position: Position): void
  /**
   * Forgets how far partitions were read, since they were given anew: another may have read on meanwhile,
   * and what is received from now on begins where the group is.
   */
  restart(): void
  /** Next offset of a partition that has not been received yet; 0: nothing was, since it was given. */
  nextOf(topic: string, partition: number): bigint
  /** Append time of the newest stored record of a partition of `engagement.v1`. */
  storedAppendedAtMs(partition: number): number | undefined
  /** Hands all work over. */
  take(): Work
  /**
   * Hands decisions over. Those of one pass belong together: where the log was not read to its end,
   * the last pass stays.
   */
  takeDecided(isEnd: boolean): Decided
  /** Takes decisions back that could not be applied, before those that came since. */
  giveBackDecided(decided: Decided): void
  /** Takes work back whose pass failed; newer records of the same keys stay newer. */
  giveBack(work: Work): void
  /** Whether records of the catalogue or decisions have to be worked off before more are received. */
  readonly isFull: boolean
}

/** Catalogue records in memory, of some 500 bytes: a sealer that begins anew reads the whole catalogue. */
const CATALOGUE_RECORDS_MAX = 20_000

/** All decisions lie in one partition, in order. */
const DECISIONS_PARTITION = 0

/** Decisions in memory, of some 300 bytes: many where a restored server gets all of its leaves again. */
const DECISIONS_MAX = 200_000

export function createInbox(dirtySet: DirtySet): Inbox {
  const decodeTouched = createTouchedDecoder()
  const videoCodec = openAvroCodec<VideoRecord>('video-v1')
  const creatorCodec = openAvroCodec<CreatorRecord>('creator-v1')
  const decisionCodec = openDecisionCodec()
  const next = new Map<string, Position>()
  const stored = new Map<number, { readonly offset: bigint; readonly appendedAtMs: number }>()
  const videos = new Map<bigint, Versioned<VideoRecord>>()
  const creators = new Map<bigint, Versioned<CreatorRecord>>()
  let decided: ReadDecision[] = []
  let touchedOffset = -1n

  function receiveTouched(touched: Touched, minutesFromS: number): void {
    const { stored: ranges } = touched
    dirtySet.markSlots(touched, minutesFromS)
    for (const { topic, partition, last_offset, appended_at } of ranges) {
      if (topic !== topics.engagement.name) continue
      const before = stored.get(partition)
      if (before !== undefined && before.offset > last_offset) continue
      stored.set(partition, { offset: last_offset, appendedAtMs: Number(appended_at) })
    }
  }

  return {
    receive({ topic, partition, records, nextOffset }, minutesFromS) {
      for (const { offset, value } of records) {
        if (value === null) continue
        if (topic === topics.touched.name) {
          const touched = decodeTouched(value)
          if (touched !== null) receiveTouched(touched, minutesFromS)
          touchedOffset = offset > touchedOffset ? offset : touchedOffset
        } else if (topic === topics.videos.name) {
          keepNewest(videos, videoCodec.decode(value), offset, (video) => video.video_id)
        } else if (topic === topics.decisions.name) {
          const decision = decisionCodec.decode(value)
          if (decision !== null) decided.push({ decision, offset })
        } else {
          keepNewest(creators, creatorCodec.decode(value), offset, (creator) => creator.creator_id)
        }
      }
      next.set(`${topic}/${partition}`, { topic, partition, offset: nextOffset })
    },
    restart() {
      next.clear()
    },
    pass(position) {
      next.set(`${position.topic}/${position.partition}`, position)
    },
    nextOf: (topic, partition) => next.get(`${topic}/${partition}`)?.offset ?? 0n,
    storedAppendedAtMs: (partition) => stored.get(partition)?.appendedAtMs,
    take() {
      const work = {
        dirty: dirtySet.take(),
        videos: [...videos.values()],
        creators: [...creators.values()],
        positions: [...next.values()].filter(({ topic }) => topic !== topics.decisions.name),
        touchedOffset,
      }
      videos.clear()
      creators.clear()
      return work
    },
    takeDecided(isEnd) {
      const end = next.get(`${topics.decisions.name}/${DECISIONS_PARTITION}`) ?? null
      const last = decided.at(-1)?.decision.generation
      const kept = isEnd ? [] : decided.filter(({ decision }) => decision.generation === last)
      const [first] = kept
      const read = first === undefined ? decided : decided.slice(0, decided.indexOf(first))
      decided = kept
      const position = end === null || first === undefined ? end : { ...end, offset: first.offset }
      return { read, position }
    },
    giveBackDecided({ read }) {
      decided = [...read, ...decided]
    },
    giveBack(work) {
      dirtySet.mark(work.dirty)
      for (const { record, version } of work.videos) {
        keepNewest(videos, record, version, (video) => video.video_id)
      }
      for (const { record, version } of work.creators) {
        keepNewest(creators, record, version, (creator) => creator.creator_id)
      }
    },
    get isFull() {
      return videos.size + creators.size >= CATALOGUE_RECORDS_MAX || decided.length >= DECISIONS_MAX
    },
  }
}

function keepNewest<T>(
  kept: Map<bigint, Versioned<T>>,
  record: T | null,
  version: bigint,
  keyOf: (record: T) => bigint,
): void {
  if (record === null) return
  const before = kept.get(keyOf(record))
  if (before === undefined || before.version <= version) {
    kept.set(keyOf(record), { record, version })
  }
}
