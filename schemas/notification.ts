// What a creator is told of: a stitch or duet of a video of theirs, as it stands in `notifications.v1` (`avro/notification-v1.avsc`).

/** The types of events that tell of a video made from another. */
export const remixTypes = ['stitch', 'duet'] as const

export type RemixType = (typeof remixTypes)[number]

/** A record of `notifications.v1`, keyed by `creator_id`; the newest record of a derived video counts. */
export interface Notification {
  readonly type: RemixType
  /** Who is told: whose the original video is, by the catalogue. */
  readonly creator_id: bigint
  /** The original video. */
  readonly video_id: bigint
  /** The new video: one of them is one notification. */
  readonly derived_video_id: bigint
  /** Whose the new video is, by the catalogue. */
  readonly derived_creator_id: bigint
  /** Milliseconds since 1970. */
  readonly occurred_at: bigint
}
