// How good guarded numbers are: the goals are reached, the simulation seals as the sealer does, and the page says what it says.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { decideLeaves } from '#consumers/sealer/leaves/leaf-decider.ts'
import { defaultPolicyFile } from '#infra/runtime/config.ts'
import { readPolicy } from '#infra/runtime/policy.ts'
import { createRandom } from '#producers/simulator/random.ts'
import { breakdownDimensions } from '#schemas/breakdowns.ts'
import { chiSquareP } from '../support/chi-square.ts'
import { lifetimeAt, rangeAnswer } from './utility/answers.ts'
import { BUCKET_PEOPLE, runBreakdown } from './utility/breakdowns.ts'
import { utilityCases } from './utility/cases.ts'
import { createSealing, live } from './utility/life.ts'
import { drawPoisson } from './utility/poisson.ts'
import { runYears, runYoung } from './utility/runs.ts'
import type { YoungFigures } from './utility/runs.ts'
import { meanOf } from './utility/statistics.ts'
import { breakdownTable, withTable, youngTable } from './utility/table.ts'
import { DAY_S, EDGES_A_DAY, drawTraffic, rhythm } from './utility/traffic.ts'

// Seconds, and longer where the machine has other work.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 })

const SEED = 1
const policy = readPolicy(defaultPolicyFile)
const sealing = createSealing(policy, SEED)
const page = readFileSync(new URL('../../queries/UTILITY.md', import.meta.url), 'utf8')
const traffics = utilityCases.map(({ traffic }) => traffic)
const [one, five, twenty, hundred, thousand, busy, decaying] = traffics

function trafficOf(found: (typeof traffics)[number] | undefined): (typeof traffics)[number] {
  if (found === undefined) throw new Error('a case was taken away')
  return found
}

describe('some runs reach the goals', () => {
  // The busier, the fewer: at 20,000 saves a day a life has 6000 leaves.
  const goals = [
    { traffic: trafficOf(one), within: 0.3, runs: 100 },
    { traffic: trafficOf(five), within: 0.09, runs: 100 },
    { traffic: trafficOf(twenty), within: 0.03, runs: 100 },
    { traffic: trafficOf(hundred), within: 0.01, runs: 100 },
    { traffic: trafficOf(thousand), within: 0.01, runs: 25 },
    { traffic: trafficOf(busy), within: 0.01, runs: 5 },
    { traffic: trafficOf(decaying), within: 0.01, runs: 100 },
  ]
  const reached: YoungFigures[] = []
  beforeAll(() => {
    for (const { traffic, runs } of goals) {
      reached.push(runYoung({ sealing, seed: SEED, runs }, traffic))
    }
  })

  test.each(goals.map(({ traffic: { name }, within }, index) => ({ name, within, index })))(
    'the total of 28 days at $name saves a day is within $within',
    ({ within, index }) => {
      expect(reached[index]?.total.error).toBeLessThanOrEqual(within)
    },
  )

  test('margins hold the truth of whole leaves in 93 to 97 of 100 cases', () => {
    const coverage = meanOf(reached.map(({ wholeCoverage }) => wholeCoverage))
    expect(coverage).toBeGreaterThanOrEqual(0.93)
    expect(coverage).toBeLessThanOrEqual(0.97)
  })

  test('margins of weeks that cut leaves hold at least as often, also where views mislead', () => {
    expect(meanOf(reached.map(({ windows }) => windows.coverage))).toBeGreaterThanOrEqual(0.93)
    expect(meanOf(reached.map((each) => each.driftCoverage))).toBeGreaterThanOrEqual(0.93)
  })
})

describe('a breakdown', () => {
  test.each([300, 1000, 10_000])(
    'of %d people is off by a point or less at the median, and margins hold as they say',
    (people) => {
      for (const dimension of breakdownDimensions) {
        const figures = runBreakdown({ policy, seed: SEED, runs: 200 }, dimension, people)
        expect([dimension, figures.medianPoints <= 1]).toEqual([dimension, true])
        expect([dimension, figures.coverage >= 0.93]).toEqual([dimension, true])
      }
    },
  )

  test('of 1,000 people has nine of ten in rows of their own, by region six', () => {
    for (const dimension of breakdownDimensions) {
      const { shown } = runBreakdown({ policy, seed: SEED, runs: 200 }, dimension, 1000)
      expect([dimension, shown >= (dimension === 'region' ? 0.6 : 0.9)]).toEqual([dimension, true])
    }
  })
})

describe('a spike of 20,000 saves a day', () => {
  test.each([one, five, twenty, hundred, decaying].map(trafficOf))(
    'shows within a quarter of an hour on a video that has $name a day',
    (traffic) => {
      const { spikeMinutes } = runYears({ sealing, seed: SEED, runs: 5 }, traffic)
      expect(spikeMinutes.get(20_000)).toBeLessThanOrEqual(15)
    },
  )
})

describe('the page', () => {
  const runs = 1000

  test.each([one, decaying].map(trafficOf))(
    'says of the first 28 days at $name saves a day what is simulated',
    (traffic) => {
      const figures = runYoung({ sealing, seed: SEED, runs }, traffic)
      const cells = cellsOf(
        youngTable([{ name: traffic.name, runs, figures }])
          .split('\n')
          .at(-1),
      )
      const [, section] = page.split('<!-- first-28-days -->')
      const lines = (section ?? '').split('\n').map(cellsOf)
      expect(lines.find(([, name]) => name === traffic.name)).toEqual(cells)
    },
  )

  test('says of breakdowns by device what is simulated', () => {
    const of = { policy, seed: SEED, runs }
    const figures = BUCKET_PEOPLE.map((people) => runBreakdown(of, 'device', people))
    const table = breakdownTable([{ dimension: 'device', figures }])
    const [, section] = page.split('<!-- breakdowns -->')
    const lines = (section ?? '').split('\n').map(cellsOf)
    expect(lines.find(([, name]) => name === 'device')).toEqual(cellsOf(table.split('\n').at(-1)))
  })

  test('is written only where it has a place for a table', () => {
    const place = 'a\n\n<!-- spikes -->\n\nold\n\n<!-- end of spikes -->\n\nb\n'
    expect(withTable(place, 'spikes', 'new')).toBe(place.replace('old', 'new'))
    expect(() => withTable(place, 'a-year', 'new')).toThrow('the document lacks <!-- a-year -->')
  })
})

describe('the simulation', () => {
  const startS = Date.UTC(2026, 0, 5, 7) / 1000
  const random = createRandom('a life')
  const traffic = drawTraffic(trafficOf(decaying), { startS, days: 90, random, drift: 0 })
  const toS = startS + 28 * DAY_S
  const life = live(sealing, { video: 7n, traffic, instants: [startS, toS], random })

  test('ends and noises leaves as the sealer decides on them', () => {
    const { decisions, leaf } = decideLeaves(
      {
        policies: {
          at: () => ({
            name: policy.version,
            ladder: sealing.ladder,
            epsilons: policy.presets.standard.totals,
          }),
        },
        noiseOf: ({ subject, metric, fromMs, toMs, count }) =>
          metric === 'saves'
            ? sealing.noiseOf(
                subject,
                { ordinal: 0, fromS: fromMs / 1000, toS: toMs / 1000 },
                count,
              )
            : 0,
      },
      {
        videoId: 7n,
        video: { startS, timeZone: 'UTC' },
        leaf: {
          ordinal: 1,
          fromS: startS,
          savesBefore: 0,
          viewsBefore: 0,
          views: 0,
          firstDayViews: 0,
        },
        steps: traffic.steps,
        acts: life.leaves.flatMap((each) => [each.toS, each.count, 0, 0]),
      },
      { edgeS: startS + 90 * DAY_S, generation: 1n, decidedAtMs: 0 },
    )
    const decided = decisions.map(({ from_at, to_at, cells }) => [
      Number(from_at) / 1000,
      Number(to_at) / 1000,
      cells[0]?.values[0],
    ])
    expect(life.leaves.length).toBeGreaterThan(30)
    expect(decided).toEqual(life.leaves.map((each) => [each.fromS, each.toS, each.published]))
    expect(leaf).toEqual(life.open)
  })

  test('answers parts that add up to the whole', () => {
    const cuts = [startS, startS + 100_800, startS + 9 * DAY_S + 1800, toS]
    const lived = live(sealing, { video: 7n, traffic, instants: cuts, random: createRandom('b') })
    const whole = rangeAnswer(lived, { fromS: startS, toS }, sealing)
    const parts = cuts.slice(1).map((cut, index) => {
      return rangeAnswer(lived, { fromS: cuts[index] ?? 0, toS: cut }, sealing)
    })
    expect(parts.reduce((sum, part) => sum + (part?.shown ?? 0), 0)).toBe(whole?.shown)
    expect(parts.reduce((sum, part) => sum + (part?.truth ?? 0), 0)).toBe(whole?.truth)
  })

  test('knows no more than is sealed', () => {
    const end = life.leaves.at(-1)?.toS ?? 0
    const answer = lifetimeAt(life, sealing, 90)
    expect(answer?.truth).toBe(life.leaves.reduce((sum, { count }) => sum + count, 0))
    expect(answer?.behindDays).toBe((startS + 90 * DAY_S - end) / DAY_S)
    const later = startS + 89 * DAY_S
    expect(end).toBeLessThan(later)
    expect(rangeAnswer(life, { fromS: startS, toS: later }, sealing)).toBeNull()
  })

  test('has as many views and saves in a day as its traffic says', () => {
    expect(rhythm.reduce((sum, each) => sum + each, 0)).toBeCloseTo(EDGES_A_DAY, 6)
    expect(traffic.expected[EDGES_A_DAY]).toBeCloseTo(2000, 6)
    expect(Math.abs((traffic.views[EDGES_A_DAY] ?? 0) - 80_000)).toBeLessThan(5 * 80_000 ** 0.5)
  })

  test.each([0.14, 3, 11, 13, 70, 2800])('draws Poisson numbers of mean %d', (mean) => {
    const draws = 20_000
    const drawn = createRandom('poisson', mean)
    const seen = new Map<number, number>()
    for (let draw = 0; draw < draws; draw++) {
      const count = drawPoisson(drawn, mean)
      seen.set(count, (seen.get(count) ?? 0) + 1)
    }
    expect(chiSquareP(poissonCells(seen, draws, mean))).toBeGreaterThan(1e-3)
  })
})

/** Neighbouring counts together, until 20 draws or more are to be expected. */
function poissonCells(seen: ReadonlyMap<number, number>, draws: number, mean: number) {
  const cells: { seen: number; expected: number }[] = []
  let [found, expected, left] = [0, 0, draws]
  let logChance = -mean
  for (let count = 0; left - expected > 20 || count < mean; count++) {
    if (count > 0) logChance += Math.log(mean / count)
    found += seen.get(count) ?? 0
    expected += draws * Math.exp(logChance)
    if (expected < 20) continue
    cells.push({ seen: found, expected })
    left -= expected
    found = expected = 0
  }
  const counted = cells.reduce((sum, cell) => sum + cell.seen, 0)
  return [...cells, { seen: draws - counted, expected: left }]
}

function cellsOf(line: string | undefined): readonly string[] {
  return (line ?? '').split('|').map((cell) => cell.trim())
}
