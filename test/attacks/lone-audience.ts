// A7: the target is the only one who ever did anything to a video, and its act the first of all.
import { createRandoms } from '#producers/simulator/random.ts'
import { advantageAtZero, advantageOfThreshold, openScores, samplingError } from './advantage.ts'
import type { Finding, Sizes } from './attack.ts'
import { CONTROL_WORLDS, exactNumbers } from './controls.ts'
import { leavesSinceFirstAct } from './naive.ts'
import {
  bestAdvantage,
  createRelease,
  DAY_S,
  firstActs,
  leafAt,
  lossOf,
  policy,
  START_S,
  totalEpsilons,
} from './release.ts'
import type { Act } from './release.ts'

const DAYS = 84
const THROUGH_S = START_S + DAYS * DAY_S
/** Nobody ever looked: not even published views tell that somebody was there. */
const steps: readonly number[] = []

/** Published totals that come to as many as a bucket of breakdowns needs would win it. */
export function attackLoneAudience({ worlds, seed }: Sizes): Finding {
  const pairs = Math.ceil(worlds / 4)
  const randoms = createRandoms('lone audience', seed)
  const release = createRelease('lone audience', seed)
  const [losses, counts] = [openScores(pairs), openScores(pairs)]
  let hasBucket = false
  for (let at = 0; at < pairs; at++) {
    const random = randoms(at)
    const savedS = START_S + Math.floor(random.next() * 40 * DAY_S)
    const target: readonly Act[] = [
      { person: 0, measure: 'saves', atS: savedS },
      { person: 0, measure: 'unsaves', atS: savedS + Math.floor(random.next() * 40 * DAY_S) },
    ]
    for (const present of [1, 0]) {
      const acts = firstActs(present === 1 ? target : [])
      const video = { id: BigInt(2 * at + present), steps, acts }
      const leaves = release.leavesOf(video, THROUGH_S)
      const place = present === 1 ? 'present' : 'absent'
      losses[place][at] = target.reduce((sum, { measure, atS }) => {
        return sum + lossOf(totalEpsilons[measure], leafAt(leaves, atS)[measure], 0)
      }, 0)
      counts[place][at] = leaves.length + (leaves[0]?.fromS ?? 0)
      let published = 0
      for (const { saves } of leaves) {
        published += saves
        hasBucket ||= published >= policy.buckets.first_people
      }
    }
  }
  return {
    attack: 'A7',
    tries: 'the only saver of a video, by its leaves, their number and their begin',
    advantage: hasBucket ? 1 : Math.max(advantageAtZero(losses), advantageOfThreshold(counts)),
    bound: bestAdvantage([totalEpsilons.saves, totalEpsilons.unsaves]),
    error: samplingError(pairs / 2),
    controls: [
      exactNumbers(),
      { mistake: 'leaves since the first act', advantage: againstFirstAct(seed) },
    ],
  }
}

function againstFirstAct(seed: number): number {
  const randoms = createRandoms('first act', seed)
  const scores = openScores(CONTROL_WORLDS)
  for (let at = 0; at < CONTROL_WORLDS; at++) {
    const savedS = START_S + Math.floor(randoms(at).next() * 40 * DAY_S)
    scores.present[at] = leavesSinceFirstAct([savedS], THROUGH_S) - 0.5
    scores.absent[at] = leavesSinceFirstAct([], THROUGH_S) - 0.5
  }
  return advantageAtZero(scores)
}
