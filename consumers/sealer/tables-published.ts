// The tables that the sealer publishes, and the statements that write them: only rows that changed, zeros where a count is gone.
import { openMeasures, peopleMeasures } from '#schemas/measures.ts'
import { dayText } from '#schemas/spans.ts'
import { FENCE } from './fence.ts'

export type Scope = 'video' | 'creator'

/** A pair of tables in the rollups, `video_NAME` and `creator_NAME`, with the same columns. */
export interface PublishedTable {
  readonly name: 'minutes' | 'quarters' | 'days' | 'restricted_days' | 'people_days'
  /** The column that a row's span begins in, and its type. */
  readonly start: 'minute' | 'quarter' | 'day'
  readonly type: `DateTime('UTC')` | 'Date'
  readonly columns: readonly string[]
}

const measures = Object.keys(openMeasures)

export const publishedTables = {
  minutes: { name: 'minutes', start: 'minute', type: `DateTime('UTC')`, columns: measures },
  quarters: { name: 'quarters', start: 'quarter', type: `DateTime('UTC')`, columns: measures },
  days: { name: 'days', start: 'day', type: 'Date', columns: measures },
  restricted_days: {
    name: 'restricted_days',
    start: 'day',
    type: 'Date',
    columns: [...measures, 'withheld_views'],
  },
  people_days: {
    name: 'people_days',
    start: 'day',
    type: 'Date',
    columns: Object.keys(peopleMeasures),
  },
} as const satisfies Record<PublishedTable['name'], PublishedTable>

/** The parameter `{starts}` of the statements below, for spans that begin at these Unix seconds. */
export function startsParam(
  { type }: PublishedTable,
  startsS: readonly number[],
): readonly string[] | readonly number[] {
  return type === 'Date' ? startsS.map(dayText) : startsS
}

/**
 * Takes the counts of videos as its body in Native format and inserts those that differ from what is
 * published for `{starts}`. Counts must hold every video of the spans.
 */
export function publishVideosStatement(table: PublishedTable): string {
  const { start, type, columns } = table
  const typed = columns.map((name) => `${name} UInt64`).join(', ')
  const structure = `video_id UInt64, ${start} ${type}, ${typed}`.replaceAll(`'`, `''`)
  return `${insertChanged('video', table, `select * from input('${structure}')`)}
    format Native`
}

/** Sums published rows of videos into those of the creators that they are attributed to. */
export function sumCreatorsStatement(table: PublishedTable): string {
  return insertChanged('creator', table, creatorSums(table))
}

/** Sums the published quarters of `{starts}` (days) into days of videos. */
export function sumVideoDaysStatement(): string {
  return insertChanged('video', publishedTables.days, daySums())
}

/** Which rows count as published: all, as the sealer goes on from them, or up to `{generation}`. */
export type Bound = 'all' | 'finished'

/** Newest rows of creators as the sums of those of their videos, of the spans `{starts}`. */
export function creatorSums(table: PublishedTable, bound: Bound = 'all'): string {
  const { name, start, columns } = table
  const wanted = wantedStarts(table)
  return `
    select creator_id, ${start}, ${columns.map((each) => `sum(latest.${each}) as ${each}`).join(', ')}
    from (${latestRows('video', table, bound)}) as latest
    inner join (
      select video_id, creator_id from directory.attribution final
      where video_id in (select video_id from rollups.video_${name} where ${wanted})
    ) as attributed using (video_id)
    group by creator_id, ${start}`
}

/** Days of videos as the sums of their newest quarters, of the days `{starts}`. */
export function daySums(bound: Bound = 'all'): string {
  const { columns } = publishedTables.quarters
  return `
    select video_id, toDate(quarter, 'UTC') as day,
      ${columns.map((each) => `sum(latest.${each}) as ${each}`).join(', ')}
    from (
      select video_id, quarter, ${columns.join(', ')}
      from rollups.video_quarters
      where toDate(quarter) in {starts:Array(Date)}${upTo(bound)}
      order by video_id, quarter, generation desc
      limit 1 by video_id, quarter
    ) as latest
    group by video_id, day`
}

/** Joins counted rows with the newest published ones of the same spans and keeps what differs. */
function insertChanged(scope: Scope, table: PublishedTable, counted: string): string {
  const { name, start, columns } = table
  const id = `${scope}_id`
  const differs = columns.map((each) => `counted.${each} != published.${each}`)
  return `
    insert into rollups.${scope}_${name} (${id}, ${start}, ${columns.join(', ')}, generation)
    select ${id}, ${start}, ${columns.map((each) => `counted.${each}`).join(', ')},
      {generation:UInt64} as generation
    from (${counted}) as counted
    full join (${latestRows(scope, table)}) as published using (${id}, ${start})
    where (${differs.join(' or ')}) and ${FENCE}`
}

/**
 * Newest rows of the spans `{starts}`. By `limit 1 by`: a third of the time that `argMax` of every
 * column takes.
 */
export function latestRows(scope: Scope, table: PublishedTable, bound: Bound = 'all'): string {
  const { name, start, columns } = table
  const id = `${scope}_id`
  return `
      select ${id}, ${start}, ${columns.join(', ')}
      from rollups.${scope}_${name}
      where ${wantedStarts(table)}${upTo(bound)}
      order by ${id}, ${start}, generation desc
      limit 1 by ${id}, ${start}`
}

function upTo(bound: Bound): string {
  return bound === 'all' ? '' : ' and generation <= {generation:UInt64}'
}

export function wantedStarts({ start, type }: PublishedTable): string {
  return `${start} in {starts:Array(${type})}`
}
