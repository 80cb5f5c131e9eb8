// Of each video and measure: the time whose people buckets tell, and from when on somebody is told by none.
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import { isGuardedMeasure } from '#schemas/guarded.ts'
import type { RateNumerator } from './plan-breakdown.ts'
import { overlapOf } from './time-buckets.ts'
import type { Span } from './time-buckets.ts'

/** A bucket whose people are told by value: in cells of its own, or in those of a pool. */
export interface ToldBucket extends Span {
  readonly videoId: bigint
  readonly metric: BrokenDownMeasure
  readonly people: number
}

export interface ToldRuns {
  /** In any order. */
  add(bucket: ToldBucket): void
  /** Of several times the one with the most people, of such the first; null: there is none. */
  runOf(metric: BrokenDownMeasure, videoId: bigint): Span | null
}

interface Run {
  fromS: number
  toS: number
  people: number
}

/** Buckets of a video and measure lie end to end: those that touch are one run. */
export function createToldRuns(): ToldRuns {
  const known = new Map<BrokenDownMeasure, Map<bigint, Run[]>>()

  function runsOf(metric: BrokenDownMeasure, videoId: bigint): Run[] {
    let videos = known.get(metric)
    if (videos === undefined) {
      videos = new Map()
      known.set(metric, videos)
    }
    let runs = videos.get(videoId)
    if (runs === undefined) {
      runs = []
      videos.set(videoId, runs)
    }
    return runs
  }

  function runOf(metric: BrokenDownMeasure, videoId: bigint): Span | null {
    const runs = known.get(metric)?.get(videoId) ?? []
    if (runs.length === 1) return runs[0] ?? null
    const [most = null] = runs.toSorted((a, b) => b.people - a.people || a.fromS - b.fromS)
    return most
  }

  return {
    add({ videoId, metric, fromS, toS, people }) {
      const runs = runsOf(metric, videoId)
      const before = runs.find((run) => run.toS === fromS)
      const after = runs.find((run) => run.fromS === toS)
      if (before !== undefined) {
        before.toS = after?.toS ?? toS
        before.people += people + (after?.people ?? 0)
        if (after !== undefined) runs.splice(runs.indexOf(after), 1)
      } else if (after !== undefined) {
        after.fromS = fromS
        after.people += people
      } else {
        runs.push({ fromS, toS, people })
      }
    },
    runOf,
  }
}

/** What is known of the two parts of a rate by viewers, of one video. */
export interface RateParts {
  readonly of: Span | null
  readonly viewers: Span | null
  /** Whether anybody is known to have done what the rate takes for each viewer. */
  readonly hasActs: boolean
}

/** In which both parts are told; empty: of one they never are. Of exact people nobody is told without a bucket. */
export function toldTogether(rate: RateNumerator, { of, viewers, hasActs }: RateParts): Span {
  const isNobody = !isGuardedMeasure(rate) && !hasActs
  const told = of ?? (isNobody ? viewers : null)
  return told === null || viewers === null ? never : overlapOf(told, viewers)
}

/** No time at all. */
export const never: Span = { fromS: 0, toS: 0 }

/** The first instant of a span with people at which they are not told; null: they all are. */
export function untoldFromS({ fromS, toS }: Span, told: Span | null): number | null {
  if (told === null || fromS < told.fromS) return fromS
  return toS > told.toS ? Math.max(fromS, told.toS) : null
}

/** Times in which people acted. */
export interface Acts {
  add(videoId: bigint, fromS: number, toS: number): void
  /** Whether anybody did on a video. */
  has(videoId: bigint): boolean
  /** The first instant at which such people are told by no bucket; Infinity: there is none. */
  firstUntoldS(runOf: (videoId: bigint) => Span | null): number
}

/** Numbers only, in any order: there may be as many as videos have days. */
export function createActs(): Acts {
  const videos = new Map<bigint, number[]>()
  return {
    add(videoId, fromS, toS) {
      const times = videos.get(videoId)
      if (times === undefined) videos.set(videoId, [fromS, toS])
      else times.push(fromS, toS)
    },
    has: (videoId) => videos.has(videoId),
    firstUntoldS(runOf) {
      let first = Infinity
      for (const [videoId, times] of videos) {
        const told = runOf(videoId)
        for (let at = 0; at < times.length; at += 2) {
          const span = { fromS: times[at] ?? 0, toS: times[at + 1] ?? 0 }
          first = Math.min(first, untoldFromS(span, told) ?? Infinity)
        }
      }
      return first
    },
  }
}
