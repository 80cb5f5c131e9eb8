// Who did something for the first time when, by the journal: what seals of people are held against.
import type { Act } from '../support/tally.ts'
import type { Journal } from './journal.ts'

export interface FirstActs {
  readonly video: number
  /** Kinds of acts that count as one. */
  readonly types: readonly string[]
  readonly owner: string
}

/** When each person first did it; creators on their own videos are nobody. */
export function firstTimes(
  acts: readonly Act[],
  { video, types, owner }: FirstActs,
): ReadonlyMap<number, number> {
  const firsts = new Map<number, number>()
  for (const act of acts) {
    if (act.video !== video || !types.includes(act.type) || String(act.user) === owner) continue
    firsts.set(act.user, Math.min(act.atMs, firsts.get(act.user) ?? Infinity))
  }
  return firsts
}

export function countBefore(firsts: ReadonlyMap<number, number>, toMs: number): number {
  return [...firsts.values()].filter((atMs) => atMs < toMs).length
}

/** Acts that were there when something was decided: seals are held until an import is whole. */
export function actsDue({ imports }: Journal, decidedMs: number): readonly Act[] {
  return imports
    .filter(({ isFirst, endedMs }) => isFirst || endedMs <= decidedMs)
    .flatMap((past) => past.acts)
}
