// Views and saves of a simulated video: how many to expect at every edge, and the views that there were.
import { EDGE_S } from '#consumers/sealer/leaves/ladder.ts'
import type { ViewSteps } from '#consumers/sealer/leaves/leaf-walk.ts'
import type { Random } from '#producers/simulator/random.ts'
import { drawPoisson } from './poisson.ts'

export interface Traffic {
  readonly name: string
  /** Saves to be expected on a whole day of the video's life, from 0. */
  readonly savesOn: (ageDays: number) => number
}

/** What a video has seen by every edge since its first leaf began: index 0 is that begin. */
export interface DrawnTraffic {
  readonly startS: number
  /** Saves to be expected before an edge. */
  readonly expected: Float64Array
  /** Views before an edge. */
  readonly views: Float64Array
  /** Views by edge, as the sealer reads them. */
  readonly steps: ViewSteps
}

export interface TrafficOptions {
  readonly startS: number
  readonly days: number
  readonly random: Random
  /**
   * By how much saves per view differ from one UTC day to the next: deviation of their logarithm.
   * With 0 views are as good a guide to when people saved as can be.
   */
  readonly drift: number
}

export const VIEWS_PER_SAVE = 40

export const DAY_S = 86_400
export const EDGES_A_DAY = DAY_S / EDGE_S
/** Of the busiest hour above the mean, and of the quietest below it. */
const RHYTHM = 0.8
const QUARTER_S = 900

/** Quietest at 6 h, busiest at 18 h UTC; the mean is 1. The same for all edges of a quarter. */
export const rhythm: Float64Array = Float64Array.from({ length: EDGES_A_DAY }, (_each, slot) => {
  const quarter = Math.floor((slot * EDGE_S) / QUARTER_S)
  const hours = (quarter + 0.5) / 4
  return 1 + RHYTHM * Math.sin((2 * Math.PI * (hours - 12)) / 24)
})

/** @param options `startS` is the begin of an edge. */
export function drawTraffic(traffic: Traffic, options: TrafficOptions): DrawnTraffic {
  const { startS, days, random, drift } = options
  const edges = days * EDGES_A_DAY
  const expected = new Float64Array(edges + 1)
  const views = new Float64Array(edges + 1)
  const steps: number[] = []
  const firstSlot = (startS % DAY_S) / EDGE_S
  let [rate, conversion] = [0, 1]
  let [expectedBefore, viewsBefore] = [0, 0]
  for (let edge = 0; edge < edges; edge++) {
    const slot = (firstSlot + edge) % EDGES_A_DAY
    if (edge % EDGES_A_DAY === 0) rate = traffic.savesOn(edge / EDGES_A_DAY) / EDGES_A_DAY
    if (drift > 0 && (slot === 0 || edge === 0)) conversion = drawFactor(random, drift)
    const saves = rate * (rhythm[slot] ?? 0)
    const viewed = drawPoisson(random, saves * VIEWS_PER_SAVE)
    expectedBefore += saves * conversion
    viewsBefore += viewed
    expected[edge + 1] = expectedBefore
    views[edge + 1] = viewsBefore
    if (viewed > 0) steps.push(startS + (edge + 1) * EDGE_S, viewed)
  }
  return { startS, expected, views, steps }
}

/** Log-normal of mean 1, by the method of Box and Muller. */
function drawFactor(random: Random, deviation: number): number {
  const length = Math.sqrt(-2 * Math.log(1 - random.next()))
  const normal = length * Math.cos(2 * Math.PI * random.next())
  return Math.exp(deviation * normal - deviation ** 2 / 2)
}
