// A2: the same number, asked for in every way that reports know: in any zone, by any cut, page and order.
import { createRandoms } from '#producers/simulator/random.ts'
import type { Random } from '#producers/simulator/random.ts'
import { answer } from '../queries/reports/sealed-samples.ts'
import { advantageAtZero, openScores, samplingError } from './advantage.ts'
import type { Finding, Sizes } from './attack.ts'
import { freshNoise } from './controls.ts'
import {
  bestAdvantage,
  createRelease,
  DAY_S,
  firstActs,
  leafAt,
  lossOf,
  peopleIn,
  START_S,
  steadyViews,
  totalEpsilons,
} from './release.ts'
import type { Act } from './release.ts'

/** Two leaves: two days. */
const THROUGH_S = START_S + 2 * DAY_S
const steps = steadyViews(48, 2)
const viewsS = Array.from({ length: 96 }, (_, index) => START_S + index * 1800 + 450)

const zones = [
  'UTC',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'America/New_York',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Niue',
  'Australia/Eucla',
  'America/St_Johns',
  'Africa/Cairo',
] as const
const cuts = [
  '',
  'day',
  'week',
  'month',
  'video',
  'video,day',
  'video,week',
  'video,video_age_day',
] as const
/** All of them hold the two leaves, whatever the zone. */
const starts = ['2026-11-01', '2026-11-07', '2026-11-08'] as const
const ends = ['2026-11-13', '2026-11-20', '2026-11-23'] as const
const metrics = ['saves', 'saves,shares', 'net_saves,saves'] as const

/** Any of them asks how often the video was saved in its first two days. */
function questionOf(random: Random): Readonly<Record<string, string>> {
  const dimensions = random.pick<string>(cuts)
  return {
    start_date: random.pick<string>(starts),
    end_date: random.pick<string>(ends),
    tz: random.pick<string>(zones),
    metrics: random.pick<string>(metrics),
    ...(dimensions === '' ? {} : { dimensions }),
  }
}

/** Drawn for every world. */
const QUESTIONS = 20

/** Asks `worlds` x 2.5 questions: 100,000 in 40,000 worlds. One answer that differs from another wins. */
export function attackByAveraging({ worlds, seed }: Sizes): Finding {
  const pairs = Math.ceil((worlds * 2.5) / QUESTIONS / 2)
  const randoms = createRandoms('averaging', seed)
  const release = createRelease('averaging', seed)
  const scores = openScores(pairs)
  let different = 0
  for (let at = 0; at < pairs; at++) {
    const random = randoms(at)
    const others = Array.from({ length: random.below(20) }, (_, person): Act => {
      return { person: person + 1, measure: 'saves', atS: START_S + random.below(DAY_S) }
    })
    const known = firstActs(others)
    const target: Act = { person: 0, measure: 'saves', atS: START_S + DAY_S / 2 }
    for (const present of [1, 0]) {
      const acts = present === 1 ? firstActs([...others, target]) : known
      const leaves = release.leavesOf({ id: BigInt(2 * at + present), steps, acts }, THROUGH_S)
      const answers = Array.from({ length: QUESTIONS }, () => savesOf(questionOf(random), leaves))
      different += answers.filter((each) => each !== answers[0]).length
      const mean = answers.reduce((sum, each) => sum + each, 0) / answers.length
      const first = leafAt(leaves, target.atS)
      // What the second leaf holds is published by itself.
      const rest = leaves.reduce((sum, leaf) => sum + (leaf === first ? 0 : leaf.saves), 0)
      const loss = lossOf(totalEpsilons.saves, mean - rest, peopleIn(known, 'saves', first))
      ;(present === 1 ? scores.present : scores.absent)[at] = loss
    }
  }
  return {
    attack: 'A2',
    tries: `the mean of answers to ${2 * pairs * QUESTIONS} questions that ask the same`,
    advantage: different > 0 ? 1 : advantageAtZero(scores),
    bound: bestAdvantage([totalEpsilons.saves]),
    error: samplingError(pairs),
    controls: [freshNoise(totalEpsilons.saves, seed)],
  }
}

type Leaves = ReturnType<ReturnType<typeof createRelease>['leavesOf']>

function savesOf(changes: Readonly<Record<string, string>>, leaves: Leaves): number {
  const { columns, totals } = answer({ changes, videos: new Map([['1', { leaves, viewsS }]]) })
  return Number(totals.row[columns.findIndex(({ name }) => name === 'saves')])
}
