// Ratios of people by an attribute: those who saved, shared, liked or remixed for each who viewed.
import type { PeopleRatioMetric } from './metric-kinds.ts'

const ratio = {
  kind: 'people_ratio',
  // Whatever the numerator is: its cells bear noise.
  exposure: 'guarded',
  unit: 'ratio',
  denominator: 'viewers',
} as const
const both = 'both over the time that both are told of. Only with a breakdown.'

/** Part of the table of metrics. */
export const peopleRatios = {
  save_rate_viewers: {
    ...ratio,
    definition: 'save_rate_viewers@1',
    title: 'Savers per viewer',
    description: `People who saved divided by people who viewed, ${both}`,
    numerator: 'saves',
  },
  share_rate_viewers: {
    ...ratio,
    definition: 'share_rate_viewers@1',
    title: 'Sharers per viewer',
    description: `People who shared divided by people who viewed, ${both}`,
    numerator: 'shares',
  },
  like_rate_viewers: {
    ...ratio,
    definition: 'like_rate_viewers@1',
    title: 'Likers per viewer',
    description: `People who liked divided by people who viewed, ${both}`,
    numerator: 'likers',
  },
  remix_rate_viewers: {
    ...ratio,
    definition: 'remix_rate_viewers@1',
    title: 'Remixers per viewer',
    description: `People who stitched or dueted divided by people who viewed, ${both}`,
    numerator: 'remixers',
  },
} as const satisfies Record<string, PeopleRatioMetric>
