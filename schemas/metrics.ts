// Every number that can be asked for: what it is made from, and how exposed it is.
import { guardedMetrics } from './guarded-metrics.ts'
import type { Metric } from './metric-kinds.ts'
import { peopleRatios } from './people-ratios.ts'

const count = { kind: 'sum', exposure: 'open', unit: 'events' } as const
const people = { kind: 'people', exposure: 'open', unit: 'people' } as const
const ratio = { kind: 'ratio', exposure: 'open', unit: 'ratio' } as const
const perView = [[1, 'views']] as const
const stitchesAndDuets = [
  [1, 'stitches'],
  [1, 'duets'],
] as const

export const metrics = {
  views: {
    ...count,
    definition: 'views@1',
    title: 'Views',
    description: 'Playback starts by others than the creator; playing it again counts again.',
    of: [[1, 'views']],
  },
  engaged_views: {
    ...count,
    definition: 'engaged_views@1',
    title: 'Engaged views',
    description: 'Views that played for 3 seconds, or to the end where the video is shorter.',
    of: [[1, 'engaged_views']],
  },
  watch_time_ms: {
    ...count,
    definition: 'watch_time_ms@1',
    title: 'Watch time',
    description: 'Time that others played the video, in milliseconds, loops included.',
    unit: 'milliseconds',
    of: [[1, 'watch_time_ms']],
  },
  completions: {
    ...count,
    definition: 'completions@1',
    title: 'Completions',
    description: 'Views that reached 95 % of the video; only where its duration is known.',
    of: [[1, 'completions']],
  },
  avg_watch_ms: {
    ...ratio,
    definition: 'avg_watch_ms@1',
    title: 'Average watch time',
    description: 'Watch time divided by views, in milliseconds.',
    unit: 'milliseconds',
    numerator: [[1, 'watch_time_ms']],
    denominator: perView,
  },
  avg_percent_viewed: {
    ...ratio,
    definition: 'avg_percent_viewed@1',
    title: 'Average share viewed',
    description:
      'Watch time divided by the summed durations of the videos viewed; above 1 where they loop. Only views of known duration count.',
    numerator: [[1, 'timed_watch_ms']],
    denominator: [[1, 'duration_sum_ms']],
  },
  completion_rate: {
    ...ratio,
    definition: 'completion_rate@1',
    title: 'Completion rate',
    description: 'Completions divided by the views of known duration.',
    numerator: [[1, 'completions']],
    denominator: [[1, 'timed_views']],
  },
  skip_rate: {
    ...ratio,
    definition: 'skip_rate@1',
    title: 'Skip rate',
    description: 'Views that were not engaged views, divided by views.',
    numerator: [[1, 'engaged_views']],
    denominator: perView,
    complement: true,
  },
  likes: {
    ...count,
    definition: 'likes@1',
    title: 'Likes',
    description: 'Likes given, those taken back later included.',
    of: [[1, 'likes']],
  },
  unlikes: {
    ...count,
    definition: 'unlikes@1',
    title: 'Likes taken back',
    description: 'Likes that were taken back in this span, whenever they were given.',
    of: [[1, 'unlikes']],
  },
  net_likes: {
    ...count,
    definition: 'net_likes@1',
    title: 'Net likes',
    description: 'Likes given less likes taken back; below zero where more were taken back.',
    of: [
      [1, 'likes'],
      [-1, 'unlikes'],
    ],
  },
  comments: {
    ...count,
    definition: 'comments@1',
    title: 'Comments',
    description: 'Comments written, those removed later included.',
    of: [[1, 'comments']],
  },
  net_comments: {
    ...count,
    definition: 'net_comments@1',
    title: 'Net comments',
    description: 'Comments written less comments removed; below zero where more were removed.',
    of: [
      [1, 'comments'],
      [-1, 'uncomments'],
    ],
  },
  follows: {
    ...count,
    definition: 'follows@1',
    title: 'Follows',
    description: 'Follows of the creator that came from this video.',
    of: [[1, 'follows']],
  },
  unfollows: {
    ...count,
    definition: 'unfollows@1',
    title: 'Unfollows',
    description: 'Times the creator was unfollowed from this video.',
    of: [[1, 'unfollows']],
  },
  net_follows: {
    ...count,
    definition: 'net_follows@1',
    title: 'Net follows',
    description: 'Follows less unfollows from this video; below zero where more left.',
    of: [
      [1, 'follows'],
      [-1, 'unfollows'],
    ],
  },
  stitches: {
    ...count,
    definition: 'stitches@1',
    title: 'Stitches',
    description: 'Videos published as a stitch of this one.',
    of: [[1, 'stitches']],
  },
  duets: {
    ...count,
    definition: 'duets@1',
    title: 'Duets',
    description: 'Videos published as a duet with this one.',
    of: [[1, 'duets']],
  },
  remixes: {
    ...count,
    definition: 'remixes@1',
    title: 'Remixes',
    description: 'Stitches and duets together.',
    of: stitchesAndDuets,
  },
  like_rate: {
    ...ratio,
    definition: 'like_rate@1',
    title: 'Like rate',
    description: 'Likes given divided by views.',
    numerator: [[1, 'likes']],
    denominator: perView,
  },
  comment_rate: {
    ...ratio,
    definition: 'comment_rate@1',
    title: 'Comment rate',
    description: 'Comments written divided by views.',
    numerator: [[1, 'comments']],
    denominator: perView,
  },
  follow_rate: {
    ...ratio,
    definition: 'follow_rate@1',
    title: 'Follow rate',
    description: 'Follows that came from the video divided by views.',
    numerator: [[1, 'follows']],
    denominator: perView,
  },
  remix_rate: {
    ...ratio,
    definition: 'remix_rate@1',
    title: 'Remix rate',
    description: 'Stitches and duets divided by views.',
    numerator: stitchesAndDuets,
    denominator: perView,
  },
  viewers: {
    ...people,
    definition: 'viewers@1',
    title: 'Viewers',
    description:
      'People who viewed a video for the first time; of a creator the sum over the videos, not distinct people.',
    of: 'viewers',
  },
  likers: {
    ...people,
    definition: 'likers@1',
    title: 'Likers',
    description:
      'People who liked a video for the first time; of a creator the sum over the videos, not distinct people.',
    of: 'likers',
  },
  commenters: {
    ...people,
    definition: 'commenters@1',
    title: 'Commenters',
    description:
      'People who commented on a video for the first time; of a creator the sum over the videos, not distinct people.',
    of: 'commenters',
  },
  remixers: {
    ...people,
    definition: 'remixers@1',
    title: 'Remixers',
    description:
      'People who stitched or dueted a video for the first time; of a creator the sum over the videos, not distinct people.',
    of: 'remixers',
  },
  ...guardedMetrics,
  ...peopleRatios,
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof metrics

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(metrics, name)
}
