// Counts minutes and quarters from facts and publishes what changed; rows stream from the vault into the rollups as they are.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { estimateRead } from './estimate-read.ts'
import { measureAggregates } from './measures.ts'
import {
  publishVideosStatement,
  publishedTables,
  startsParam,
  sumCreatorsStatement,
  sumVideoDaysStatement,
  wantedStarts,
} from './tables-published.ts'

export type CountedSpan = 'minute' | 'quarter'

export interface SpanTotals {
  /**
   * Counts spans from facts and publishes the rows that changed, first of videos, then of creators.
   * Repeating it changes nothing. @param startsS at most `STATEMENT_SPANS_MAX` Unix seconds.
   */
  recount(span: CountedSpan, startsS: readonly number[], generation: bigint): Promise<void>
  /** Sums published rows of videos into those of creators: for spans whose facts are gone. */
  sumCreators(span: CountedSpan, startsS: readonly number[], generation: bigint): Promise<void>
  /** Sums published quarters into UTC days. */
  sumDays(startsS: readonly number[], generation: bigint): Promise<void>
  /** Rows that `recount` would read: of facts, and of what is published. */
  estimateRows(span: CountedSpan, startsS: readonly number[]): Promise<number>
}

export interface SpanTotalsOptions {
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
  /** Ends a long catch-up between two statements. */
  readonly stop: AbortSignal
}

/** Spans of one statement: their starts go in its URL. Four weeks of quarters. */
export const STATEMENT_SPANS_MAX = 2688

/** Functions of the start of a span that the primary key and the partitions of facts can answer. */
const startOfSlot = {
  minute: 'toStartOfMinute(slot)',
  quarter: 'toStartOfFifteenMinutes(slot)',
} as const satisfies Record<CountedSpan, string>

const tables = { minute: publishedTables.minutes, quarter: publishedTables.quarters } as const

export function createSpanTotals({ vault, rollups, stop }: SpanTotalsOptions): SpanTotals {
  const sumCreators: SpanTotals['sumCreators'] = async (span, startsS, generation) => {
    const params = { starts: startsParam(tables[span], startsS), generation }
    await rollups.insertSelect(sumCreatorsStatement(tables[span]), params)
  }
  return {
    async recount(span, startsS, generation) {
      stop.throwIfAborted()
      const counted = await vault.read(countStatement(span), { starts: startsS })
      const params = { starts: startsParam(tables[span], startsS), generation }
      await rollups.insert(publishVideosStatement(tables[span]), counted, params)
      await sumCreators(span, startsS, generation)
    },
    sumCreators,
    async sumDays(startsS, generation) {
      stop.throwIfAborted()
      const params = { starts: startsParam(publishedTables.days, startsS), generation }
      await rollups.insertSelect(sumVideoDaysStatement(), params)
      await rollups.insertSelect(sumCreatorsStatement(publishedTables.days), params)
    },
    async estimateRows(span, startsS) {
      const facts = `select count() from vault.facts where ${wantedSlots(span)}`
      const { name } = tables[span]
      const published = `select count() from rollups.video_${name} where ${wantedStarts(tables[span])}`
      const [read, compared] = await Promise.all([
        estimateRead(vault, facts, { starts: startsS }),
        estimateRead(rollups, published, { starts: startsS }),
      ])
      return read + compared
    },
  }
}

function countStatement(span: CountedSpan): string {
  return `${countedFacts(span)}
    settings do_not_merge_across_partitions_select_final = 1
    format Native`
}

/**
 * Counts the spans `{starts}` by video, from facts and from what erased users left in residue; videos
 * that the catalogue does not know are left out, and so are acts of times in which a video was not public.
 */
export function countedFacts(span: CountedSpan): string {
  const select = (from: CountedTable, counts: readonly string[], also = ''): string => `
      select video_id, ${startOfSlot[span]} as ${span}, ${counts.join(', ')}
      from ${from} as acts final
      inner join (
        select video_id, closed from vault.attribution final
        where video_id in (select video_id from ${from} where ${wantedSlots(span)})
      ) as attributed using (video_id)
      where ${wantedSlots(span)} and not ${CLOSED}${also}
      group by video_id, ${span}`
  return `
    select video_id, ${span}, ${measureSums.join(', ')}
    from (
      ${select('vault.facts', measureCounts, andNotErased(wantedSlots(span)))}
      union all
      ${select('vault.residue', measureSums)}
    )
    group by video_id, ${span}`
}

/**
 * Leaves out facts whose sums stand in residue while they are still being deleted. Most of the time
 * there are none. @param ofSlots a condition on `slot`.
 */
export function andNotErased(ofSlots: string): string {
  return ` and (slot, event_id) not in (
        select slot, event_id from vault.erasing_acts
        where counts and ${ofSlots} and order_id in (
          select order_id from vault.erasures final where state = 'under_way'
        )
      )`
}

/** Both have slots, and an instant by which an act is found to be of a time that was not public. */
export type CountedTable = 'vault.facts' | 'vault.residue'

/** Measures as counts of facts, and as sums of such counts. */
export const measureCounts = Object.entries(measureAggregates).map(
  ([name, sql]) => `${sql} as ${name}`,
)
export const measureSums = Object.keys(measureAggregates).map((name) => `sum(${name}) as ${name}`)

/** Whether an act occurred while its video was not public. */
export const CLOSED = `
      arrayExists(period -> occurred_at >= period.1 and occurred_at < period.2, closed)`

function wantedSlots(span: CountedSpan): string {
  return `${startOfSlot[span]} in {starts:Array(DateTime('UTC'))}`
}
