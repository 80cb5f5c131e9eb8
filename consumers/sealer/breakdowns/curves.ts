// Reads how the people of ending buckets lie in time, as totals are published.
import { isGuardedMeasure } from '#schemas/guarded.ts'
import type { EndingBucket } from './bucket-decider.ts'
import { curveOf } from './people-curve.ts'
import type { CurvePart, PeopleCurve } from './people-curve.ts'
import { guardedBrokenDown, openNames, spanOf } from './published-people.ts'
import type { NumbersByVideo, PublishedPeople } from './published-people.ts'
import { dayStretches, leafStretches } from './published-stretches.ts'

const DAY_S = 86_400

export interface Curves {
  read(ending: readonly EndingBucket[]): Promise<(bucket: EndingBucket) => PeopleCurve>
}

/** Open measures by their days; guarded ones by their leaves, of which long ones are shared out by views. */
export function createCurves(published: PublishedPeople): Curves {
  return {
    async read(ending) {
      const open = ending.filter(({ metric }) => !isGuardedMeasure(metric))
      const guarded = ending.filter(({ metric }) => isGuardedMeasure(metric))
      const spanOfEnding = (some: readonly EndingBucket[]) =>
        spanOf(some.map(({ bucket }) => bucket))
      const ofGuarded = spanOfEnding(guarded)
      const [days, leaves, views] = await Promise.all([
        read(open, (ids) => published.days(ids, spanOfEnding(open))),
        read(guarded, (ids) => published.leaves(ids, ofGuarded)),
        read(guarded, (ids) => published.views(ids, ofGuarded)),
      ])
      return (bucket) =>
        isGuardedMeasure(bucket.metric)
          ? curveOf(
              guardedParts(bucket, leaves.get(bucket.videoId) ?? []),
              viewsIn(views.get(bucket.videoId) ?? []),
            )
          : curveOf(openParts(bucket, days.get(bucket.videoId) ?? []), () => 0)
    },
  }
}

async function read(
  ending: readonly EndingBucket[],
  ask: (ids: readonly bigint[]) => Promise<NumbersByVideo>,
): Promise<NumbersByVideo> {
  const ids = [...new Set(ending.map(({ videoId }) => videoId))]
  return ids.length === 0 ? new Map() : ask(ids)
}

function openParts({ metric, bucket }: EndingBucket, days: readonly number[]): CurvePart[] {
  const measure = openNames.findIndex((name) => name === metric)
  return [...dayStretches(days, measure, { ...bucket, isEmpty: true })]
    .map(({ fromS, toS, people }) => ({
      fromS: Math.max(fromS, bucket.fromS),
      toS: Math.min(toS, bucket.toS),
      people,
    }))
    .filter(({ fromS, toS }) => fromS < toS)
}

function guardedParts({ metric, bucket }: EndingBucket, leaves: readonly number[]): CurvePart[] {
  const measure = guardedBrokenDown.findIndex((name) => name === metric)
  return [...leafStretches(leaves, measure, bucket.fromS)].filter(({ toS }) => toS <= bucket.toS)
}

/** Views of a part of a day, as if they were spread evenly over it. */
function viewsIn(views: readonly number[]): (fromS: number, toS: number) => number {
  const byDay = new Map<number, number>()
  for (let at = 0; at < views.length; at += 2) byDay.set(views[at] ?? 0, views[at + 1] ?? 0)
  return (fromS, toS) => {
    const dayS = Math.floor(fromS / DAY_S) * DAY_S
    return ((byDay.get(dayS) ?? 0) * (toS - fromS)) / DAY_S
  }
}
