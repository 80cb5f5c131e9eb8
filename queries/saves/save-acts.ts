// Saves and unsaves: into the log with acks=all first, then the same row into the vault, then the answer, so that an owner always reads their own write.
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable, PipelineError } from '#infra/runtime/errors.ts'
import type { EngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import type { LogProducer } from '#infra/kafka/event-log.ts'
import { UUID7_RANDOM_BYTES } from '#schemas/ids.ts'
import { saveVersion } from '#schemas/save-version.ts'
import { topics } from '#schemas/topics.ts'
import { createDoubts } from './doubts.ts'
import { createGroupedCalls } from './grouped-calls.ts'
import { createKeyedTurns } from './keyed-turns.ts'
import type { SaveDimensions } from './save-body.ts'
import { createSaveEvent, SAVES_SOURCE, stampOf } from './save-event.ts'
import type { NewSave, Pair, SaveStore, StoredSave, VideoTitle } from './save-store.ts'

export interface WantedAct extends Pair {
  readonly saved: boolean
  readonly dimensions: SaveDimensions
}

/**
 * What became of an act. **done**: the owner reads it; also when there was nothing to change.
 * **logged**: it is in the log and will be in the vault, which does not answer just now.
 * **conflict**: the pair's state lies too far in the future to be overtaken.
 */
export type ActOutcome =
  | {
      readonly kind: 'done' | 'logged'
      readonly savedAtMs: number
      readonly title: VideoTitle | undefined
    }
  | { readonly kind: 'conflict' }

export interface SaveActs {
  /**
   * @throws PipelineError `log_unreachable` when the log didn't acknowledge (the act may be there or
   * not: sending it again does no harm), `store_*` when the pair's state couldn't be read.
   */
  act(wanted: WantedAct): Promise<ActOutcome>
}

export interface SaveActsOptions {
  readonly store: SaveStore
  readonly producer: LogProducer
  readonly encoder: EngagementEncoder
  readonly clock: Clock
  readonly randomBytes: (size: number) => Uint8Array
}

const limits = {
  /** Acts that run or wait; beyond it they are refused before anything was done: about 1 s of work. */
  actsMax: 1000,
  /** How long the log may take to acknowledge before the client is told to try again. */
  logMs: 5000,
  /** How long the vault may take to store before the client is told that it is only logged. */
  vaultMs: 5000,
  vaultRetryMs: 100,
  /**
   * From when an act came in until its group is stored: 25 ms bound its wait, and the vault gets at
   * most some 40 inserts a second.
   */
  commitLingerMs: 25,
  /** Pairs of one read: their ids go in a URL, and 100 pairs are 5 KB of it. */
  pairsMax: 100,
  /** Events of one record, rows of one insert. */
  rowsMax: 500,
  doubtsMax: 10_000,
} as const

/** A pair as the vault has it, and what is known of its video. */
interface Found {
  readonly stored: StoredSave | null
  readonly title: VideoTitle | undefined
}

export function createSaveActs(options: SaveActsOptions): SaveActs {
  const { store, producer, encoder, clock, randomBytes } = options
  const turns = createKeyedTurns()
  const doubts = createDoubts(limits.doubtsMax)
  const reads = createGroupedCalls<Pair, Found>({
    clock,
    lingerMs: 0,
    itemsMax: limits.pairsMax,
    call: find,
  })
  const appends = createGroupedCalls<Buffer, void>({
    clock,
    lingerMs: 0,
    itemsMax: limits.rowsMax,
    call: append,
  })
  const commits = createGroupedCalls<NewSave, void>({
    clock,
    lingerMs: limits.commitLingerMs,
    itemsMax: limits.rowsMax,
    call: insert,
  })
  let sends = 0

  return {
    async act(wanted) {
      if (turns.running >= limits.actsMax) {
        throw new PipelineError('log_unreachable', 'too many acts wait for the log')
      }
      const pair = `${wanted.userId}/${wanted.videoId}`
      return turns.run(pair, () => decide(pair, wanted))
    },
  }

  async function decide(pair: string, wanted: WantedAct): Promise<ActOutcome> {
    const { userId, videoId, saved } = wanted
    const sinceMs = clock.nowMs()
    const { stored, title } = await reads.add({ userId, videoId })
    const known = doubts.known(pair, stored)
    if (known === null ? !saved : known.acknowledged && known.saved === saved) {
      // Nothing to change: nothing is emitted, and the answer is the same.
      const readable = known === null || known.readable
      return { kind: readable ? 'done' : 'logged', savedAtMs: known?.savedAtMs ?? 0, title }
    }
    const atMs = stampOf(clock.nowMs(), known?.savedAtMs ?? null)
    if (atMs === null) return { kind: 'conflict' }
    const stamp = { atMs, sinceMs, creatorId: title?.creatorId ?? '0' }
    return { kind: await perform(pair, wanted, stamp), savedAtMs: atMs, title }
  }

  async function perform(
    pair: string,
    { userId, videoId, saved, dimensions }: WantedAct,
    stamp: { readonly atMs: number; readonly sinceMs: number; readonly creatorId: string },
  ): Promise<'done' | 'logged'> {
    const { atMs, sinceMs, creatorId } = stamp
    const random = randomBytes(UUID7_RANDOM_BYTES)
    const event = createSaveEvent({ saved, atMs, userId, videoId, creatorId, dimensions, random })
    const version = saveVersion({ eventId: event.event_id, occurredAtMs: atMs, saved })
    const state = { saved, savedAtMs: atMs, version }
    try {
      await appends.add(encoder.encodeEvent(event, atMs))
    } catch (error) {
      doubts.remember(pair, { ...state, acknowledged: false })
      throw error
    }
    try {
      await commits.add({ userId, videoId, ...state }, sinceMs)
      doubts.forget(pair)
      return 'done'
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      // The log has it, so it can't be lost: the saves consumer writes the same row.
      doubts.remember(pair, { ...state, acknowledged: true })
      return 'logged'
    }
  }

  async function find(pairs: readonly Pair[]): Promise<readonly Found[]> {
    const videoIds = [...new Set(pairs.map(({ videoId }) => videoId))]
    const [stored, titles] = await Promise.all([store.pairs(pairs), store.titles(videoIds)])
    return pairs.map(({ videoId }, index) => ({
      stored: stored[index] ?? null,
      title: titles.get(videoId),
    }))
  }

  /** One record, which goes to one partition; in turn, since order between records means nothing. */
  async function append(events: readonly Buffer[]): Promise<readonly undefined[]> {
    const envelope = { sentAtMs: clock.nowMs(), source: SAVES_SOURCE, backfill: false }
    const value = encoder.encodeBatch(events, envelope)
    const topic = topics.engagement.name
    const send = async (): Promise<void> => {
      const partition = sends++ % (await producer.partitionsOf(topic))
      await producer.append(topic, partition, [{ value }])
    }
    await within(send(), limits.logMs, 'log_unreachable')
    return events.map(() => undefined)
  }

  /** Inserts, again on any doubt, as long as a client may be kept waiting. */
  async function insert(rows: readonly NewSave[]): Promise<readonly undefined[]> {
    const deadlineMs = clock.nowMs() + limits.vaultMs
    for (;;) {
      try {
        const leftMs = Math.max(0, deadlineMs - clock.nowMs())
        await within(store.insert(rows), leftMs, 'store_unreachable')
        return rows.map(() => undefined)
      } catch (error) {
        if (!isRetryable(error) || clock.nowMs() + limits.vaultRetryMs > deadlineMs) throw error
        await clock.sleep(limits.vaultRetryMs)
      }
    }
  }

  async function within<T>(
    task: Promise<T>,
    ms: number,
    code: 'log_unreachable' | 'store_unreachable',
  ): Promise<T> {
    const late = Promise.withResolvers<never>()
    using _timer = clock.after(ms, () =>
      late.reject(new PipelineError(code, `no answer within ${ms} ms`)),
    )
    return await Promise.race([task, late.promise])
  }
}
