// Gathers saves and unsaves, own acts included, from records of every kind of engagement.
import { readSchema } from '#infra/kafka/avro.ts'
import { createEngagementColumns } from '../engagement/engagement-columns.ts'
import { createEngagementDecoder } from '../engagement/engagement-decoder.ts'
import type { RowBuffer } from '../rows/row-consumer.ts'
import { savedTypes, savesBlock } from './saves-block.ts'

/** Rows of one insert; with the largest record on top they take 1.6 MB. */
const ROWS_MAX = 8000

export function createSavesBuffer(): RowBuffer<readonly Uint8Array[]> {
  const columns = createEngagementColumns(ROWS_MAX)
  const decoder = createEngagementDecoder({
    schema: readSchema('engagement-v1'),
    keep: { types: savedTypes, ownActs: true },
  })
  return {
    get rows() {
      return columns.rows
    },
    isFull: () => columns.isFull(),
    add(record) {
      decoder.decode(record.value, record, columns, leaveToFacts)
    },
    drain() {
      const body = savesBlock(columns)
      columns.reset()
      return body
    },
  }
}

/** The facts consumer reads the same records and parks what is refused, so that each is told once. */
function leaveToFacts(): void {
  // Passed over here.
}
