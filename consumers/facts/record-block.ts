// A block of facts being filled: decoded rows, and the records that they came from.
import type { Refusal } from '#infra/kafka/dead-letters.ts'
import type { LogRecord } from '#infra/kafka/event-log.ts'
import type { StoredRange } from '#schemas/touched.ts'
import { createEngagementColumns } from '../engagement/engagement-columns.ts'
import type { EngagementColumns } from '../engagement/engagement-columns.ts'

/** Rows of one insert: big blocks are cheap to store, and two of these are 25 MB here. */
export const BLOCK_ROWS = 100_000

/** Decoded rows with the records that they came from. Reused: a block is emptied, never made anew. */
export interface FactsBlock {
  readonly columns: EngagementColumns
  /** By partition: what is committed once the block is stored. */
  readonly ranges: Map<number, StoredRange>
  readonly refusals: Refusal[]
  /** The person of each row, filled when the block is stored. */
  readonly persons: Int32Array
}

export function emptyBlock(rowsMax: number): FactsBlock {
  const columns = createEngagementColumns(rowsMax)
  const persons = new Int32Array(columns.capacity * 2)
  return { columns, persons, ranges: new Map(), refusals: [] }
}

export function clearBlock(block: FactsBlock): void {
  block.columns.reset()
  block.ranges.clear()
  block.refusals.length = 0
}

/** Widens the range of a partition: its first offset stays, its last one moves on. */
export function keepRange({ ranges }: FactsBlock, record: LogRecord, lastOffset: bigint): void {
  const { topic, partition, offset, appendedAtMs } = record
  const before = ranges.get(partition)
  ranges.set(partition, {
    topic,
    partition,
    first_offset: before?.first_offset ?? offset,
    last_offset: lastOffset,
    appended_at: BigInt(appendedAtMs),
  })
}
