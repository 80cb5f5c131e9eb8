// What is published of the days that a replay touches: taken before it touches them, and held against what stands there afterwards.
import { spans } from '#schemas/spans.ts'
import { comparisons } from '../audit/comparisons.ts'
import type { Comparison } from '../audit/comparisons.ts'
import type { Stores } from '../audit/day-comparison.ts'
import { differing, readDigests } from '../audit/digests.ts'
import type { Digests } from '../audit/digests.ts'
import { isAwaited, isClosed, quartersOf, readWaiting } from '../audit/frontier.ts'
import { readLastGeneration } from '../sealer/generations.ts'
import { startsParam } from '../sealer/tables-published.ts'

/** A span that others change meanwhile is not compared. */
export type Elsewhere = (comparison: Comparison, startS: number) => boolean

export interface ChangedSpan {
  /** As `video quarters`. */
  readonly table: string
  readonly startS: number
}

export interface SnapshotComparison {
  readonly quarters: number
  readonly days: number
  /** Closed spans that others touched meanwhile, or that waited to be counted already: not compared. */
  readonly leftOut: number
  readonly changed: readonly ChangedSpan[]
}

export interface PublishedSnapshots {
  /** Remembers what is published of days, of each the first time. @throws PipelineError of a server. */
  take(daysS: readonly number[]): Promise<void>
  /** Holds what was remembered of days against what is published now. */
  compare(daysS: readonly number[], isElsewhere: Elsewhere): Promise<SnapshotComparison>
}

interface Snapshot {
  readonly digests: Digests
  /** Closed, and with nothing to be counted again. */
  readonly settled: ReadonlySet<number>
  readonly leftOut: number
}

export function createPublishedSnapshots(stores: Stores): PublishedSnapshots {
  const taken = new Map<number, ReadonlyMap<Comparison, Snapshot>>()

  async function readDay(dayS: number): Promise<ReadonlyMap<Comparison, Snapshot>> {
    const last = await readLastGeneration(stores.rollups)
    const snapshots = new Map<Comparison, Snapshot>()
    if (last === null) return snapshots
    for (const comparison of comparisons) {
      const closed = startsOf(comparison, dayS).filter((start) => isClosed(comparison, start, last))
      const digests = await readPublished(stores, comparison, closed, last.generation)
      snapshots.set(comparison, { digests, settled: new Set(closed), leftOut: 0 })
    }
    const waiting = await readWaiting(stores.vault)
    for (const [comparison, { digests, settled }] of snapshots) {
      const still = [...settled].filter((startS) => !isAwaited(comparison, startS, waiting))
      const leftOut = settled.size - still.length
      snapshots.set(comparison, { digests, settled: new Set(still), leftOut })
    }
    return snapshots
  }

  return {
    async take(daysS) {
      for (const dayS of daysS) if (!taken.has(dayS)) taken.set(dayS, await readDay(dayS))
    },
    async compare(daysS, isElsewhere) {
      const quarters = new Set<number>()
      const days = new Set<number>()
      const changed: ChangedSpan[] = []
      let leftOut = 0
      const last = await readLastGeneration(stores.rollups)
      for (const dayS of last === null ? [] : daysS) {
        for (const [comparison, { digests, settled, leftOut: waited }] of taken.get(dayS) ?? []) {
          const compared = [...settled].filter((startS) => !isElsewhere(comparison, startS))
          leftOut += waited + settled.size - compared.length
          const seen = comparison.table.start === 'quarter' ? quarters : days
          for (const startS of compared) seen.add(startS)
          const now = await readPublished(stores, comparison, compared, last?.generation ?? 0n)
          for (const startS of differing(digests, now)) {
            if (compared.includes(startS)) changed.push({ table: comparison.name, startS })
          }
        }
      }
      return { quarters: quarters.size, days: days.size, leftOut, changed }
    },
  }
}

function startsOf({ table }: Comparison, dayS: number): readonly number[] {
  return table.start === 'quarter' ? quartersOf(dayS) : [dayS]
}

async function readPublished(
  { rollups }: Stores,
  comparison: Comparison,
  startsS: readonly number[],
  generation: bigint,
): Promise<Digests> {
  if (startsS.length === 0) return new Map()
  const params = { starts: startsParam(comparison.table, startsS), generation }
  return readDigests(comparison, { store: rollups, sql: comparison.published, params: [params] })
}

/** What came in beside the replay: the quarters and days of its slots. */
export interface LiveSpans {
  readonly quarters: ReadonlySet<number>
  readonly days: ReadonlySet<number>
}

/**
 * Whether live events may have changed a span: those of its own time, and of people those of any day
 * before, since a first act that comes in late is taken from whichever later day had it.
 */
export function touchedBy({ quarters, days }: LiveSpans): Elsewhere {
  const firstDay = Math.min(...days)
  return ({ table }, startS) => {
    switch (table.name) {
      case 'minutes':
      case 'quarters':
        return quarters.has(startS)
      case 'days':
      case 'restricted_days':
        return days.has(startS)
      case 'people_days':
        return startS + spans.day.seconds > firstDay
      default:
        return table.name satisfies never
    }
  }
}
