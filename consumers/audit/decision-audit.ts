// Holds the published leaves and buckets against the log of decisions, key by key: equal or not, and how many; whom they count is never looked at.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { EventLog, LogRecord } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { decisionSeries } from '#schemas/decision.ts'
import type { Decision } from '#schemas/decision.ts'
import { topics } from '#schemas/topics.ts'
import { createBucketRows } from '../sealer/breakdowns/bucket-rows.ts'
import type { DecidedRow, DecidedRows } from '../sealer/decided-publisher.ts'
import { openDecisionCodec } from '../sealer/decision-records.ts'
import { readLastGeneration } from '../sealer/generations.ts'
import { createLeafRows } from '../sealer/leaves/leaf-rows.ts'
import { patiently } from './patiently.ts'

export interface DecisionAudit {
  readonly leaves: SealAudit
  readonly buckets: SealAudit
}

export interface SealAudit {
  /** Those that the log has decided. */
  readonly decided: number
  /** Published, and not as it was first decided. */
  readonly unequal: number
  /** Decided, and not published however often it was looked for. */
  readonly unpublished: number
  /** Published without a decision. */
  readonly undecided: number
  /** Decisions of a key that was decided before: they count for nothing, and nobody should make any. */
  readonly repeated: number
}

export interface DecisionAuditOptions {
  readonly eventLog: EventLog
  readonly rollups: ClickhouseStore
  readonly clock: Clock
  readonly stop: AbortSignal
  /** Hears how many decisions were read. */
  readonly onProgress: (decisions: number) => void
  /** Longest wait for rows that are decided and not yet published. */
  readonly publishLimitMs?: number
}

const PUBLISH_LIMIT_MS = 60_000
const POLL_MS = 500

/** Rows that are looked for again: those of a pass that is just being published are fewer. */
const MISSING_MAX = 200_000

/** @throws PipelineError when a server or the log does not answer for long. */
export async function auditDecisions(options: DecisionAuditOptions): Promise<DecisionAudit> {
  const { eventLog, rollups, stop, onProgress } = options
  const codec = openDecisionCodec()
  const topic = topics.decisions.name
  const leaves = createComparison(options, createLeafRows(rollups))
  const buckets = createComparison(options, createBucketRows(rollups))
  // Before the log is read: what is decided later than both has a higher generation.
  let newest = (await readLastGeneration(rollups))?.generation ?? 0n
  let read = 0

  async function take(records: readonly LogRecord[], heartbeat: () => Promise<void>) {
    for (const { value } of records) {
      const decision = value === null ? null : codec.decode(value)
      if (decision === null) continue
      if (decision.generation > newest) newest = decision.generation
      read += 1
      const comparison = decision.table === 'totals' ? leaves : buckets
      if (await comparison.take(decision)) await heartbeat()
    }
    onProgress(read)
  }

  const ranges = (await eventLog.offsetsOf(topic)).map(({ partition, low, high }) => ({
    partition,
    from: low,
    to: high,
  }))
  await eventLog.readRanges({ topic, ranges, take, stop })
  return { leaves: await leaves.end(newest), buckets: await buckets.end(newest) }
}

interface Comparison {
  /** @returns whether rows were compared, which takes its time. */
  take(decision: Decision): Promise<boolean>
  /** @param newest generation of the last decision that was read. */
  end(newest: bigint): Promise<SealAudit>
}

function createComparison<Row extends DecidedRow>(
  options: DecisionAuditOptions,
  rows: DecidedRows<Row>,
): Comparison {
  const counts = { decided: 0, unequal: 0, repeated: 0, unpublished: 0 }
  /** The last ordinal of each series: they are decided in order. */
  const last = new Map<string, number>()
  const missing: Row[] = []
  let waiting: Row[] = []

  async function compare(): Promise<void> {
    const some = waiting
    waiting = []
    const found = await patiently(options, () => rows.published(some))
    for (const row of some) {
      const stands = found.get(rows.keyOf(row))
      if (stands !== undefined) counts.unequal += rows.isSame(stands, row) ? 0 : 1
      else if (missing.length < MISSING_MAX) missing.push(row)
      else counts.unpublished += 1
    }
  }

  return {
    async take(decision) {
      const series = decisionSeries(decision)
      if (decision.ordinal <= (last.get(series) ?? 0)) {
        counts.repeated += 1
        return false
      }
      last.set(series, decision.ordinal)
      counts.decided += 1
      waiting.push(rows.rowOf(decision))
      if (waiting.length < rows.rowsMax) return false
      await compare()
      return true
    },
    async end(newest) {
      if (waiting.length > 0) await compare()
      const { unequal, left } = await lookAgain(rows, missing, options)
      const published = await patiently(options, () => rows.countPublished(newest))
      const { decided, repeated } = counts
      const unpublished = counts.unpublished + left
      return {
        decided,
        repeated,
        unequal: counts.unequal + unequal,
        unpublished,
        undecided: Math.max(0, published - (decided - unpublished)),
      }
    },
  }
}

/** A decision is published seconds after the log has it. */
async function lookAgain<Row extends DecidedRow>(
  rows: DecidedRows<Row>,
  missing: readonly Row[],
  options: DecisionAuditOptions,
): Promise<{ readonly unequal: number; readonly left: number }> {
  const { clock, stop, publishLimitMs = PUBLISH_LIMIT_MS } = options
  const deadlineMs = clock.nowMs() + publishLimitMs
  let left = missing
  let unequal = 0
  while (left.length > 0 && clock.nowMs() <= deadlineMs) {
    await clock.sleep(POLL_MS, stop)
    stop.throwIfAborted()
    const still: Row[] = []
    for (let from = 0; from < left.length; from += rows.rowsMax) {
      const part = left.slice(from, from + rows.rowsMax)
      const found = await patiently(options, () => rows.published(part))
      for (const row of part) {
        const stands = found.get(rows.keyOf(row))
        if (stands === undefined) still.push(row)
        else if (!rows.isSame(stands, row)) unequal += 1
      }
    }
    left = still
  }
  return { unequal, left: left.length }
}
