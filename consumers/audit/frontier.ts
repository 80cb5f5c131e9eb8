// How far the sealer is, and what it has still to count: what may differ for now, and what may not.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { spans, startOf } from '#schemas/spans.ts'
import { readFactDays } from '../sealer/fact-days.ts'
import type { Generation } from '../sealer/generations.ts'
import { createLateLedger } from '../sealer/late-ledger.ts'
import type { LateSpan } from '../sealer/late-spans.ts'
import type { Comparison } from './comparisons.ts'

/** Quarters and days that wait to be counted again. */
export interface Waiting {
  has(span: 'quarter' | 'day', startS: number): boolean
  readonly all: readonly LateSpan[]
}

export async function readWaiting(vault: ClickhouseStore): Promise<Waiting> {
  const written = await createLateLedger(vault).read()
  const all = written.filter(({ span }) => span !== 'minute')
  const keys = new Set(all.map(({ span, startS }) => `${span} ${startS}`))
  return { all, has: (span, startS) => keys.has(`${span} ${startS}`) }
}

/** Whether a span of a table is closed, and so is to stand as it is counted. */
export function isClosed({ table }: Comparison, startS: number, last: Generation): boolean {
  return table.start === 'quarter'
    ? startS + spans.quarter.seconds <= last.completeThroughS
    : startS + spans.day.seconds <= startOf('day', last.completeThroughS)
}

/** Whether a span's numbers are to change by a count that is still to come. */
export function isAwaited({ table }: Comparison, startS: number, waiting: Waiting): boolean {
  switch (table.name) {
    case 'minutes':
    case 'quarters':
      return waiting.has('quarter', startS)
    case 'days':
      // Summed together with any quarter of theirs.
      return quartersOf(startS).some((quarter) => waiting.has('quarter', quarter))
    case 'restricted_days':
    case 'people_days':
      return waiting.has('day', startS)
    default:
      return table.name satisfies never
  }
}

/** Starts of the 96 quarters of a UTC day. */
export function quartersOf(dayS: number): readonly number[] {
  const { quarter, day } = spans
  const count = day.seconds / quarter.seconds
  return Array.from({ length: count }, (_, index) => dayS + index * quarter.seconds)
}

const partitionSchema = z.object({ day_s: z.number() })

export interface AuditDay {
  readonly dayS: number
  /** False: its facts are dropped, and only what is published can be compared with itself. */
  readonly hasFacts: boolean
}

/** Every UTC day that has or had facts, or has published numbers, ascending. */
export async function readDays(
  vault: ClickhouseStore,
  rollups: ClickhouseStore,
): Promise<readonly AuditDay[]> {
  const [known, stored, published] = await Promise.all([
    readFactDays(vault),
    vault.rows(
      partitionSchema,
      `select toUnixTimestamp(toDateTime(toDate(_partition_id), 'UTC')) as day_s
       from vault.facts group by day_s`,
    ),
    rollups.rows(
      partitionSchema,
      `select toUnixTimestamp(toDateTime(toDate(_partition_id), 'UTC')) as day_s
       from rollups.video_quarters group by day_s`,
    ),
  ])
  const dropped = new Set(known.filter(({ state }) => state === 'dropped').map(({ dayS }) => dayS))
  const days = new Set([...known, ...stored.map(toDay), ...published.map(toDay)].map((d) => d.dayS))
  return [...days].toSorted((a, b) => a - b).map((dayS) => ({ dayS, hasFacts: !dropped.has(dayS) }))
}

function toDay({ day_s }: z.infer<typeof partitionSchema>): { readonly dayS: number } {
  return { dayS: day_s }
}
