// Holds the published numbers of one UTC day against a count of its facts: by digests first, by rows where they differ.
import { z } from 'zod'
import type { ClickhouseStore, QueryParams } from '#infra/clickhouse/clickhouse-store.ts'
import { dayText, spans } from '#schemas/spans.ts'
import type { Generation } from '../sealer/generations.ts'
import { startsParam } from '../sealer/tables-published.ts'
import { comparisons } from './comparisons.ts'
import type { Comparison } from './comparisons.ts'
import { cutSpans } from './cut-spans.ts'
import { differing, readBuckets, readDigests, readNumbers } from './digests.ts'
import type { Digests, Side } from './digests.ts'
import { isClosed, quartersOf } from './frontier.ts'
import type { AuditDay } from './frontier.ts'

export interface Stores {
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
}

/** A span whose two sides were not the same when they were read. */
export interface Suspect {
  readonly comparison: Comparison
  readonly day: AuditDay
  readonly startS: number
}

export interface DayLook {
  readonly quarters: number
  /** Published or counted numbers that were held against each other. */
  readonly numbers: number
  readonly suspects: readonly Suspect[]
}

/** One number that is not what it should be. */
export interface Difference {
  readonly scope: Comparison['scope']
  readonly id: string
  readonly table: string
  /** Start of the span: RFC 3339 of a quarter, the date of a day. */
  readonly at: string
  readonly metric: string
  readonly published: string
  readonly counted: string
  /** What it was counted from. */
  readonly from: 'facts' | 'published numbers'
}

/** Facts of one statement, about: bounds what the server holds. */
const STATEMENT_FACTS_MAX = 500_000

/** Rows of a span that are looked at to name what differs. */
const ROWS_MAX = 1000

const BUCKETS_MAX = 8

const factsSchema = z.object({ at: z.number(), facts: z.coerce.number() })

/** Facts of each quarter of a day, repeated ones included. */
async function factsOf(vault: ClickhouseStore, dayS: number): Promise<ReadonlyMap<number, number>> {
  const rows = await vault.rows(
    factsSchema,
    `select toUnixTimestamp(toStartOfFifteenMinutes(slot)) as at, count() as facts
     from vault.facts
     where slot >= toDateTime({from_s:UInt32}, 'UTC') and slot < toDateTime({to_s:UInt32}, 'UTC')
     group by at`,
    { from_s: dayS, to_s: dayS + spans.day.seconds },
  )
  return new Map(rows.map(({ at, facts }) => [at, facts]))
}

interface Sides {
  readonly counted: Side
  readonly published: Side
}

/** Both sides of some spans of a day. @param cuts parts of a count by videos. */
function sidesOf(
  { vault, rollups }: Stores,
  { comparison, day, startsS }: Spans,
  { generation, cuts }: { readonly generation: bigint; readonly cuts: number },
): Sides {
  const params: QueryParams = { starts: startsParam(comparison.table, startsS), generation }
  const bounds = { from_s: day.dayS, to_s: day.dayS + spans.day.seconds }
  const parts = Array.from({ length: comparison.isCut ? cuts : 1 }, (_, cut) => ({
    ...params,
    ...bounds,
    cuts,
    cut,
  }))
  return {
    counted: {
      store: comparison.from === 'vault' ? vault : rollups,
      sql: comparison.counted,
      params: parts,
    },
    published: { store: rollups, sql: comparison.published, params: [params] },
  }
}

interface Spans {
  readonly comparison: Comparison
  readonly day: AuditDay
  /** Of one statement. */
  readonly startsS: readonly number[]
}

/** Compares every closed span of a day, or only `wanted`, with what generation `last` has published. */
export async function lookAtDay(
  stores: Stores,
  { day, last, wanted }: { day: AuditDay; last: Generation; wanted?: readonly Suspect[] },
): Promise<DayLook> {
  const facts = day.hasFacts ? await factsOf(stores.vault, day.dayS) : new Map<number, number>()
  const weightOf = (startS: number): number => facts.get(startS) ?? 0
  const total = [...facts.values()].reduce((sum, each) => sum + each, 0)
  const reading = {
    generation: last.generation,
    cuts: Math.max(1, Math.ceil(total / STATEMENT_FACTS_MAX)),
  }
  const suspects: Suspect[] = []
  let numbers = 0
  for (const comparison of comparisons) {
    if (comparison.from === 'vault' && !day.hasFacts) continue
    const isQuarters = comparison.table.start === 'quarter'
    const all = isQuarters ? quartersOf(day.dayS) : [day.dayS]
    const asked = all.filter(
      (startS) =>
        isClosed(comparison, startS, last) &&
        (wanted === undefined ||
          wanted.some((each) => each.comparison === comparison && each.startS === startS)),
    )
    for (const startsS of cutSpans(asked, weightOf, STATEMENT_FACTS_MAX)) {
      const sides = sidesOf(stores, { comparison, day, startsS }, reading)
      const [counted, published] = await Promise.all([
        readDigests(comparison, sides.counted),
        readDigests(comparison, sides.published),
      ])
      numbers += Math.max(rowsOf(counted), rowsOf(published)) * comparison.table.columns.length
      for (const startS of differing(counted, published)) {
        suspects.push({ comparison, day, startS })
      }
    }
  }
  const quarters = quartersOf(day.dayS).filter(
    (startS) => startS + spans.quarter.seconds <= last.completeThroughS,
  ).length
  return { quarters, numbers, suspects }
}

function rowsOf(digests: Digests): number {
  return [...digests.values()].reduce((sum, { rows }) => sum + rows, 0)
}

/** Names the numbers of a span that differ, at most those of `ROWS_MAX` rows; none where none does now. */
export async function explain(
  stores: Stores,
  { comparison, day, startS }: Suspect,
  last: Generation,
): Promise<readonly Difference[]> {
  const reading = { generation: last.generation, cuts: 1 }
  const { counted, published } = sidesOf(stores, { comparison, day, startsS: [startS] }, reading)
  const [ofCounted, ofPublished] = await Promise.all([
    readBuckets(comparison, counted),
    readBuckets(comparison, published),
  ])
  const buckets = differing(ofCounted, ofPublished).slice(0, BUCKETS_MAX)
  if (buckets.length === 0) return []
  const which = { buckets, rowsMax: ROWS_MAX }
  const [should, is] = await Promise.all([
    readNumbers(comparison, counted, which),
    readNumbers(comparison, published, which),
  ])
  const { scope, table, from } = comparison
  const at = table.start === 'quarter' ? new Date(startS * 1000).toISOString() : dayText(startS)
  return [...new Set([...should.keys(), ...is.keys()])].flatMap((id) =>
    table.columns.flatMap((metric, column): readonly Difference[] => {
      const [of, to] = [should.get(id)?.[column] ?? '0', is.get(id)?.[column] ?? '0']
      if (of === to) return []
      const source = from === 'vault' ? 'facts' : 'published numbers'
      return [
        { scope, id, table: comparison.name, at, metric, published: to, counted: of, from: source },
      ]
    }),
  )
}
