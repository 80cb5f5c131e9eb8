// The watermark: the time of append before which everything that was appended is stored.

export interface PartitionProgress {
  readonly partition: number
  /** First offset that is still kept. */
  readonly low: bigint
  /** Offset that the next record will get. */
  readonly high: bigint
  /** Next offset to store, by the facts consumer; undefined: nothing yet. */
  readonly committed: bigint | undefined
  /** Append time of the newest record that is known to be stored. */
  readonly storedAppendedAtMs: number | undefined
}

/**
 * The watermark in ms. A partition without lag is stored up to `nowMs`, which is read before the
 * offsets are asked for; one with a lag, up to its newest stored record. It never goes back.
 */
export function watermarkOf(
  partitions: readonly PartitionProgress[],
  nowMs: number,
  previousMs: number,
): number {
  const stored = partitions.map(({ low, high, committed, storedAppendedAtMs }) => {
    if ((committed ?? low) >= high) return nowMs
    return storedAppendedAtMs ?? previousMs
  })
  return Math.max(previousMs, Math.min(nowMs, ...stored))
}
