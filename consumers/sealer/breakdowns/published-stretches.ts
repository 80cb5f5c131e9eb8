// The published time of a video, stretch by stretch: days of open measures, leaves of guarded ones.
import type { PublishedStretch } from './bucket-walk.ts'
import { guardedBrokenDown, openNames } from './published-people.ts'
import type { PeopleSpan } from './published-people.ts'

const DAY_S = 86_400

/**
 * Every UTC day of a span, those without people too: buckets age on them. One that has nobody yet does
 * not age, and begins with the first day with people.
 * @param days as `PublishedPeople.days` gives them. @param measure its place among `openNames`.
 */
export function* dayStretches(
  days: readonly number[],
  measure: number,
  { fromS, toS, isEmpty }: PeopleSpan & { readonly isEmpty: boolean },
): Generator<PublishedStretch> {
  const stride = 1 + openNames.length
  const peopleAt = (at: number): number => days[at + 1 + measure] ?? 0
  let at = 0
  const isPassed = (): boolean =>
    (days[at] ?? toS) + DAY_S <= fromS || (isEmpty && peopleAt(at) === 0)
  while (at < days.length && isPassed()) at += stride
  const firstS = isEmpty ? (days[at] ?? toS) : Math.floor(fromS / DAY_S) * DAY_S
  for (let dayS = firstS; dayS < toS; dayS += DAY_S) {
    const isListed = days[at] === dayS
    yield { fromS: dayS, toS: dayS + DAY_S, people: isListed ? peopleAt(at) : 0 }
    if (isListed) at += stride
  }
}

/**
 * Leaves from `fromS` on.
 * @param leaves as `PublishedPeople.leaves` gives them. @param measure its place among `guardedBrokenDown`.
 */
export function* leafStretches(
  leaves: readonly number[],
  measure: number,
  fromS: number,
): Generator<PublishedStretch> {
  const stride = 2 + guardedBrokenDown.length
  for (let at = 0; at < leaves.length; at += stride) {
    const beginS = leaves[at] ?? 0
    if (beginS < fromS) continue
    yield { fromS: beginS, toS: leaves[at + 1] ?? 0, people: leaves[at + 2 + measure] ?? 0 }
  }
}
