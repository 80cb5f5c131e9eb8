// Numbers made from private acts: sums of noised people, and what they add up to with exact counts.
import type { GuardedRatioMetric, GuardedSumMetric } from './metric-kinds.ts'

const sum = { kind: 'guarded_sum', exposure: 'guarded', unit: 'people' } as const
const ratio = {
  kind: 'guarded_ratio',
  exposure: 'guarded',
  unit: 'ratio',
  denominator: [[1, 'views']],
} as const
const engagements = [
  [1, 'likes'],
  [1, 'comments'],
  [1, 'shares'],
  [1, 'saves'],
  [1, 'stitches'],
  [1, 'duets'],
] as const

/** Part of the table of metrics. */
export const guardedMetrics = {
  saves: {
    ...sum,
    definition: 'saves@1',
    title: 'Saves',
    description:
      'People who saved a video for the first time, with noise; of a creator the sum over the videos, not distinct people.',
    of: [[1, 'saves']],
  },
  unsaves: {
    ...sum,
    definition: 'unsaves@1',
    title: 'Saves taken back',
    description:
      'People who took a video off their list for the first time, whenever they saved it, with noise.',
    of: [[1, 'unsaves']],
  },
  net_saves: {
    ...sum,
    definition: 'net_saves@1',
    title: 'Net saves',
    description:
      'People who ever saved less people who ever took it off again, with noise; a second save is not seen.',
    of: [
      [1, 'saves'],
      [-1, 'unsaves'],
    ],
  },
  shares: {
    ...sum,
    definition: 'shares@1',
    title: 'Shares',
    description:
      'People who shared a video for the first time, with noise; of a creator the sum over the videos, not distinct people.',
    of: [[1, 'shares']],
  },
  save_rate: {
    ...ratio,
    definition: 'save_rate@1',
    title: 'Save rate',
    description: 'Saves divided by the views up to where saves are sealed.',
    numerator: [[1, 'saves']],
  },
  share_rate: {
    ...ratio,
    definition: 'share_rate@1',
    title: 'Share rate',
    description: 'Shares divided by the views up to where shares are sealed.',
    numerator: [[1, 'shares']],
  },
  engagements: {
    ...sum,
    unit: 'events',
    definition: 'engagements@1',
    title: 'Engagements',
    description:
      'Likes, comments, stitches and duets, and people who shared or saved with noise, up to where these are sealed.',
    of: engagements,
  },
  engagement_rate: {
    ...ratio,
    definition: 'engagement_rate@1',
    title: 'Engagement rate',
    description: 'Engagements divided by the views up to where saves and shares are sealed.',
    numerator: engagements,
  },
} as const satisfies Record<string, GuardedSumMetric | GuardedRatioMetric>
