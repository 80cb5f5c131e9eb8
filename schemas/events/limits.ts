// Bounds of an event and of a batch, the same at the HTTP edge and in every consumer.

export const eventLimits = {
  /** Events of one request and of one Kafka record. */
  batchEventsMax: 10_000,
  /** Encoded bytes of one Kafka record's value. */
  recordBytesMax: 1_048_576,
  /** Bytes of one HTTP request's body. */
  bodyBytesMax: 8 * 1_048_576,
  /** UTF-8 bytes of a batch's `source`. */
  sourceBytesMax: 64,
  /** How far `occurred_at` may lie ahead of the append time; producers' clocks differ. */
  aheadMs: 5 * 60_000,
  /** The same in records whose `source` is `saves`, which stamps past the stored version of a pair. */
  aheadSavesMs: 10 * 60_000,
  /** How far `occurred_at` may lie behind the append time unless the batch is a backfill. */
  behindMs: 7 * 86_400_000,
  /** Longest `watched_ms`: a day. */
  watchedMsMax: 86_400_000,
  /** Largest `duration_ms` and `position_ms`: the largest `int` of Avro. */
  intMax: 2_147_483_647,
} as const
