// When a leaf of a video ends: at the longest step of its age, or earlier once enough people are to be expected in it.
import { Temporal } from 'temporal-polyfill'
import type { LadderStep, Policy } from '#schemas/policy.ts'

/** A leaf that is not sealed yet; all sums are of published numbers. */
export interface OpenLeaf {
  /** From 1. */
  readonly ordinal: number
  /** Unix seconds. */
  readonly fromS: number
  /** Saves published of the leaves before; noised, so it may be negative. */
  readonly savesBefore: number
  /** Views before `fromS`. */
  readonly viewsBefore: number
  /** Views since `fromS`. */
  readonly views: number
  /** Views of the first 24 hours of the video, as far as they are over. */
  readonly firstDayViews: number
}

export interface LadderVideo {
  /** Begin of the first leaf: the hour of publication, Unix seconds. */
  readonly startS: number
  /** Of its creator: days and longer end at local midnights. */
  readonly timeZone: string
}

export interface Ladder {
  /** The latest end of a leaf that begins at `fromS`, Unix seconds; later than `fromS`. */
  latestEnd(video: LadderVideo, fromS: number): number
  /** Whether a leaf may end at an edge of the shortest step. */
  isFull(leaf: OpenLeaf): boolean
}

/** The shortest step: every leaf ends at a multiple of it. */
export const EDGE_S = 300

const DAY_S = 86_400

/** 28 days are counted from a Monday. */
const FIRST_MONDAY = Temporal.PlainDate.from('2024-01-01')

const shortSteps = { '5m': 300, '1h': 3600, '6h': 21_600 } as const
const dayCounts = { '1d': 1, '7d': 7, '28d': 28 } as const

/** Ends that were asked for lately: all videos of a creator have the same. */
const KNOWN_MAX = 20_000

export function createLadder({ longest, expected_people: expected }: Policy['ladder']): Ladder {
  const known = new Map<string, number>()

  function stepOf({ startS }: LadderVideo, fromS: number): LadderStep {
    const ageS = fromS - startS
    const rule = longest.find(({ younger_than_days: days }) => days === null || ageS < days * DAY_S)
    return rule?.step ?? '28d'
  }

  return {
    latestEnd(video, fromS) {
      const step = stepOf(video, fromS)
      const key = `${video.timeZone} ${step} ${fromS}`
      const before = known.get(key)
      if (before !== undefined) return before
      const end = nextEnd(step, fromS, video.timeZone)
      if (known.size >= KNOWN_MAX) known.clear()
      known.set(key, end)
      return end
    },
    // A video of which nothing was ever seen is judged as if it had been viewed once.
    isFull({ savesBefore, viewsBefore, views, firstDayViews }) {
      const people = Math.max(0, savesBefore) + 1
      return views * people >= expected * Math.max(1, viewsBefore + firstDayViews)
    },
  }
}

/** The first boundary of a step after an instant, both in Unix seconds. */
export function nextEnd(step: LadderStep, fromS: number, timeZone: string): number {
  if (step === '5m' || step === '1h' || step === '6h') {
    return (Math.floor(fromS / shortSteps[step]) + 1) * shortSteps[step]
  }
  const days = dayCounts[step]
  const local = Temporal.Instant.fromEpochMilliseconds(fromS * 1000).toZonedDateTimeISO(timeZone)
  const day = local.toPlainDate()
  const since = FIRST_MONDAY.until(day, { largestUnit: 'days' }).days
  const into = ((since % days) + days) % days
  const end = day.add({ days: days - into }).toZonedDateTime({ timeZone })
  // Local midnights of former times lie between two edges in some zones.
  return Math.ceil(end.epochMilliseconds / 1000 / EDGE_S) * EDGE_S
}
