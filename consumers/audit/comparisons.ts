// What is held against what: each published table, and how its rows are counted again.
import { countedPeople, countedRestricted } from '../sealer/day-totals.ts'
import { countedFacts } from '../sealer/span-totals.ts'
import { creatorSums, daySums, latestRows, publishedTables } from '../sealer/tables-published.ts'
import type { PublishedTable, Scope } from '../sealer/tables-published.ts'

export interface Comparison {
  /** As `video quarters`. */
  readonly name: string
  readonly scope: Scope
  readonly table: PublishedTable
  /** Where the numbers are counted again: from facts, or from other published numbers. */
  readonly from: 'vault' | 'rollups'
  /**
   * Rows as they should be: id, start and columns of `table`. Parameters: `starts` (of the table's
   * type), `generation`, and of a day `from_s` and `to_s`. Zeros may be left out.
   */
  readonly counted: string
  /** Rows as they are published, with the same parameters. */
  readonly published: string
  /** Parts by videos that a count from facts may be cut into, with the parameters `cuts` and `cut`. */
  readonly isCut: boolean
}

/** Whole videos in every part, so that counts of parts add up. */
const OF_CUT = 'video_id % {cuts:UInt32} = {cut:UInt32}'

const { quarters, days, restricted_days, people_days } = publishedTables

const fromFacts: readonly Comparison[] = [
  videos(quarters, countedFacts('quarter'), false),
  videos(restricted_days, countedRestricted(), false),
  videos(people_days, countedPeople(OF_CUT), true),
]

const fromPublished: readonly Comparison[] = [
  {
    name: 'video days',
    scope: 'video',
    table: days,
    from: 'rollups',
    counted: daySums('finished'),
    published: latestRows('video', days, 'finished'),
    isCut: false,
  },
  ...[quarters, days, restricted_days, people_days].map((table): Comparison => ({
    name: nameOf('creator', table),
    scope: 'creator',
    table,
    from: 'rollups',
    counted: creatorSums(table, 'finished'),
    published: latestRows('creator', table, 'finished'),
    isCut: false,
  })),
]

/** Everything that is published of closed spans. Further logs of numbers are compared by further rows. */
export const comparisons: readonly Comparison[] = [...fromFacts, ...fromPublished]

function videos(table: PublishedTable, select: string, isCut: boolean): Comparison {
  // Counts of a day may lack the column of the day.
  const { columns, start } = table
  const isDay = start === 'day'
  const day = `toDate(toDateTime({from_s:UInt32}, 'UTC'))`
  return {
    name: nameOf('video', table),
    scope: 'video',
    table,
    from: 'vault',
    counted: isDay
      ? `select video_id, ${day} as day, ${columns.join(', ')} from (${select})`
      : select,
    published: latestRows('video', table, 'finished'),
    isCut,
  }
}

function nameOf(scope: Scope, { name }: PublishedTable): string {
  return `${scope} ${name.replace('_', ' ')}`
}
