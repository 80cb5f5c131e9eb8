// Guarded measures: private acts, whose numbers are noised once and never change.
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
