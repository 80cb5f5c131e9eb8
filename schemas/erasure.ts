// Erasures of users: what every consumer goes by, for ever (`avro/erasure-v1.avsc`).

/** The newest record of a hash counts. */
export interface Erasure {
  /** Signed: the user's keyed hash as an Avro long. */
  readonly user_hash: bigint
  /** Milliseconds since 1970. */
  readonly erased_at: bigint
}

/** Key of its record: the hash as 16 hex digits. */
export function erasureKey({ user_hash }: Pick<Erasure, 'user_hash'>): string {
  return BigInt.asUintN(64, user_hash).toString(16).padStart(16, '0')
}
