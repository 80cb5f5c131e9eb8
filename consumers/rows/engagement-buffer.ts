// Gathers the events that a consumer keeps, from records of every kind of engagement, until they are stored as one block.
import { readSchema } from '#infra/kafka/avro.ts'
import type { Keep } from '../engagement/decoder-source.ts'
import { createEngagementColumns } from '../engagement/engagement-columns.ts'
import type { EngagementColumns } from '../engagement/engagement-columns.ts'
import { createEngagementDecoder } from '../engagement/engagement-decoder.ts'
import type { RowBuffer } from './row-consumer.ts'

export interface EngagementBufferOptions<Block> {
  /** Rows of one block; the largest record may come on top. */
  readonly rowsMax: number
  readonly keep: Keep
  /** All rows as a block; a copy, since the columns are emptied at once. */
  readonly toBlock: (columns: EngagementColumns) => Block
}

export function createEngagementBuffer<Block>({
  rowsMax,
  keep,
  toBlock,
}: EngagementBufferOptions<Block>): RowBuffer<Block> {
  const columns = createEngagementColumns(rowsMax)
  const decoder = createEngagementDecoder({ schema: readSchema('engagement-v1'), keep })
  return {
    get rows() {
      return columns.rows
    },
    isFull: () => columns.isFull(),
    add(record) {
      decoder.decode(record.value, record, columns, leaveToFacts)
    },
    drain() {
      const block = toBlock(columns)
      columns.reset()
      return block
    },
  }
}

/** The facts consumer reads the same records and parks what is refused, so that each is told once. */
function leaveToFacts(): void {
  // Passed over here.
}
