// The holds of imports as the collector knows them: every change is asked of the log, and its answer is what the log made of it.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { EventLog, LogProducer } from '#infra/kafka/event-log.ts'
import { openHoldTable } from '#infra/kafka/hold-table.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { holdStateAt } from '#schemas/hold-rule.ts'
import type { Hold, HoldState } from '#schemas/hold-rule.ts'
import { UUID7_RANDOM_BYTES, uuid7 } from '#schemas/ids.ts'
import { importLimits } from '#schemas/import-hold.ts'
import type { ImportAct, ImportHold, ImportScope } from '#schemas/import-hold.ts'
import { topics } from '#schemas/topics.ts'

/** A hold, and what it is now. */
export interface KnownHold extends Hold {
  readonly state: HoldState
}

/**
 * Resolves once the log has the change and it was read back from there, so that two collectors, and
 * one that was started again, give the same answer. @throws PipelineError as `LogProducer.append`.
 */
export interface Imports extends AsyncDisposable {
  /** Null: as many are open, or were opened lately, as may be. */
  open(scope: ImportScope): Promise<KnownHold | null>
  /** Null: not known. A hold that is over stays so, as its state tells. */
  heartbeat(importId: string): Promise<KnownHold | null>
  end(importId: string): Promise<KnownHold | null>
  find(importId: string): Promise<KnownHold | null>
}

export interface ImportsOptions {
  readonly eventLog: EventLog
  readonly producer: LogProducer
  readonly clock: Clock
  readonly randomBytes: (size: number) => Uint8Array
  readonly onCrash: (error: Error) => void
}

/** Opens the holds with everything that `imports.v1` tells. */
export async function openImports(options: ImportsOptions): Promise<Imports> {
  const { eventLog, producer, clock, randomBytes, onCrash } = options
  const topic = topics.imports.name
  const codec = openAvroCodec<ImportHold>('import-hold-v1')
  const holds = await openHoldTable({ eventLog, clock, onCrash })
  const { book } = holds

  async function append(act: ImportAct, importId: string, scope: ImportScope | null) {
    const value = codec.encode({ import_id: importId, act, scope })
    await producer.append(topic, 0, [{ key: importId, value }])
  }

  /** A clock behind the broker's must not call a hold open whose heartbeat came too late for the log. */
  function nowMs(): number {
    return Math.max(clock.nowMs(), holds.newestAppendMs)
  }

  async function find(importId: string): Promise<KnownHold | null> {
    await holds.catchUp()
    const hold = book.find(importId)
    return hold === undefined ? null : { ...hold, state: holdStateAt(hold, nowMs()) }
  }

  async function change(act: 'heartbeat' | 'ended', importId: string): Promise<KnownHold | null> {
    const before = await find(importId)
    if (before?.state !== 'open') return before
    const isSoon = nowMs() - before.heardAtMs < importLimits.heartbeatLeastMs
    if (act === 'heartbeat' && isSoon) return before
    await append(act, importId, null)
    return find(importId)
  }

  return {
    async open(scope) {
      await holds.catchUp()
      // The log would not count it; asking first keeps a refused client's retries out of it.
      if (!book.hasRoomAt(nowMs())) return null
      const importId = uuid7(clock.nowMs(), randomBytes(UUID7_RANDOM_BYTES))
      await append('opened', importId, scope)
      return find(importId)
    },
    heartbeat: (importId) => change('heartbeat', importId),
    end: (importId) => change('ended', importId),
    find,
    [Symbol.asyncDispose]: () => holds[Symbol.asyncDispose](),
  }
}
