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

/** Facts of so much time before a short seal are looked at as well. */
const ROOM_MS = 600_000

/** People of one video and act who must be sealed, seal by seal, in order. */
export interface DuePeople {
  /**
   * How many at least are sealed through a seal. @param due who was there when it was decided, and when
   * each acted first. @param takesLate whether it takes whoever came in late, or those of its own time.
   */
  through(
    seal: { readonly fromMs: number; readonly toMs: number },
    due: ReadonlyMap<number, number>,
    takesLate: boolean,
  ): number
}

export function createDuePeople(): DuePeople {
  const surely = new Set<number>()
  return {
    through({ fromMs, toMs }, due, takesLate) {
      const sinceMs = takesLate ? 0 : fromMs - ROOM_MS
      for (const [user, atMs] of due) {
        if (atMs >= sinceMs && atMs < toMs) surely.add(user)
      }
      return surely.size
    },
  }
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
