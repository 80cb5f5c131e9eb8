// Holds the published leaves against the log of decisions, key by key: equal or not, and how many; whom they count is never looked at.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { EventLog, LogRecord } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { topics } from '#schemas/topics.ts'
import { openDecisionCodec } from '../sealer/decision-records.ts'
import { readLastGeneration } from '../sealer/generations.ts'
import {
  createLeafRows,
  isSameLeaf,
  LEAF_ROWS_MAX,
  leafKey,
  leafRowOf,
} from '../sealer/leaves/leaf-rows.ts'
import type { LeafRow, LeafRows } from '../sealer/leaves/leaf-rows.ts'
import { patiently } from './patiently.ts'

export interface LeafAudit {
  /** Leaves that the log has decided. */
  readonly decided: number
  /** Published, and not as it was first decided. */
  readonly unequal: number
  /** Decided, and not published however often it was looked for. */
  readonly unpublished: number
  /** Published without a decision. */
  readonly undecided: number
  /** Decisions of a leaf that was decided before: they count for nothing, and nobody should make any. */
  readonly repeated: number
}

export interface LeafAuditOptions {
  readonly eventLog: EventLog
  readonly rollups: ClickhouseStore
  readonly clock: Clock
  readonly stop: AbortSignal
  /** Hears how many decisions were read. */
  readonly onProgress: (decisions: number) => void
  /** Longest wait for leaves that are decided and not yet published. */
  readonly publishLimitMs?: number
}

const PUBLISH_LIMIT_MS = 60_000
const POLL_MS = 500

/** Leaves that are looked for again: those of a pass that is just being published are fewer. */
const MISSING_MAX = 200_000

/** @throws PipelineError when a server or the log does not answer for long. */
export async function auditLeaves(options: LeafAuditOptions): Promise<LeafAudit> {
  const { eventLog, stop, onProgress } = options
  const rows = createLeafRows(options.rollups)
  const codec = openDecisionCodec()
  const topic = topics.decisions.name
  const counts = { decided: 0, unequal: 0, repeated: 0, unpublished: 0 }
  /** The last leaf of each video: they are decided in order. */
  const last = new Map<string, number>()
  const missing: LeafRow[] = []
  // Before the log is read: what is decided later than both has a higher generation.
  let newest = (await readLastGeneration(options.rollups))?.generation ?? 0n
  let waiting: LeafRow[] = []

  async function compare(): Promise<void> {
    const some = waiting
    waiting = []
    const found = await patiently(options, () => rows.published(some))
    for (const row of some) {
      const stands = found.get(leafKey(row))
      if (stands !== undefined) counts.unequal += isSameLeaf(stands, row) ? 0 : 1
      else if (missing.length < MISSING_MAX) missing.push(row)
      else counts.unpublished += 1
    }
  }

  async function take(records: readonly LogRecord[], heartbeat: () => Promise<void>) {
    for (const { value } of records) {
      const decision = value === null ? null : codec.decode(value)
      if (decision?.table !== 'totals') continue
      if (decision.generation > newest) newest = decision.generation
      const row = leafRowOf(decision)
      if (row.leaf <= (last.get(row.video_id) ?? 0)) {
        counts.repeated += 1
        continue
      }
      last.set(row.video_id, row.leaf)
      counts.decided += 1
      waiting.push(row)
      if (waiting.length < LEAF_ROWS_MAX) continue
      await compare()
      await heartbeat()
    }
    onProgress(counts.decided + counts.repeated)
  }

  const ranges = (await eventLog.offsetsOf(topic)).map(({ partition, low, high }) => ({
    partition,
    from: low,
    to: high,
  }))
  await eventLog.readRanges({ topic, ranges, take, stop })
  await compare()
  const { unequal, left } = await lookAgain(rows, missing, options)
  const published = await patiently(options, () => countPublished(options.rollups, newest))
  const { decided, repeated } = counts
  const unpublished = counts.unpublished + left
  return {
    decided,
    repeated,
    unequal: counts.unequal + unequal,
    unpublished,
    undecided: Math.max(0, published - (decided - unpublished)),
  }
}

/** A decision is published seconds after the log has it. */
async function lookAgain(
  rows: LeafRows,
  missing: readonly LeafRow[],
  options: LeafAuditOptions,
): Promise<{ readonly unequal: number; readonly left: number }> {
  const { clock, stop, publishLimitMs = PUBLISH_LIMIT_MS } = options
  const deadlineMs = clock.nowMs() + publishLimitMs
  let left = missing
  let unequal = 0
  while (left.length > 0 && clock.nowMs() <= deadlineMs) {
    await clock.sleep(POLL_MS, stop)
    stop.throwIfAborted()
    const still: LeafRow[] = []
    for (let from = 0; from < left.length; from += LEAF_ROWS_MAX) {
      const part = left.slice(from, from + LEAF_ROWS_MAX)
      const found = await patiently(options, () => rows.published(part))
      for (const row of part) {
        const stands = found.get(leafKey(row))
        if (stands === undefined) still.push(row)
        else if (!isSameLeaf(stands, row)) unequal += 1
      }
    }
    left = still
  }
  return { unequal, left: left.length }
}

/** Leaves of generations up to this one. */
async function countPublished(rollups: ClickhouseStore, newest: bigint): Promise<number> {
  const [row] = await rollups.rows(
    z.object({ leaves: z.coerce.number() }),
    `select count() as leaves from rollups.video_leaves final
     where generation <= {newest:UInt64}`,
    { newest },
  )
  return row?.leaves ?? 0
}
