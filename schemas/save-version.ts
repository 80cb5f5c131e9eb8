// Which of two acts on a pair of user and video stands: the one that occurred last, in whatever order they arrive.

/** An act on a pair: `eventId` is a UUID of version 7 in its text form. */
export interface SaveAct {
  readonly eventId: string
  readonly occurredAtMs: number
  readonly saved: boolean
}

/**
 * The version of `vault.saves`: `ms << 21 | off << 20 | hash20`. At equal ms *off* wins, so that a
 * save taken back within its own millisecond stays taken back. hash20 is the last 20 bits of the
 * event id, random in every way of making a UUID of version 7 (RFC 9562, 6.2); two acts that tie in
 * it as well agree in everything that a row holds. Holds for `occurredAtMs` below 2^43 (year 2248).
 */
export function saveVersion({ eventId, occurredAtMs, saved }: SaveAct): bigint {
  const hash20 = Number.parseInt(eventId.slice(-5), 16)
  return (BigInt(occurredAtMs) << 21n) | (saved ? 0n : 1n << 20n) | BigInt(hash20)
}

/** When the act of a version occurred, ms since 1970. */
export function saveVersionMs(version: bigint): number {
  return Number(version >> 21n)
}
