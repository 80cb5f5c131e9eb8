// Decisions: what is published of one seal, noised once; the first of a key counts.
import type { BrokenDownMeasure } from './breakdowns.ts'

/** A cell whose numbers are published together (`avro/decision-v2.avsc`). */
export interface Decision {
  readonly table: DecisionTable
  /** The video; of `pools` the creator. */
  readonly subject: bigint
  /** Whose people are broken down; empty in `totals`. */
  readonly metric: BrokenDownMeasure | ''
  /** Of `pooled`: whose pool it is; else 0. */
  readonly creator: bigint
  /** From 1. */
  readonly ordinal: number
  /** Milliseconds since 1970; a cell begins where the one before ends. */
  readonly from_at: bigint
  /** Not included. */
  readonly to_at: bigint
  readonly cells: readonly DecisionCells[]
  readonly policy: string
  readonly generation: bigint
  readonly decided_at: bigint
}

export interface DecisionCells {
  readonly name: string
  /** Noised integers, which may be negative. */
  readonly values: readonly number[]
}

/**
 * `totals`: a leaf of a video. `buckets`: a bucket of the breakdowns of a video and metric. `pooled`: one
 * that passes into the pool of its creator, without cells. `pools`: a bucket of a pool, of all that passed
 * since the one before.
 */
export type DecisionTable = 'totals' | 'buckets' | 'pooled' | 'pools'

export type DecisionKey = Pick<Decision, 'table' | 'subject' | 'metric' | 'ordinal'>

/** What is decided once. */
export function decisionKey(key: DecisionKey): string {
  return `${decisionSeries(key)}/${key.ordinal}`
}

/** What ordinals count in. A bucket either has cells or passes into a pool: both are of one series. */
export function decisionSeries({ table, subject, metric }: Omit<DecisionKey, 'ordinal'>): string {
  if (table === 'totals') return `${table}/${subject}`
  return `${table === 'pools' ? table : 'buckets'}/${subject}/${metric}`
}
