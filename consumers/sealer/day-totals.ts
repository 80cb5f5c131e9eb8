// Counts what is told by UTC day alone: people by their first act, and acts on videos that were not public.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { spans } from '#schemas/spans.ts'
import { watchMeasures, WITHHELD_BELOW_VIEWERS } from '#schemas/measures.ts'
import { estimateRead } from './estimate-read.ts'
import { measureAggregates } from './measures.ts'
import { CLOSED } from './span-totals.ts'
import {
  dayText,
  publishVideosStatement,
  publishedTables,
  startsParam,
  sumCreatorsStatement,
} from './tables-published.ts'
import type { VideoRange } from './tables-published.ts'

export interface DayTotals {
  /** Counts a UTC day from its facts and publishes what changed. Repeating it changes nothing. */
  recount(dayS: number, generation: bigint): Promise<void>
  /** Sums published rows of videos into those of creators: for a day whose facts are gone. */
  sumCreators(dayS: number, generation: bigint): Promise<void>
  /** Rows that `recount` would read, about. */
  estimateRows(dayS: number): Promise<number>
}

export interface DayTotalsOptions {
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
  readonly stop: AbortSignal
  /** Facts of one statement about people: bounds the set of people that the server holds. */
  readonly sliceFactsMax?: number
}

const SLICE_FACTS_MAX = 8_000_000

/** Facts read for people, for acts while not public, and the first acts that are looked up by key. */
const ROWS_PER_FACT = 4

export function createDayTotals(options: DayTotalsOptions): DayTotals {
  const { vault, rollups, stop, sliceFactsMax = SLICE_FACTS_MAX } = options

  async function sumCreators(dayS: number, generation: bigint): Promise<void> {
    for (const table of [publishedTables.people_days, publishedTables.restricted_days]) {
      const params = { starts: startsParam(table, [dayS]), generation }
      await rollups.insertSelect(sumCreatorsStatement(table), params)
    }
  }

  return {
    async recount(dayS, generation) {
      const starts = [dayText(dayS)]
      const span = { from_s: dayS, to_s: dayS + spans.day.seconds }
      for (const range of await videoRanges(vault, dayS, sliceFactsMax)) {
        stop.throwIfAborted()
        const bounds = { from_video: range.from, to_video: range.to }
        const people = await vault.read(countPeopleStatement(), { ...span, ...bounds })
        const published = publishVideosStatement(publishedTables.people_days, range)
        await rollups.insert(published, people, { starts, generation, ...bounds })
      }
      stop.throwIfAborted()
      const restricted = await vault.read(countRestrictedStatement(), span)
      const published = publishVideosStatement(publishedTables.restricted_days)
      await rollups.insert(published, restricted, { starts, generation })
      await sumCreators(dayS, generation)
    },
    sumCreators,
    estimateRows: async (dayS) => ROWS_PER_FACT * (await countFacts(vault, dayS)),
  }
}

const ofDay = `slot >= toDateTime({from_s:UInt32}, 'UTC') and slot < toDateTime({to_s:UInt32}, 'UTC')`

function countFacts(vault: ClickhouseStore, dayS: number): Promise<number> {
  const params = { from_s: dayS, to_s: dayS + spans.day.seconds }
  return estimateRead(vault, `select count() from vault.facts where ${ofDay}`, params)
}

const boundsSchema = z.object({ bounds: z.array(z.string()) })

/** Ranges of video ids with about equal shares of a day's facts, together all ids. */
async function videoRanges(
  vault: ClickhouseStore,
  dayS: number,
  sliceFactsMax: number,
): Promise<readonly VideoRange[]> {
  const slices = Math.ceil((await countFacts(vault, dayS)) / sliceFactsMax)
  const last = 2n ** 64n - 1n
  if (slices <= 1) return [{ from: 0n, to: last }]
  const levels = Array.from({ length: slices - 1 }, (_, index) => (index + 1) / slices)
  const [row] = await vault.rows(
    boundsSchema,
    `select arrayMap(id -> toString(id),
       arrayDistinct(quantilesExactLow(${levels.join(', ')})(video_id))) as bounds
     from vault.facts where ${ofDay}`,
    { from_s: dayS, to_s: dayS + spans.day.seconds },
  )
  const edges = [0n, ...(row?.bounds ?? []).map(BigInt), last]
  return edges.slice(1).map((to, index) => ({ from: edges[index] ?? 0n, to }))
}

const peopleTypes = `('view', 'like', 'comment', 'stitch', 'duet')`

/**
 * People of a day: those who acted on it and whose first act lies in it. Candidates come from the
 * facts of the day, so that first acts are read by key and never scanned: at most a granule each.
 */
function countPeopleStatement(): string {
  return `
    select video_id, toDate(toDateTime({from_s:UInt32}, 'UTC')) as day,
      countIf(metric = 'viewers') as viewers, countIf(metric = 'likers') as likers,
      countIf(metric = 'commenters') as commenters, countIf(metric = 'remixers') as remixers
    from (
      select metric, video_id, person, bitShiftRight(min(total), 21) as first_ms
      from vault.people
      where metric in ('viewers', 'likers', 'commenters', 'remixers') and (video_id, person) in (
        select video_id, person
        from vault.facts final
        where ${ofDay} and type in ${peopleTypes}
          and video_id >= {from_video:UInt64} and video_id < {to_video:UInt64}
          and video_id in (
            select video_id from vault.attribution
            where video_id in (select video_id from vault.facts where ${ofDay})
          )
      )
      group by metric, video_id, person
    )
    where first_ms >= toUInt64({from_s:UInt32}) * 1000 and first_ms < toUInt64({to_s:UInt32}) * 1000
    group by video_id
    format Native`
}

/** Acts of a day on videos while they were not public; how so few people watched is withheld. */
function countRestrictedStatement(): string {
  const measures = Object.entries(measureAggregates).map(([name, sql]) => `${sql} as ${name}`)
  const withheld: ReadonlySet<string> = watchMeasures
  const shown = Object.keys(measureAggregates).map((name) =>
    withheld.has(name) ? `if(counted.few, 0, counted.${name}) as ${name}` : `counted.${name}`,
  )
  return `
    select video_id, day, ${shown.join(', ')},
      if(counted.few, counted.views, 0) as withheld_views
    from (
      select video_id, toDate(toDateTime({from_s:UInt32}, 'UTC')) as day, ${measures.join(', ')},
        uniqExactIf(person, type = 'view') < ${WITHHELD_BELOW_VIEWERS} as few
      from vault.facts as facts final
      inner join (
        select video_id, closed from vault.attribution final
        where notEmpty(closed) and video_id in (select video_id from vault.facts where ${ofDay})
      ) as attributed using (video_id)
      where ${ofDay} and ${CLOSED}
      group by video_id
    ) as counted
    format Native`
}
