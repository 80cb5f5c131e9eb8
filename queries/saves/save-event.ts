// Makes the engagement event of a save or an unsave, stamped so that it stands above the pair's present state.
import type { EngagementEvent } from '#schemas/events/event.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import { uuid7 } from '#schemas/ids.ts'
import type { SaveDimensions } from './save-body.ts'

/** The record's `source`, which consumers grant more time ahead and an unknown creator. */
export const SAVES_SOURCE = 'saves'

/** Clocks of brokers and of this process differ; what is stamped must be taken by every consumer. */
const CLOCK_DIFFERENCE_MS = 30_000

/**
 * When an act occurs, ms since 1970: now, or just above the pair's present state where that lies
 * ahead. Null when it would lie further ahead than consumers take.
 */
export function stampOf(nowMs: number, storedMs: number | null): number | null {
  const atMs = Math.max(nowMs, storedMs === null ? 0 : storedMs + 1)
  return atMs - nowMs > eventLimits.aheadSavesMs - CLOCK_DIFFERENCE_MS ? null : atMs
}

export interface SaveEventOptions {
  readonly saved: boolean
  readonly atMs: number
  readonly userId: string
  readonly videoId: string
  /** '0': the catalogue doesn't know the video yet. */
  readonly creatorId: string
  readonly dimensions: SaveDimensions
  /** `UUID7_RANDOM_BYTES` random bytes. */
  readonly random: Uint8Array
}

export function createSaveEvent(options: SaveEventOptions): EngagementEvent {
  const { saved, atMs, userId, videoId, creatorId, dimensions, random } = options
  return {
    type: saved ? 'save' : 'unsave',
    event_id: uuid7(atMs, random),
    occurred_at: new Date(atMs).toISOString(),
    user_id: userId,
    video_id: videoId,
    creator_id: creatorId,
    ...dimensions,
  }
}
