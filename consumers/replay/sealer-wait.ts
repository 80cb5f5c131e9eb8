// Waits until the sealer has counted what was touched, and tells what came in beside it.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { startOf } from '#schemas/spans.ts'
import { SLOT_SECONDS } from '#schemas/tables.ts'
import { consumerGroups, topics } from '#schemas/topics.ts'
import { readWaiting } from '../audit/frontier.ts'
import { createTouchedDecoder } from '../engagement/touched-records.ts'
import type { LateSpan } from '../sealer/late-spans.ts'
import type { LiveSpans } from './published-snapshots.ts'

export interface SealerWaitOptions {
  readonly eventLog: EventLog
  readonly vault: ClickhouseStore
  readonly clock: Clock
  readonly stop: AbortSignal
}

const POLL_MS = 500
const touched = topics.touched.name

/** Next offset of `touched.v1`. */
export async function touchedEnd(eventLog: EventLog): Promise<bigint> {
  const [partition] = await eventLog.offsetsOf(touched)
  return partition?.high ?? 0n
}

/**
 * Waits until a pass has taken everything in that `touched.v1` holds now: what it does not count at once
 * stands in the ledger from then on. @returns whether that was so in time.
 */
export async function untilTaken(
  { eventLog, clock, stop }: SealerWaitOptions,
  deadlineMs: number,
): Promise<boolean> {
  const end = await touchedEnd(eventLog)
  for (;;) {
    const committed = await eventLog.committedOf(consumerGroups.sealer, touched)
    if ((committed.get(0) ?? 0n) >= end) return true
    if (clock.nowMs() > deadlineMs) return false
    await clock.sleep(POLL_MS, stop)
    stop.throwIfAborted()
  }
}

/**
 * Waits until nothing more is to be counted of what `isOurs`. `onWaiting` hears how many spans wait.
 * @returns how many still do when time is over.
 */
export async function untilCounted(
  { vault, clock, stop }: SealerWaitOptions,
  deadlineMs: number,
  { isOurs, onWaiting }: WaitFor,
): Promise<number> {
  for (;;) {
    const { all } = await readWaiting(vault)
    const waiting = all.filter(isOurs).length
    onWaiting(waiting)
    if (waiting === 0 || clock.nowMs() > deadlineMs) return waiting
    await clock.sleep(POLL_MS, stop)
    stop.throwIfAborted()
  }
}

export interface WaitFor {
  readonly isOurs: (late: LateSpan) => boolean
  readonly onWaiting: (spans: number) => void
}

/** The spans of blocks that the consumer stored since `from`: they hold records from `committed` on. */
export async function readLiveSpans(
  { eventLog, stop }: SealerWaitOptions,
  from: bigint,
  committed: ReadonlyMap<number, bigint>,
): Promise<LiveSpans> {
  const decode = createTouchedDecoder()
  const quarters = new Set<number>()
  const days = new Set<number>()
  await eventLog.readRanges({
    topic: touched,
    ranges: [{ partition: 0, from, to: await touchedEnd(eventLog) }],
    stop,
    async take(records) {
      for (const { value } of records) {
        const record = value === null ? null : decode(value)
        const isLive = record?.stored.some(
          ({ partition, last_offset }) => last_offset >= (committed.get(partition) ?? 0n),
        )
        if (record === null || isLive !== true) continue
        for (const slot of record.slots) {
          quarters.add(startOf('quarter', slot * SLOT_SECONDS))
          days.add(startOf('day', slot * SLOT_SECONDS))
        }
      }
    },
  })
  return { quarters, days }
}
