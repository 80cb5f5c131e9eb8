// What a platform knows to have happened, per video and UTC day: lines that published numbers are held against.
import { z } from 'zod'
import { idSchema } from './ids.ts'

const count = z.int().min(0)

/** Metrics that count events, each as its metric of the same name; left out: 0. */
export const trueEventCounts = [
  'views',
  'engaged_views',
  'watch_time_ms',
  'completions',
  'likes',
  'unlikes',
  'comments',
  'net_comments',
  'follows',
  'unfollows',
  'stitches',
  'duets',
] as const

/** Metrics that count people on the day of their first act. */
export const truePeopleCounts = ['viewers', 'likers', 'commenters', 'remixers'] as const

/** People by their first private act of a kind. No exact number of them is published. */
export const truePrivateCounts = ['saves', 'unsaves', 'shares'] as const

export type TrueCount =
  | (typeof trueEventCounts)[number]
  | (typeof truePeopleCounts)[number]
  | (typeof truePrivateCounts)[number]

/** One video on one UTC day; a video without a line had nothing on that day. */
const videoDaySchema = z.strictObject({
  day: z.iso.date(),
  creator_id: idSchema,
  video_id: idSchema,
  counts: z.partialRecord(
    z.enum([...trueEventCounts, ...truePeopleCounts, ...truePrivateCounts]),
    z.int(),
  ),
})

/** Ends a day: every line of it has come before. */
const dayEndSchema = z.strictObject({
  day: z.iso.date(),
  videos: count,
  /** Whether people are counted. */
  people: z.boolean(),
})

/** A line of a truth file (NDJSON), day after day. */
export const truthLineSchema = z.union([dayEndSchema, videoDaySchema])

export type TrueVideoDay = z.infer<typeof videoDaySchema>
export type TrueDayEnd = z.infer<typeof dayEndSchema>
