// What one acknowledged insert of facts touched (`avro/touched-v2.avsc`): the sealer recounts exactly that.

/** Written after the insert was acknowledged and before its offsets are committed. */
export interface Touched {
  /** Distinct slots: Unix seconds divided by `SLOT_SECONDS`, ascending. */
  readonly slots: readonly number[]
  /** Rows of the insert in each slot: what late ones may cost is measured by them. */
  readonly facts: readonly number[]
  readonly stored: readonly StoredRange[]
}

/** Records of a partition whose events are stored with this insert. */
export interface StoredRange {
  readonly topic: string
  readonly partition: number
  readonly first_offset: bigint
  readonly last_offset: bigint
  /** Append time of the record at `last_offset`, ms since 1970. */
  readonly appended_at: bigint
}

/** A sealer takes over (`avro/takeover-v1.avsc`); the record's offset is its epoch. */
export interface Takeover {
  /** Random name of the process. */
  readonly sealer: string
  readonly taken_at: bigint
}
