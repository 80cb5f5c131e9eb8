// Stores one block of rows at a time, again and again until that has been acknowledged, and then commits the offsets behind it.
import type { Position } from '#infra/kafka/event-log.ts'
import { withHeartbeats } from '#infra/kafka/with-heartbeats.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable, PipelineError } from '#infra/runtime/errors.ts'
import type { Logger } from '#infra/runtime/log.ts'

/** Rows on their way, and the offsets that may be committed once they are stored. */
export interface RowBatch<Block> {
  /** Null: only offsets, of records without any row. */
  readonly block: Block | null
  readonly positions: readonly Position[]
  /** Append time of the oldest record of the batch, ms since 1970. */
  readonly sinceMs: number
}

export interface RowStorer<Block> {
  /** Begins to store; only while nothing is being stored. */
  start(batch: RowBatch<Block>): void
  readonly isStoring: boolean
  /** Resolves when what is being stored has ended; calls `heartbeat` while that takes long. */
  ended(heartbeat: () => Promise<void>): Promise<void>
  readonly trouble: string | null
  readonly storingSinceMs: number | null
}

export interface RowStorerOptions<Block> {
  readonly log: Logger
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly fail: (error: unknown) => void
  readonly commit: (positions: readonly Position[]) => Promise<void>
  readonly store: (block: Block) => Promise<void>
  readonly storeTrouble: string
}

const limits = {
  retryFirstMs: 100,
  retryLongestMs: 5000,
} as const

export function createRowStorer<Block>(options: RowStorerOptions<Block>): RowStorer<Block> {
  const { log, clock, stop, fail } = options
  let storing: Promise<void> | null = null
  let storingSinceMs: number | null = null
  let trouble: string | null = null

  async function run(batch: RowBatch<Block>): Promise<void> {
    storingSinceMs = batch.sinceMs
    try {
      await store(batch)
    } catch (error) {
      fail(error)
    }
    storing = null
    storingSinceMs = null
  }

  async function store({ block, positions }: RowBatch<Block>): Promise<void> {
    // On any doubt the same rows go again: they are exact by key.
    if (block !== null) await repeat(options.storeTrouble, () => options.store(block))
    // Without the rows, nothing may be committed.
    if (trouble !== null) return
    if (positions.length > 0) await repeat('the log does not answer', () => commit(positions))
  }

  /** Repeats what may succeed later; leaves `trouble` behind when the process ends meanwhile. */
  async function repeat(why: string, step: () => Promise<void>): Promise<void> {
    let waitMs: number = limits.retryFirstMs
    for (;;) {
      try {
        await step()
        if (trouble !== null) log.info('storing again')
        trouble = null
        return
      } catch (error) {
        if (!isRetryable(error)) throw error
        if (trouble === null) log.warn({ err: error }, 'cannot store: trying again')
        trouble = why
        if (stop.aborted) return
        await clock.sleep(waitMs, stop)
        waitMs = Math.min(waitMs * 2, limits.retryLongestMs)
      }
    }
  }

  async function commit(positions: readonly Position[]): Promise<void> {
    try {
      await options.commit(positions)
    } catch (error) {
      // The group moved on: these records are read again, which is harmless by key.
      if (!(error instanceof PipelineError) || error.code !== 'stale_assignment') throw error
    }
  }

  return {
    get trouble() {
      return trouble
    },
    get storingSinceMs() {
      return storingSinceMs
    },
    start(batch) {
      storing = run(batch)
    },
    get isStoring() {
      return storing !== null
    },
    async ended(heartbeat) {
      if (storing === null) return
      await withHeartbeats(storing, heartbeat, clock)
    },
  }
}
