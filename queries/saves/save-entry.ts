// A row of a save list as its owner sees it; of a video that nobody may see, no more than that it was saved.
import type { VideoTitle } from './save-store.ts'

export interface SaveEntry {
  readonly video_id: string
  readonly saved_at: string
  /** Ids of the owner's collections that the video is in: none until there are collections. */
  readonly collections: readonly string[]
  readonly available: boolean
  readonly creator_id?: string
  readonly title?: string
  /** Left out when unknown. */
  readonly duration_ms?: number
  /** Left out when there is none. */
  readonly thumbnail_url?: string
}

export interface SavedVideo {
  readonly videoId: string
  readonly savedAtMs: number
}

/** Unknown, private, friends-only and deleted videos look alike: `available: false` and no more. */
export function toSaveEntry(save: SavedVideo, title: VideoTitle | undefined): SaveEntry {
  const row = {
    video_id: save.videoId,
    saved_at: new Date(save.savedAtMs).toISOString(),
    collections: [],
  }
  if (title?.visible !== true) return { ...row, available: false }
  return {
    ...row,
    available: true,
    creator_id: title.creatorId,
    title: title.title,
    ...(title.durationMs === 0 ? {} : { duration_ms: title.durationMs }),
    ...(title.thumbnailUrl === '' ? {} : { thumbnail_url: title.thumbnailUrl }),
  }
}
