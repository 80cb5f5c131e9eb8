// Runs: many seeded lives of videos with the same traffic, and what reports say of them.
import { nextEnd } from '#consumers/sealer/leaves/ladder.ts'
import { createRandom } from '#producers/simulator/random.ts'
import type { Random } from '#producers/simulator/random.ts'
import { firstClearDays, lifetimeAt, rangeAnswer, wholeAnswer } from './answers.ts'
import type { Answer, LifetimeAnswer } from './answers.ts'
import { live } from './life.ts'
import type { Life, Sealing } from './life.ts'
import { minutesUntilShown } from './spike.ts'
import { coverage, meanOf, percentile, relativeError, worstError } from './statistics.ts'
import { DAY_S, drawTraffic } from './traffic.ts'
import type { Traffic } from './traffic.ts'

export interface Runs {
  readonly sealing: Sealing
  readonly seed: number
  readonly runs: number
}

/** Errors are relative, coverages parts of 1. */
export interface WindowFigures {
  readonly error: number
  readonly coverage: number
}

export interface YoungFigures {
  readonly leaves: number
  /** The first 28 days of a video, asked for once they are sealed. */
  readonly total: { readonly error: number; readonly worst: number }
  /** What is published at the age of 28 days, of the time that it is about. */
  readonly published: { readonly error: number; readonly behindDays: number }
  readonly windows: WindowFigures
  /** Where saves per view differ by a fifth from day to day. */
  readonly driftCoverage: number
  readonly wholeCoverage: number
}

export interface YearFigures {
  readonly firstClearDays: { readonly median: number; readonly most: number }
  readonly leaves: number
  readonly total: { readonly error: number; readonly worst: number }
  /** After the first four weeks. */
  readonly windows: WindowFigures
  readonly wholeCoverage: number
  /** Minutes until a spike of so many saves a day shows in 95 % of runs. */
  readonly spikeMinutes: ReadonlyMap<number, number>
}

export const YOUNG_DAYS = 28
export const YEAR_DAYS = 365
/** A leaf that begins at an age below 28 days is sealed by then. */
const SEALED_DAYS = YOUNG_DAYS + 7
const WEEK_S = 7 * DAY_S
const YOUNG_WEEKS = 3
const DRIFT = 0.2
/** Their weeks tell the coverage to less than a hundredth. */
const DRIFTING_MOST = 300
const READER_ZONE = 'Asia/Kolkata'
/** Ranges of whole leaves that are looked at in one life. */
const RANGES = 4
export const SPIKES = [2000, 5000, 10_000, 20_000, 50_000] as const
/** Lives of a year are long: where they are few, each has several spikes. */
const SPIKES_LEAST = 1000
/** Videos are published at any hour of the 28 days that leaves are counted in. */
const CYCLE_BEGIN_S = Date.UTC(2026, 0, 5) / 1000
const CYCLE_HOURS = 28 * 24

export function runYoung(runs: Runs, traffic: Traffic): YoungFigures {
  const lives = { steady: openLives(), drifting: openLives() }
  const shown: LifetimeAnswer[] = []
  for (let run = 0; run < runs.runs; run++) {
    const drawn = drawLife(runs, traffic, { kind: 'young', run, days: SEALED_DAYS, drift: 0 })
    addAnswers(lives.steady, drawn, runs.sealing)
    const now = lifetimeAt(drawn.life, runs.sealing, YOUNG_DAYS)
    if (now !== null) shown.push(now)
    if (run >= DRIFTING_MOST) continue
    const drift = { kind: 'drift', run, days: SEALED_DAYS, drift: DRIFT } as const
    addAnswers(lives.drifting, drawLife(runs, traffic, drift), runs.sealing)
  }
  const { totals, windows, wholes } = lives.steady
  return {
    leaves: meanOf(shown.map((each) => each.leaves)),
    total: { error: relativeError(totals), worst: worstError(totals) },
    published: {
      error: relativeError(shown),
      behindDays: meanOf(shown.map((each) => each.behindDays)),
    },
    windows: { error: relativeError(windows), coverage: coverage(windows) },
    driftCoverage: coverage(lives.drifting.windows),
    wholeCoverage: coverage(wholes),
  }
}

export function runYears(runs: Runs, traffic: Traffic): YearFigures {
  const all = openLives()
  const firstClear: number[] = []
  const shown: LifetimeAnswer[] = []
  const spikes = SPIKES.map((spikeSaves) => ({ spikeSaves, minutes: Array<number>() }))
  const calmSaves = traffic.savesOn(YEAR_DAYS)
  for (let run = 0; run < runs.runs; run++) {
    const drawn = drawLife(runs, traffic, { kind: 'year', run, days: YEAR_DAYS, drift: 0 })
    const { life, random } = drawn
    addAnswers(all, drawn, runs.sealing)
    firstClear.push(firstClearDays(life, runs.sealing))
    const now = lifetimeAt(life, runs.sealing, YEAR_DAYS)
    if (now !== null) shown.push(now)
    for (const { spikeSaves, minutes } of spikes) {
      for (let time = 0; time < SPIKES_LEAST / runs.runs; time++) {
        const spike = { video: drawVideo(random), life, calmSaves, spikeSaves, random }
        minutes.push(minutesUntilShown(runs.sealing, spike))
      }
    }
  }
  return {
    firstClearDays: { median: percentile(firstClear, 0.5), most: percentile(firstClear, 0.95) },
    leaves: meanOf(shown.map((each) => each.leaves)),
    total: { error: relativeError(shown), worst: worstError(shown) },
    windows: { error: relativeError(all.windows), coverage: coverage(all.windows) },
    wholeCoverage: coverage(all.wholes),
    spikeMinutes: new Map(
      spikes.map(({ spikeSaves, minutes }) => [spikeSaves, percentile(minutes, 0.95)]),
    ),
  }
}

interface LifeWanted {
  /** Lives of different kinds have different draws. */
  readonly kind: 'young' | 'drift' | 'year'
  readonly run: number
  readonly days: number
  readonly drift: number
}

interface DrawnLife {
  readonly random: Random
  readonly life: Life
  readonly weeks: readonly number[]
}

function drawLife(
  { sealing, seed }: Runs,
  traffic: Traffic,
  { kind, run, days, drift }: LifeWanted,
): DrawnLife {
  const random = createRandom('utility', seed, traffic.name, kind, run)
  const startS = CYCLE_BEGIN_S + random.below(CYCLE_HOURS) * 3600
  const drawn = drawTraffic(traffic, { startS, days, random, drift })
  const weeks = weeksOf(startS, days)
  const instants = [...weeks, startS, startS + YOUNG_DAYS * DAY_S].toSorted((a, b) => a - b)
  const video = drawVideo(random)
  return { random, life: live(sealing, { video, traffic: drawn, instants, random }), weeks }
}

/** Noise depends on it: one of its own for whatever is drawn anew. */
function drawVideo(random: Random): bigint {
  return BigInt(random.below(2 ** 32))
}

/** Begins of the weeks that are looked at, and the end of the last: at local midnights of the reader. */
function weeksOf(startS: number, days: number): readonly number[] {
  const firstS = nextEnd('1d', startS, READER_ZONE)
  const begins = Array.from(
    { length: Math.floor(days / 7) },
    (_each, week) => firstS + week * WEEK_S,
  )
  return days === YEAR_DAYS ? begins.slice(YOUNG_WEEKS + 1) : begins.slice(0, YOUNG_WEEKS + 1)
}

interface Lives {
  readonly totals: Answer[]
  readonly windows: Answer[]
  readonly wholes: Answer[]
}

function openLives(): Lives {
  return { totals: [], windows: [], wholes: [] }
}

function addAnswers(lives: Lives, { life, random, weeks }: DrawnLife, sealing: Sealing): void {
  const { startS } = life.traffic
  const first = { fromS: startS, toS: startS + YOUNG_DAYS * DAY_S }
  const total = rangeAnswer(life, first, sealing)
  if (total !== null) lives.totals.push(total)
  for (const [index, toS] of weeks.slice(1).entries()) {
    const answer = rangeAnswer(life, { fromS: weeks[index] ?? toS, toS }, sealing)
    if (answer !== null) lives.windows.push(answer)
  }
  for (let range = 0; range < RANGES; range++) {
    const [one, other] = [random.below(life.leaves.length), random.below(life.leaves.length)]
    const leaves = life.leaves.slice(Math.min(one, other), Math.max(one, other) + 1)
    lives.wholes.push(wholeAnswer(leaves, sealing))
  }
}
