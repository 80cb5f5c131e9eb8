// Creators and videos of a trial; each trial on a platform has its own, so that one's damage is not the next one's.
import { videosOf } from './journal.ts'
import type { TrialCreator } from './journal.ts'
import type { TrialPlatform } from './trial-platform.ts'

/** Long ago: the open leaf of a video of that age began weeks ago. */
const PUBLISHED_MS = Date.parse('2026-01-01T00:00:00Z')

/** Three creators with four videos each, and two each that are disputed and that are saved. @param trial from 0. */
export function trialCreators(trial: number): readonly TrialCreator[] {
  return [1, 2, 3].map((creator) => {
    const id = 700_000 + trial * 10 + creator
    const video = (index: number): number => id * 10 + index
    return {
      id: String(id),
      publishedMs: PUBLISHED_MS,
      videos: [0, 1, 2, 3].map(video),
      disputed: [8, 9].map(video),
      saved: [6, 7].map(video),
    }
  })
}

/** Makes all videos of the creators known. @throws Error when that is refused. */
export async function catalogueOf(
  platform: TrialPlatform,
  creators: readonly TrialCreator[],
): Promise<void> {
  for (const creator of creators) {
    await platform.catalogue(creator.id, videosOf(creator), creator.publishedMs)
  }
}
