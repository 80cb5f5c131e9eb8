// An event or record that was refused, as it stands in `dead.v1` (`avro/dead-letter-v1.avsc`). It may hold user ids.

export interface DeadLetter {
  /** A code of `problems.ts`. */
  readonly reason: string
  /** The field at fault; empty: none. */
  readonly field: string
  /** `collector`, or the topic that it was read from. */
  readonly origin: string
  /** -1: none. */
  readonly partition: number
  /** -1: none. */
  readonly offset: bigint
  /** Place of the event within its request or record; -1: the whole record. */
  readonly index: number
  readonly content_type: 'application/json' | 'avro/binary'
  readonly payload: Uint8Array
  /** Milliseconds since 1970. */
  readonly refused_at: bigint
}

export const deadLetterLimits = {
  /** A longer payload is cut: what is at fault shows within it. */
  payloadBytesMax: 65_536,
} as const
