// Gathers what events claim of stitches and duets, from records of every kind of engagement.
import { eventTypes } from '#schemas/dimensions.ts'
import { remixTypes } from '#schemas/notification.ts'
import type { RemixType } from '#schemas/notification.ts'
import { bigIntAt } from '../engagement/engagement-columns.ts'
import type { EngagementColumns } from '../engagement/engagement-columns.ts'
import { createEngagementBuffer } from '../rows/engagement-buffer.ts'
import type { RowBuffer } from '../rows/row-consumer.ts'

/** That a video was made from another, as an event says: anybody may claim anything. */
export interface Claim {
  readonly type: RemixType
  /** The original video. */
  readonly videoId: bigint
  /** The new video. */
  readonly derivedVideoId: bigint
  /** Who made it. */
  readonly userId: bigint
  readonly occurredAtMs: number
}

/** Rows of one block: remixes are rare, and each becomes an object here. */
const ROWS_MAX = 2000

/** Remixes of one's own videos are left out where the event itself says so. */
export function createClaimsBuffer(): RowBuffer<readonly Claim[]> {
  return createEngagementBuffer({
    rowsMax: ROWS_MAX,
    keep: { types: remixTypes, ownActs: false },
    toBlock: (columns) => Array.from({ length: columns.rows }, (_, row) => claimAt(columns, row)),
  })
}

const STITCH = eventTypes.indexOf('stitch')

function claimAt(columns: EngagementColumns, row: number): Claim {
  return {
    type: columns.type[row] === STITCH ? 'stitch' : 'duet',
    videoId: bigIntAt(columns.video_id, row),
    derivedVideoId: bigIntAt(columns.derived_video_id, row),
    userId: bigIntAt(columns.user_id, row),
    occurredAtMs: Number(bigIntAt(columns.occurred_at, row)),
  }
}
