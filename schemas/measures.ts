// What is stored of open metrics, a column of the same name each: sums of facts, and counts of people.

/**
 * Open measures: sums of facts per video and span, stored per minute, quarter and UTC day. Each is a
 * column of the same name in every `rollups.video_*` and `rollups.creator_*` table.
 */
export const openMeasures = {
  views: 'Views: one per playback start.',
  engaged_views: 'Views that played 3 s, or the whole video where it is shorter.',
  watch_time_ms: 'Played milliseconds, loops included.',
  completions: 'Views that reached 95 % of a known duration.',
  timed_views: 'Views of known duration.',
  timed_watch_ms: 'Played milliseconds of views of known duration.',
  duration_sum_ms: 'Sum of the known durations of views.',
  likes: 'Likes, gross.',
  unlikes: 'Likes taken back, gross.',
  comments: 'Comments, gross.',
  uncomments: 'Comments removed, gross.',
  follows: 'Follows of the creator stamped with this video, gross.',
  unfollows: 'Unfollows stamped with this video, gross.',
  stitches: 'Published stitches of this video.',
  duets: 'Published duets of this video.',
} as const

export type OpenMeasure = keyof typeof openMeasures

/**
 * Measures that tell how somebody watched: of a video that is not public they are withheld on days
 * with fewer than `WITHHELD_BELOW_VIEWERS` viewers.
 */
export const watchMeasures: ReadonlySet<OpenMeasure> = new Set([
  'engaged_views',
  'watch_time_ms',
  'completions',
  'timed_views',
  'timed_watch_ms',
  'duration_sum_ms',
])

export const WITHHELD_BELOW_VIEWERS = 10

/** People by the UTC day of their first act on a video, columns of `rollups.*_people_days`. */
export const peopleMeasures = {
  viewers: 'People who viewed a video for the first time.',
  likers: 'People who liked a video for the first time.',
  commenters: 'People who commented on a video for the first time.',
  remixers: 'People who stitched or dueted a video for the first time.',
} as const

export type PeopleMeasure = keyof typeof peopleMeasures
