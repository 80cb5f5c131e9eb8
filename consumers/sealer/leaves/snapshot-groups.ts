// How the people of open leaves are found: by the facts of the last minutes, and once an hour by video, whoever came in late among them.
import type { SnapshotVideos } from './seal-snapshot.ts'

export interface OpenLeaves {
  readonly videoId: bigint
  /** Where the first leaf that is not sealed begins, Unix seconds. */
  readonly fromS: number
}

const HOUR_S = 3600

/**
 * Leaves within one clock hour take people from facts: they cost what happened in that time. Those that
 * reach into the next take every unsealed one of the video, so that whoever came in late waits for an
 * hour, and not for as long as a video is busy.
 */
export function groupsOf(open: readonly OpenLeaves[], edgeS: number): readonly SnapshotVideos[] {
  const isWithinHour = ({ fromS }: OpenLeaves): boolean => hourOf(fromS) === hourOf(edgeS)
  const within = open.filter((leaves) => isWithinHour(leaves))
  const sinceS = Math.min(...within.map(({ fromS }) => fromS))
  const ids = (some: readonly OpenLeaves[]) => some.map(({ videoId }) => videoId)
  return [
    { videoIds: ids(open.filter((leaves) => !isWithinHour(leaves))), sinceS: null },
    { videoIds: ids(within), sinceS },
  ]
}

function hourOf(atS: number): number {
  return Math.floor(atS / HOUR_S)
}
