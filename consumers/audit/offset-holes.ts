// Finds records that the facts consumer has committed and that no stored block tells of: what would be lost for good.
import type { EventLog, LogRecord, PartitionOffsets } from '#infra/kafka/event-log.ts'
import { consumerGroups, topics } from '#schemas/topics.ts'
import { createTouchedDecoder } from '../engagement/touched-records.ts'
import { createOffsetSet } from './offset-set.ts'
import type { Offsets, OffsetSet } from './offset-set.ts'

export interface Hole extends Offsets {
  readonly partition: number
  /** Records that stand in it; control records and aborted ones are none. */
  readonly records: number
}

export interface OffsetAudit {
  readonly partitions: number
  /** Offsets that were looked at, over all partitions. */
  readonly offsets: bigint
  /** Records of `touched.v1` that were read. */
  readonly blocks: number
  readonly holes: readonly Hole[]
  /** Kept and committed offsets from before the time that `touched.v1` remembers: not looked at. */
  readonly forgotten: bigint
}

export interface OffsetAuditOptions {
  readonly eventLog: EventLog
  readonly stop: AbortSignal
  /** Hears how many blocks were read. */
  readonly onProgress: (blocks: number) => void
}

const engagement = topics.engagement.name

/** Changes nothing, and may run beside everything else. @throws PipelineError of the log. */
export async function findOffsetHoles(options: OffsetAuditOptions): Promise<OffsetAudit> {
  const { eventLog } = options
  // In this order: a block is told of before its offsets are committed.
  const committed = await eventLog.committedOf(consumerGroups.facts, engagement)
  const ends = await eventLog.offsetsOf(engagement)
  const stored = await readStored(options)
  const since = await rememberedSince(eventLog, stored)
  const holes: Hole[] = []
  let offsets = 0n
  let forgotten = 0n
  for (const { partition, low } of ends) {
    const first = max(low, since?.get(partition) ?? low)
    const last = (committed.get(partition) ?? 0n) - 1n
    forgotten += max(0n, min(first, last + 1n) - low)
    if (first > last) continue
    offsets += last - first + 1n
    const set = stored.sets.get(partition) ?? createOffsetSet()
    for (const hole of set.missing({ first, last })) {
      const records = await countRecords(options, partition, hole)
      if (records > 0) holes.push({ ...hole, partition, records })
    }
  }
  return { partitions: ends.length, offsets, blocks: stored.blocks, holes, forgotten }
}

interface StoredRanges {
  readonly sets: ReadonlyMap<number, OffsetSet>
  readonly blocks: number
  /** Append time of the oldest touched record. */
  readonly oldestMs: number | null
  readonly touched: PartitionOffsets | undefined
}

async function readStored({
  eventLog,
  stop,
  onProgress,
}: OffsetAuditOptions): Promise<StoredRanges> {
  const [touched] = await eventLog.offsetsOf(topics.touched.name)
  const decode = createTouchedDecoder()
  const sets = new Map<number, OffsetSet>()
  let blocks = 0
  let oldestMs: number | null = null
  const takeRecord = ({ value, appendedAtMs }: LogRecord): void => {
    oldestMs ??= appendedAtMs
    blocks += 1
    for (const range of (value === null ? null : decode(value))?.stored ?? []) {
      if (range.topic !== engagement) continue
      const set = sets.get(range.partition) ?? createOffsetSet()
      set.add({ first: range.first_offset, last: range.last_offset })
      sets.set(range.partition, set)
    }
  }
  await eventLog.readRanges({
    topic: topics.touched.name,
    ranges: touched === undefined ? [] : [{ partition: 0, from: touched.low, to: touched.high }],
    async take(records) {
      for (const record of records) takeRecord(record)
      onProgress(blocks)
    },
    stop,
  })
  return { sets, blocks, oldestMs, touched }
}

/**
 * From which offsets on `touched.v1` must tell of every record; null: of all that is kept. Both topics
 * are kept equally long, but are cut off at different times: whatever was appended before the oldest
 * touched record may have been told of by one that is gone.
 */
async function rememberedSince(
  eventLog: EventLog,
  { oldestMs, touched }: StoredRanges,
): Promise<ReadonlyMap<number, bigint> | null> {
  if (touched === undefined || touched.low === 0n) return null
  if (oldestMs !== null) return eventLog.offsetsSince(engagement, oldestMs)
  const ends = await eventLog.offsetsOf(engagement)
  return new Map(ends.map(({ partition, high }) => [partition, high]))
}

/** A transaction's end and what it had aborted take offsets and are no records. */
async function countRecords(
  { eventLog, stop }: OffsetAuditOptions,
  partition: number,
  { first, last }: Offsets,
): Promise<number> {
  let found = 0
  await eventLog.readRanges({
    topic: engagement,
    ranges: [{ partition, from: first, to: last + 1n }],
    async take(records) {
      found += records.length
    },
    stop,
  })
  return found
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
