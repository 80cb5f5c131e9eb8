// Counts what is told by UTC day alone: people by their first act, and acts on videos that were not public.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { peopleMeasures, watchMeasures, WITHHELD_BELOW_VIEWERS } from '#schemas/measures.ts'
import { dayText, spans } from '#schemas/spans.ts'
import { estimateRead } from './estimate-read.ts'
import { measureAggregates } from './measures.ts'
import { andNotErased, CLOSED, measureCounts, measureSums } from './span-totals.ts'
import type { CountedTable } from './span-totals.ts'
import {
  publishVideosStatement,
  publishedTables,
  startsParam,
  sumCreatorsStatement,
} from './tables-published.ts'

/** A day that is being counted, slice by slice, so that live minutes get their turn in between. */
export interface DayCount {
  readonly dayS: number
  /** Counts one more slice, or after the last one publishes what changed. @returns whether all is done. */
  next(generation: bigint): Promise<boolean>
}

export interface DayTotals {
  /** Begins to count a UTC day from its facts. A count that is given up leaves nothing published. */
  begin(dayS: number, generation: bigint): Promise<DayCount>
  /** Sums published rows of videos into those of creators: for a day whose facts are gone. */
  sumCreators(dayS: number, generation: bigint): Promise<void>
  /** Rows that a count would read, about. */
  estimateRows(dayS: number): Promise<number>
}

export interface DayTotalsOptions {
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
  readonly stop: AbortSignal
  /** Facts of one slice: bounds the set of people that the server holds, and how long a slice takes. */
  readonly sliceFactsMax?: number
}

/** About two seconds. */
const SLICE_FACTS_MAX = 500_000

/** A slice is not cut further: facts come in quarters everywhere else. */
const SLICE_SECONDS_MIN = spans.quarter.seconds

/** Facts read for people and for acts while not public, and the first acts that are looked up by key. */
const ROWS_PER_FACT = 4

/** From `fromS` up to, not with, `toS`. */
interface Slice {
  readonly fromS: number
  readonly toS: number
}

export function createDayTotals(options: DayTotalsOptions): DayTotals {
  const { vault, rollups, stop, sliceFactsMax = SLICE_FACTS_MAX } = options

  async function sumCreators(dayS: number, generation: bigint): Promise<void> {
    for (const table of [publishedTables.people_days, publishedTables.restricted_days]) {
      const params = { starts: startsParam(table, [dayS]), generation }
      await rollups.insertSelect(sumCreatorsStatement(table), params)
    }
  }

  /** Slices in order of time that cover the day, each of a bounded number of facts. */
  async function slicesOf(dayS: number): Promise<readonly Slice[]> {
    const left: Slice[] = [wholeDay(dayS)]
    const slices: Slice[] = []
    for (let slice = left.pop(); slice !== undefined; slice = left.pop()) {
      const { fromS, toS } = slice
      const middleS = fromS + Math.floor((toS - fromS) / 2 / SLICE_SECONDS_MIN) * SLICE_SECONDS_MIN
      if (middleS === fromS || (await countFacts(vault, slice)) <= sliceFactsMax) slices.push(slice)
      else left.push({ fromS: middleS, toS }, { fromS, toS: middleS })
    }
    return slices
  }

  async function publish(dayS: number, version: bigint, generation: bigint): Promise<void> {
    const day = dayText(dayS)
    const params = { starts: [day], generation }
    const people = await vault.read(sumSlicesStatement(), { day, version })
    await rollups.insert(publishVideosStatement(publishedTables.people_days), people, params)
    const restricted = await vault.read(countRestrictedStatement(), boundsOf(wholeDay(dayS)))
    await rollups.insert(
      publishVideosStatement(publishedTables.restricted_days),
      restricted,
      params,
    )
    await sumCreators(dayS, generation)
    await dropSlices(day, version)
  }

  /** A partition's name cannot be a parameter; this one is made of digits alone. */
  function dropSlices(day: string, version: bigint): Promise<void> {
    return vault.command(`alter table vault.people_slices drop partition ('${day}', ${version})`)
  }

  /** Drops what counts have left that were given up; never what a newer sealer is counting. */
  async function dropOlder(day: string, version: bigint): Promise<void> {
    const older = await vault.rows(
      versionSchema,
      `select distinct toString(version) as older from vault.people_slices
       where day = {day:Date} and version < {version:UInt64}`,
      { day, version },
    )
    for (const each of older) await dropSlices(day, BigInt(each.older))
  }

  return {
    async begin(dayS, version) {
      const left = [...(await slicesOf(dayS))]
      await dropOlder(dayText(dayS), version)
      return {
        dayS,
        async next(generation) {
          stop.throwIfAborted()
          const [slice] = left
          if (slice !== undefined) {
            const params = { ...boundsOf(slice), day: dayText(dayS), version }
            await vault.insertSelect(countPeopleStatement(), params)
            left.shift()
            return false
          }
          await publish(dayS, version, generation)
          return true
        },
      }
    },
    sumCreators,
    estimateRows: async (dayS) => ROWS_PER_FACT * (await countFacts(vault, wholeDay(dayS))),
  }
}

const versionSchema = z.object({ older: z.string() })

function wholeDay(dayS: number): Slice {
  return { fromS: dayS, toS: dayS + spans.day.seconds }
}

function boundsOf({ fromS, toS }: Slice): { readonly from_s: number; readonly to_s: number } {
  return { from_s: fromS, to_s: toS }
}

const ofSlice = `slot >= toDateTime({from_s:UInt32}, 'UTC') and slot < toDateTime({to_s:UInt32}, 'UTC')`

function countFacts(vault: ClickhouseStore, slice: Slice): Promise<number> {
  const sql = `select count() from vault.facts where ${ofSlice}`
  return estimateRead(vault, sql, boundsOf(slice))
}

const people = Object.keys(peopleMeasures)

function countPeopleStatement(): string {
  return `
    insert into vault.people_slices (day, version, slice, video_id, ${people.join(', ')})
    select {day:Date}, {version:UInt64}, toDateTime({from_s:UInt32}, 'UTC'), video_id,
      ${people.join(', ')}
    from (${countedPeople()})`
}

/**
 * People of a slice, `{from_s}` up to `{to_s}`: those who acted in it and whose first act lies in it,
 * so that slices add up to the day, and those who were erased since. Candidates come from the facts of
 * the slice, so that first acts are read by key and never scanned: at most a granule each.
 * @param ofVideos a condition on `video_id`, for counts that are cut by videos.
 */
export function countedPeople(ofVideos = 'true'): string {
  return `
    select video_id, ${people.map((each) => `sum(${each}) as ${each}`).join(', ')}
    from (${countedFirstActs(ofVideos)}
      union all
      select video_id, ${people.join(', ')} from vault.residue_people final
      where ${ofSlice} and ${ofVideos}
        and video_id in (
          select video_id from vault.attribution
          where video_id in (select video_id from vault.residue_people where ${ofSlice})
        )
    )
    group by video_id`
}

function countedFirstActs(ofVideos: string): string {
  return `
    select video_id, ${people.map((each) => `countIf(metric = '${each}') as ${each}`).join(', ')}
    from (
      select metric, video_id, person, bitShiftRight(min(total), 21) as first_ms
      from vault.people
      where metric in (${people.map((each) => `'${each}'`).join(', ')})
        and (video_id, person) in (
          select video_id, person
          from vault.facts final
          where ${ofSlice} and ${ofVideos} and type in ('view', 'like', 'comment', 'stitch', 'duet')
            ${andNotErased(ofSlice)}
            and video_id in (
              select video_id from vault.attribution
              where video_id in (select video_id from vault.facts where ${ofSlice})
            )
        )
      group by metric, video_id, person
    )
    where first_ms >= toUInt64({from_s:UInt32}) * 1000 and first_ms < toUInt64({to_s:UInt32}) * 1000
    group by video_id`
}

/** A slice that was counted twice after a doubt stands twice: one of the two counts. */
function sumSlicesStatement(): string {
  return `
    select video_id, {day:Date} as day, ${people.map((each) => `sum(${each}) as ${each}`).join(', ')}
    from (
      select ${people.join(', ')}, video_id from vault.people_slices final
      where day = {day:Date} and version = {version:UInt64}
    )
    group by video_id
    format Native`
}

function countRestrictedStatement(): string {
  return `${countedRestricted()}
    format Native`
}

/**
 * Acts of a day on videos while they were not public; how so few people watched is withheld. Who was
 * erased is one of them as before: what was told of the others stays told, and what was not stays so.
 */
export function countedRestricted(): string {
  const select = (
    from: CountedTable,
    counts: readonly string[],
    viewers: string,
    also = '',
  ): string => `
        select video_id, ${counts.join(', ')}, ${viewers} as day_viewers
        from ${from} as acts final
        inner join (
          select video_id, closed from vault.attribution final
          where notEmpty(closed) and video_id in (select video_id from ${from} where ${ofSlice})
        ) as attributed using (video_id)
        where ${ofSlice} and ${CLOSED}${also}
        group by video_id`
  const withheld: ReadonlySet<string> = watchMeasures
  const shown = Object.keys(measureAggregates).map((name) =>
    withheld.has(name) ? `if(counted.few, 0, counted.${name}) as ${name}` : `counted.${name}`,
  )
  return `
    select video_id, day, ${shown.join(', ')},
      if(counted.few, counted.views, 0) as withheld_views
    from (
      select video_id, toDate(toDateTime({from_s:UInt32}, 'UTC')) as day, ${measureSums.join(', ')},
        sum(day_viewers) < ${WITHHELD_BELOW_VIEWERS} as few
      from (${select('vault.facts', measureCounts, `uniqExactIf(person, type = 'view')`, andNotErased(ofSlice))}
        union all
        ${select('vault.residue', measureSums, 'uniqExactIf(token, acts.views > 0)')}
      )
      group by video_id
    ) as counted`
}
