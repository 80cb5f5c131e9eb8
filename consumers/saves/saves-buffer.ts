// Gathers saves and unsaves, own acts included, from records of every kind of engagement.
import { createEngagementBuffer } from '../rows/engagement-buffer.ts'
import type { RowBuffer } from '../rows/row-consumer.ts'
import { savedTypes, savesBlock } from './saves-block.ts'

/** Rows of one insert; with the largest record on top they take 1.6 MB. */
const ROWS_MAX = 8000

export function createSavesBuffer(): RowBuffer<readonly Uint8Array[]> {
  return createEngagementBuffer({
    rowsMax: ROWS_MAX,
    keep: { types: savedTypes, ownActs: true },
    toBlock: savesBlock,
  })
}
