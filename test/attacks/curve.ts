// What reports answer of one video's leaves: the curve of queries/reports, cut at any instant.
import { shareLeaf } from '#queries/reports/guarded-curve.ts'
import type { ViewSteps } from '#consumers/sealer/leaves/leaf-walk.ts'
import type { LeafSample } from '../support/leaves.ts'

/** Unix seconds; `toS` is not included. */
export interface Range {
  readonly fromS: number
  readonly toS: number
}

type Cut = Pick<LeafSample, 'fromS' | 'toS' | 'saves'>

/** Views up to an instant. */
export type ViewsBefore = (atS: number) => number

/** Of steps of one length, ascending and without gaps; a step that is cut counts for nothing. */
export function viewsBefore(steps: ViewSteps): ViewsBefore {
  const [firstS = 0, , secondS = firstS + 1] = steps
  const sums = [0]
  for (let at = 1; at < steps.length; at += 2) sums.push((sums.at(-1) ?? 0) + (steps[at] ?? 0))
  return (atS) => {
    const place = Math.floor((atS - firstS) / (secondS - firstS)) + 1
    return sums[Math.min(Math.max(place, 0), sums.length - 1)] ?? 0
  }
}

/** Published saves of a range, leaves that it cuts shared out by views. */
export function savesIn(leaves: readonly Cut[], views: ViewsBefore, { fromS, toS }: Range): number {
  return savesBefore(leaves, views, toS) - savesBefore(leaves, views, fromS)
}

function savesBefore(leaves: readonly Cut[], views: ViewsBefore, atS: number): number {
  let saves = 0
  for (const leaf of leaves) {
    if (leaf.fromS >= atS) break
    saves += leaf.toS <= atS ? leaf.saves : partOf(leaf, views, atS)
  }
  return saves
}

/** What of a leaf lies before an instant in it; by seconds, where it has no views. */
function partOf({ fromS, toS, saves }: Cut, views: ViewsBefore, atS: number): number {
  const [from, at, to] = [views(fromS), views(atS), views(toS)]
  const weights = from === to ? [atS - fromS, toS - atS] : [at - from, to - at]
  return shareLeaf(saves, weights)[0] ?? 0
}
