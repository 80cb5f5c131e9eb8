// Guarded measures: private acts, whose numbers are noised once and never change; leaves of them, and the decisions that publish those.

/**
 * People by their first act of a kind on a video, a column of the same name each of
 * `rollups.video_leaves`; in the order in which leaves have them everywhere.
 */
export const guardedNames = ['saves', 'unsaves', 'shares'] as const

export type GuardedMeasure = (typeof guardedNames)[number]

/** A deleted video still seals for so long; after that nothing more is to be expected of it. */
export const DELETED_SEALS_S = 35 * 86_400

export function isGuardedMeasure<Name extends string>(
  name: Name,
): name is Extract<Name, GuardedMeasure> {
  return guardedNames.some((each) => each === name)
}

/** A cell whose numbers are published together (`avro/decision-v1.avsc`). */
export interface Decision {
  readonly table: DecisionTable
  readonly subject: bigint
  /** From 1. */
  readonly ordinal: number
  /** Milliseconds since 1970; a cell begins where the one before ends. */
  readonly from_at: bigint
  /** Not included. */
  readonly to_at: bigint
  readonly cells: readonly DecisionCells[]
  readonly policy: string
  readonly generation: bigint
  readonly decided_at: bigint
}

export interface DecisionCells {
  readonly name: string
  /** Noised integers, which may be negative. */
  readonly values: readonly number[]
}

/** `totals`: a leaf of a video, whose subject is the video. */
export type DecisionTable = 'totals'

export function decisionKey({
  table,
  subject,
  ordinal,
}: Pick<Decision, 'table' | 'subject' | 'ordinal'>): string {
  return `${table}/${subject}/${ordinal}`
}
