// How each open measure is counted from facts: one SQL aggregate per column of the open totals.
import type { OpenMeasure } from '#schemas/measures.ts'

const view = `type = 'view'`
const timedView = `${view} and duration_ms > 0`

/** The duration up to which a view must play to be engaged: 3 s, or the whole video if shorter. */
const engagedMs = 'if(duration_ms = 0, 3000, least(3000, duration_ms))'

/** Aggregates over `vault.facts`, where every row is one distinct event. */
export const measureAggregates = {
  views: `countIf(${view})`,
  engaged_views: `countIf(${view} and watched_ms >= ${engagedMs})`,
  watch_time_ms: `sumIf(watched_ms, ${view})`,
  completions: `countIf(${timedView} and toUInt64(watched_ms) * 100 >= toUInt64(duration_ms) * 95)`,
  timed_views: `countIf(${timedView})`,
  timed_watch_ms: `sumIf(watched_ms, ${timedView})`,
  duration_sum_ms: `sumIf(duration_ms, ${timedView})`,
  likes: `countIf(type = 'like')`,
  unlikes: `countIf(type = 'unlike')`,
  comments: `countIf(type = 'comment')`,
  uncomments: `countIf(type = 'uncomment')`,
  follows: `countIf(type = 'follow')`,
  unfollows: `countIf(type = 'unfollow')`,
  stitches: `countIf(type = 'stitch')`,
  duets: `countIf(type = 'duet')`,
} as const satisfies Record<OpenMeasure, string>
