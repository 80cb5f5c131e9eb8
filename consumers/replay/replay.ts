// A replay: records of the log once more through the path of the facts consumer, with proof that nothing changed, or what did.
import type { EventLog, LogProducer } from '#infra/kafka/event-log.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { startOf } from '#schemas/spans.ts'
import { SLOT_SECONDS } from '#schemas/tables.ts'
import { topics } from '#schemas/topics.ts'
import type { EngagementDecoder } from '../engagement/engagement-decoder.ts'
import { patiently } from '../audit/patiently.ts'
import type { ErasureLog } from '../engagement/erased-users.ts'
import { factsBlock } from '../engagement/facts-block.ts'
import type { Pseudonyms } from '../engagement/pseudonyms.ts'
import { readDays } from '../audit/frontier.ts'
import { touchedSlots } from '../engagement/touched-slots.ts'
import { createFactsBlockWriter } from '../facts/facts-block-writer.ts'
import type { FrozenDays } from '../facts/frozen-days.ts'
import type { FactsBlock } from '../facts/record-block.ts'
import { daysOf as daysOfSpans } from '../sealer/pass-plan.ts'
import { readEvents } from './event-reader.ts'
import type { EventsRead } from './event-reader.ts'
import { createPublishedSnapshots, touchedBy } from './published-snapshots.ts'
import type { PublishedSnapshots, SnapshotComparison } from './published-snapshots.ts'
import type { ReplayRanges } from './replay-ranges.ts'
import { readLiveSpans, touchedEnd, untilCounted, untilTaken } from './sealer-wait.ts'
import { createStoredComparison } from './stored-comparison.ts'

export interface ReplayOptions {
  readonly eventLog: EventLog
  readonly producer: LogProducer
  readonly clock: Clock
  readonly stop: AbortSignal
  /** As who may insert facts and compare them. */
  readonly vault: ClickhouseStore
  /** The same in a session of its own. */
  readonly session: ClickhouseStore
  /** As who may read what is published, and what waits to be counted. */
  readonly audit: { readonly vault: ClickhouseStore; readonly rollups: ClickhouseStore }
  readonly pseudonyms: Pseudonyms
  readonly frozenDays: Pick<FrozenDays, 'refresh'>
  readonly erasures: Pick<ErasureLog, 'users' | 'catchUp'>
  readonly decoder: EngagementDecoder
  /** Rows of one insert. */
  readonly batchRows: number
  /** Only compares, and writes nothing. */
  readonly isDryRun: boolean
  /** Longest wait for the sealer, before and after. */
  readonly waitMs: number
  /** Hears how far a step is, of all that it has to do. */
  readonly onProgress: (step: ReplayStep, done: number, all: number) => void
}

export type ReplayStep = 'remembering' | 'reading' | 'counting'

export interface Replayed extends EventsRead {
  readonly fresh: number
  readonly replaced: number
  readonly blocks: number
  /** Events of users who were erased: left out. */
  readonly erased: number
  readonly readMs: number
  /** Null: a dry run. */
  readonly published: SnapshotComparison | null
  /** Quarters and days that still waited to be counted when time was over. */
  readonly uncounted: number
  /** Quarters that live events touched meanwhile. */
  readonly liveQuarters: number
  /** Whether a video changed meanwhile: what is published may have changed by that. */
  readonly catalogueChanged: boolean
}

/** A pass takes touched records in within seconds: whoever waits longer is to know before it begins. */
const SEALER_LIMIT_MS = 60_000

/** Exact by key: it may be ended and repeated at any point. @throws PipelineError of a server. */
export async function replay(options: ReplayOptions, found: ReplayRanges): Promise<Replayed> {
  const { eventLog, producer, clock, stop, vault, session, audit, isDryRun } = options
  const { pseudonyms, frozenDays, erasures, onProgress, waitMs } = options
  const comparison = createStoredComparison(session)
  const snapshots = createPublishedSnapshots(audit)
  const waiting = { eventLog, vault: audit.vault, clock, stop }
  const quarters = new Set<number>()
  const sums = { fresh: 0, replaced: 0, blocks: 0, records: 0, erased: 0 }
  const allRecords = Number(found.ranges.reduce((sum, { from, to }) => sum + to - from, 0n))
  let mostWaiting = 0
  // Offsets stay where the consumer has them, and what is refused was told when it first came.
  const consumer = { commit: async (): Promise<void> => undefined }
  const deadLetters = { append: async (): Promise<void> => undefined }
  const writer = createFactsBlockWriter({
    vault,
    producer,
    deadLetters,
    pseudonyms,
    frozenDays,
    erasures,
  })

  async function work(block: FactsBlock): Promise<void> {
    const { columns, persons } = block
    sums.erased += erasures.users.leaveOut(columns)
    pseudonyms.fill(columns, persons)
    const compared =
      columns.rows === 0
        ? { fresh: 0, replaced: 0 }
        : await patiently(options, () => comparison.compare(factsBlock(columns, persons)))
    if (!isDryRun) {
      const { slots } = touchedSlots(columns)
      for (const slot of slots) quarters.add(startOf('quarter', slot * SLOT_SECONDS))
      // Of days that had no facts before; all others were taken before the first block.
      await patiently(options, () => snapshots.take(daysOf(quarters)))
      await patiently(options, () => writer.write(block, consumer))
    }
    sums.fresh += compared.fresh
    sums.replaced += compared.replaced
    sums.blocks += 1
    for (const { first_offset, last_offset } of block.ranges.values()) {
      sums.records += Number(last_offset - first_offset) + 1
    }
    onProgress('reading', sums.records, allRecords)
  }

  const deadline = (): number => clock.nowMs() + waitMs
  // What is stored by now is counted or known to wait before the first snapshot is taken.
  const soonMs = clock.nowMs() + Math.min(waitMs, SEALER_LIMIT_MS)
  if (!isDryRun && !(await untilTaken(waiting, soonMs)))
    throw new PipelineError('setup_failed', SEALER_STANDS)
  const touchedFrom = await touchedEnd(eventLog)
  const catalogue = await endOf(eventLog, topics.videos.name)
  const beganAtS = Math.floor(clock.nowMs() / 1000)
  if (!isDryRun) await takeAll(snapshots, options)
  const startedAtMs = clock.nowMs()
  const blockRows = options.batchRows
  const read = await readEvents(
    { eventLog, clock, stop, decoder: options.decoder, blockRows, work },
    found.ranges,
  )
  const { fresh, replaced, blocks, erased } = sums
  const outcome = { ...read, fresh, replaced, blocks, erased, readMs: clock.nowMs() - startedAtMs }
  if (isDryRun) {
    const nothing = { uncounted: 0, liveQuarters: 0, catalogueChanged: false }
    return { ...outcome, ...nothing, published: null }
  }

  const endMs = deadline()
  if (!(await untilTaken(waiting, endMs))) throw new PipelineError('setup_failed', SEALER_STANDS)
  const touchedDays = daysOf(quarters)
  const [firstDay = Infinity] = touchedDays
  const uncounted = await untilCounted(waiting, endMs, {
    // People of later days too: a first act that comes in late is taken from them.
    isOurs: ({ span, startS, sinceS }) =>
      sinceS >= beganAtS && (span === 'day' ? startS >= firstDay : quarters.has(startS)),
    onWaiting(spans) {
      mostWaiting = Math.max(mostWaiting, spans)
      onProgress('counting', mostWaiting - spans, mostWaiting)
    },
  })
  const live = await readLiveSpans(waiting, touchedFrom, found.committed)
  const published = await patiently(options, () => snapshots.compare(touchedDays, touchedBy(live)))
  const catalogueChanged = (await endOf(eventLog, topics.videos.name)) !== catalogue
  return { ...outcome, published, uncounted, liveQuarters: live.quarters.size, catalogueChanged }
}

/**
 * Remembers every day that has facts before any is touched: once the first is, the people of all later
 * ones wait to be counted again.
 */
async function takeAll(snapshots: PublishedSnapshots, options: ReplayOptions): Promise<void> {
  const { audit, onProgress, stop } = options
  const days = await readDays(audit.vault, audit.rollups)
  for (const [done, { dayS }] of days.entries()) {
    stop.throwIfAborted()
    onProgress('remembering', done, days.length)
    await patiently(options, () => snapshots.take([dayS]))
  }
}

function daysOf(quarters: ReadonlySet<number>): readonly number[] {
  return daysOfSpans([...quarters])
}

const SEALER_STANDS =
  'The sealer does not take in what is stored, so nothing can be shown: npm run -s keepsake -- status says whether it runs.'

async function endOf(eventLog: EventLog, topic: string): Promise<bigint> {
  return (await eventLog.offsetsOf(topic)).reduce((sum, { high }) => sum + high, 0n)
}
