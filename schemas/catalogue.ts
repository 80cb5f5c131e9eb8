// The catalogue as it comes in over HTTP: what the platform says of a video and of a creator.
import { z } from 'zod'
import { instantSchema, milliseconds } from './events/base.ts'
import { idSchema } from './ids.ts'

/** Who may see a video. `deleted` is final. */
export const visibilities = ['public', 'unlisted', 'friends', 'private', 'deleted'] as const
export const videoKinds = ['original', 'stitch', 'duet'] as const

export type Visibility = (typeof visibilities)[number]
export type VideoKind = (typeof videoKinds)[number]

/** Body of `PUT /v1/videos/{video_id}`. `creator_id` and the first `published_at` are frozen. */
export const videoSchema = z.strictObject({
  creator_id: idSchema,
  published_at: instantSchema,
  duration_ms: milliseconds.default(0),
  title: z.string().max(500).default(''),
  visibility: z.enum(visibilities).default('public'),
  kind: z.enum(videoKinds).default('original'),
  original_video_id: idSchema.optional(),
  thumbnail_url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
})

/** A line of `POST /v1/videos` (NDJSON). */
export const videoLineSchema = videoSchema.extend({ video_id: idSchema })

/** Body of `PUT /v1/creators/{creator_id}`. */
export const creatorSchema = z.strictObject({
  handle: z.string().min(1).max(64),
  time_zone: z.string().max(64).refine(isTimeZone, { error: 'must be an IANA time zone' }),
})

export type VideoBody = z.infer<typeof videoSchema>
export type CreatorBody = z.infer<typeof creatorSchema>

/** A record of `videos.v1` (`avro/video-v1.avsc`); the newest record of a video counts. */
export interface VideoRecord {
  readonly video_id: bigint
  readonly creator_id: bigint
  /** Milliseconds since 1970. */
  readonly published_at: bigint
  /** 0: unknown. */
  readonly duration_ms: number
  readonly title: string
  readonly visibility: Visibility
  readonly kind: VideoKind
  /** 0: none. */
  readonly original_video_id: bigint
  /** Empty: none. */
  readonly thumbnail_url: string
  readonly updated_at: bigint
}

/** A record of `creators.v1` (`avro/creator-v1.avsc`); the newest record of a creator counts. */
export interface CreatorRecord {
  readonly creator_id: bigint
  readonly handle: string
  /** IANA name. */
  readonly time_zone: string
  readonly updated_at: bigint
}

/** Whether this runtime knows the IANA time zone; plain offsets such as `+05:30` are not names. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
