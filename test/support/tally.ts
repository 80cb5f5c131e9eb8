// The definitions of every open metric once more, act by act and without the project's own code: what published numbers are held against.
import type { Json } from './client.ts'

/** One thing that one person did, as a test sends it. */
export interface Act {
  readonly type: string
  readonly user: number
  readonly video: number
  readonly atMs: number
  /** Of views. */
  readonly watched: number
  /** Of views; 0: unknown. */
  readonly duration: number
}

export const actTypes = [
  'view',
  'like',
  'unlike',
  'save',
  'unsave',
  'share',
  'comment',
  'uncomment',
  'follow',
  'unfollow',
  'stitch',
  'duet',
] as const

/** The fields that an event of this act has beside those of every event. */
export function fieldsOf({ type, watched, duration }: Act, derivedVideo: number): Json {
  if (type === 'view') return { watched_ms: watched, duration_ms: duration }
  return type === 'stitch' || type === 'duet' ? { derived_video_id: String(derivedVideo) } : {}
}

const nothing = {
  views: 0,
  engaged_views: 0,
  watch_time_ms: 0,
  completions: 0,
  timed_views: 0,
  timed_watch_ms: 0,
  duration_sum_ms: 0,
  likes: 0,
  unlikes: 0,
  comments: 0,
  uncomments: 0,
  follows: 0,
  unfollows: 0,
  stitches: 0,
  duets: 0,
}

export type Stored = Readonly<typeof nothing>

/** Names of what the rollups store, columns of the same name. */
export const storedNames = Object.keys(nothing)

/** Which count an act that is no view adds to; saves and shares are not published. */
const countOf: Readonly<Record<string, keyof Stored>> = {
  like: 'likes',
  unlike: 'unlikes',
  comment: 'comments',
  uncomment: 'uncomments',
  follow: 'follows',
  unfollow: 'unfollows',
  stitch: 'stitches',
  duet: 'duets',
}

/** What the rollups store of acts. */
export function storedOf(acts: readonly Act[]): Stored {
  const sums = { ...nothing }
  for (const { type, watched, duration } of acts) {
    const counted = countOf[type]
    if (counted !== undefined) sums[counted]++
    if (type !== 'view') continue
    sums.views++
    sums.watch_time_ms += watched
    if (watched >= 3000 || (duration > 0 && watched >= duration)) sums.engaged_views++
    if (duration === 0) continue
    sums.timed_views++
    sums.timed_watch_ms += watched
    sums.duration_sum_ms += duration
    if (watched >= 0.95 * duration) sums.completions++
  }
  return sums
}

export type Tally = Readonly<Record<string, number | null>>

/** Every metric that counts events. */
export function tally(acts: readonly Act[]): Tally {
  const stored = storedOf(acts)
  const { views, likes, comments, follows, stitches, duets } = stored
  const over = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
  const remixes = stitches + duets
  return {
    views,
    engaged_views: stored.engaged_views,
    watch_time_ms: stored.watch_time_ms,
    completions: stored.completions,
    avg_watch_ms: over(stored.watch_time_ms, views),
    avg_percent_viewed: over(stored.timed_watch_ms, stored.duration_sum_ms),
    completion_rate: over(stored.completions, stored.timed_views),
    skip_rate: over(views - stored.engaged_views, views),
    likes,
    unlikes: stored.unlikes,
    net_likes: likes - stored.unlikes,
    comments,
    net_comments: comments - stored.uncomments,
    follows,
    unfollows: stored.unfollows,
    net_follows: follows - stored.unfollows,
    stitches,
    duets,
    remixes,
    like_rate: over(likes, views),
    comment_rate: over(comments, views),
    follow_rate: over(follows, views),
    remix_rate: over(remixes, views),
  }
}

export const metricNames = Object.keys(tally([]))

/** Day and hour of an instant on the clock of a zone, by the runtime's own calendar. */
export function clockOf(
  tz: string,
): (atMs: number) => { readonly day: string; readonly hour: number } {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: tz,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  })
  return (atMs) => {
    const [day = '', hour] = parts.format(atMs).split(' ')
    return { day, hour: Number(hour) }
  }
}
