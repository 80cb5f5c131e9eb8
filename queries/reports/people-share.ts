// Shares the people of a day out among the rows that cut it: by views, along a curve, so that parts always add up.
import type { Span } from './time-buckets.ts'

/** A part of a UTC day in order of time, and the views in it. */
export interface DayPart extends Span {
  readonly views: number
}

const DAY_S = 86_400

/**
 * People of each part of a day: the rise of a curve that grows with views from 0 to `people` over the
 * day, rounded at the edges of the parts; without any views it grows evenly. So the parts of two
 * reports agree wherever they share an edge, and add up to `people` when they cover the day.
 * @param parts in order, all of the day's.
 */
export function sharePeople(people: number, parts: readonly DayPart[]): readonly number[] {
  const views = parts.reduce((sum, part) => sum + part.views, 0)
  const whole = views === 0 ? DAY_S : views
  // Whole numbers, divided once: sums of fractions would depend on the cut, by a last digit.
  let reached = 0
  let given = 0
  return parts.map((part) => {
    reached += views === 0 ? part.toS - part.fromS : part.views
    const upTo = Math.round((people * Math.min(whole, reached)) / whole)
    const share = upTo - given
    given = upTo
    return share
  })
}
