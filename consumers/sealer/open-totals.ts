// Counts open totals in the vault and publishes what changed in the rollups; the rows stream from server to server as they are.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { openMeasures } from '#schemas/metrics.ts'
import { spans } from '#schemas/spans.ts'
import type { Span } from '#schemas/spans.ts'
import { measureAggregates } from './measures.ts'

const names = Object.keys(openMeasures)
const aggregates = Object.entries(measureAggregates)

type Scope = 'video' | 'creator'
const scopes = ['video', 'creator'] as const

/** Spans counted by one statement: bounds the memory of both servers. A day of quarters. */
const STATEMENT_SPANS_MAX = 96

export interface OpenTotals {
  /**
   * Counts spans from facts and publishes the rows that changed, zeros included where a count is
   * gone. Repeating it changes nothing. @param startsS ascending Unix seconds.
   */
  recount(span: 'minute' | 'quarter', startsS: readonly number[], generation: bigint): Promise<void>
  /** Sums published quarters into days. */
  sumDays(startsS: readonly number[], generation: bigint): Promise<void>
}

export interface OpenTotalsOptions {
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
  /** Ends a long catch-up between two statements. */
  readonly stop: AbortSignal
}

export function createOpenTotals({ vault, rollups, stop }: OpenTotalsOptions): OpenTotals {
  return {
    async recount(span, startsS, generation) {
      for (const starts of chunksOf(startsS)) {
        for (const scope of scopes) {
          stop.throwIfAborted()
          const counted = await vault.read(countStatement(scope, span), { starts })
          const params = { starts, generation: generation.toString() }
          await rollups.insert(publishStatement(scope, span), counted, params)
        }
      }
    },
    async sumDays(startsS, generation) {
      for (const starts of chunksOf(startsS)) {
        for (const scope of scopes) {
          const params = { starts, generation: generation.toString() }
          await rollups.command(sumDaysStatement(scope), params)
        }
      }
    },
  }
}

function* chunksOf(starts: readonly number[]): Generator<readonly number[]> {
  for (let from = 0; from < starts.length; from += STATEMENT_SPANS_MAX) {
    yield starts.slice(from, from + STATEMENT_SPANS_MAX)
  }
}

/**
 * Counts facts of the given spans by video, attributed by the catalogue; videos that it does not know
 * are left out. The condition on `slot` is answered by the primary key.
 */
function countStatement(scope: Scope, span: 'minute' | 'quarter'): string {
  const measures = aggregates.map(([name, aggregate]) => `${aggregate} as ${name}`)
  const start = `toStartOfInterval(slot, interval ${spans[span].seconds} second, 'UTC')`
  const wanted = `${start} in {starts:Array(DateTime('UTC'))}`
  return `
    with counted as (
      select video_id, ${start} as ${span}, ${measures.join(', ')}
      from vault.facts final
      where ${wanted}
      group by video_id, ${span}
    ), attributed as (
      select video_id, creator_id from vault.attribution final
      where video_id in (select video_id from vault.facts where ${wanted})
    )
    select ${scope}_id, ${span}, ${names.map((name) => `sum(counted.${name}) as ${name}`).join(', ')}
    from counted inner join attributed using (video_id)
    group by ${scope}_id, ${span}
    settings do_not_merge_across_partitions_select_final = 1
    format Native`
}

/** Inserts the rows of the body that differ from what is published, and zeros for what is gone. */
function publishStatement(scope: Scope, span: 'minute' | 'quarter'): string {
  const columns = names.map((name) => `${name} UInt64`).join(', ')
  const structure = `${scope}_id UInt64, ${span} DateTime(''UTC''), ${columns}`
  return `
    insert into rollups.${tableOf(scope, span)} (${scope}_id, ${span}, ${names.join(', ')}, generation)
    ${changedRows(scope, span, `select * from input('${structure}')`)}
    format Native`
}

function sumDaysStatement(scope: Scope): string {
  const latest = names.map((name) => `argMax(q.${name}, q.generation) as latest_${name}`)
  const sums = names.map((name) => `sum(latest_${name}) as ${name}`)
  const counted = `
    select ${scope}_id, toDate(quarter, 'UTC') as day, ${sums.join(', ')}
    from (
      select ${scope}_id, quarter, ${latest.join(', ')}
      from rollups.${tableOf(scope, 'quarter')} as q
      where toStartOfDay(quarter) in {starts:Array(DateTime('UTC'))}
      group by ${scope}_id, quarter
    )
    group by ${scope}_id, day`
  return `
    insert into rollups.${tableOf(scope, 'day')} (${scope}_id, day, ${names.join(', ')}, generation)
    ${changedRows(scope, 'day', counted)}`
}

/** Joins counted rows with the newest published ones of the same spans and keeps what differs. */
function changedRows(scope: Scope, span: Span, counted: string): string {
  const id = `${scope}_id`
  const latest = names.map((name) => `argMax(t.${name}, t.generation) as ${name}`)
  const wanted =
    span === 'day'
      ? `day in (select toDate(arrayJoin({starts:Array(DateTime('UTC'))}), 'UTC'))`
      : `${span} in {starts:Array(DateTime('UTC'))}`
  const differs = names.map((name) => `counted.${name} != published.${name}`)
  return `
    select ${id}, ${span}, ${names.map((name) => `counted.${name}`).join(', ')},
      {generation:UInt64} as generation
    from (${counted}) as counted
    full join (
      select ${id}, ${span}, ${latest.join(', ')}
      from rollups.${tableOf(scope, span)} as t
      where ${wanted}
      group by ${id}, ${span}
    ) as published using (${id}, ${span})
    where ${differs.join(' or ')}`
}

function tableOf(scope: Scope, span: Span): string {
  return `${scope}_${span}s`
}
