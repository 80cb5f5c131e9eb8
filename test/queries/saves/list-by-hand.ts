// A vault and a log that a test drives by hand, to show what the saves API does when one of them is slow or away.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { LogProducer } from '#infra/kafka/event-log.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import type { NewSave, SaveStore, VideoTitle } from '#queries/saves/save-store.ts'

export interface VaultByHand extends SaveStore {
  readonly rows: Map<string, NewSave>
  readonly catalogue: Map<string, VideoTitle>
  /** While true, inserts fail as if nobody listened. */
  away: boolean
}

/** Rows by pair, the highest version of each. */
export function createVaultByHand(): VaultByHand {
  const rows = new Map<string, NewSave>()
  const catalogue = new Map<string, VideoTitle>()
  const vault: VaultByHand = {
    rows,
    catalogue,
    away: false,
    async page(userId, { order, rows: count, cursor }) {
      const sign = order === 'newest' ? -1 : 1
      const before = (a: Place, b: Place): number => sign * comparePlaces(a, b)
      return [...rows.values()]
        .filter((row) => row.userId === userId && row.saved)
        .filter((row) => cursor === null || before(cursor, row) < 0)
        .sort(before)
        .slice(0, count)
    },
    pairs: async (pairs) =>
      pairs.map(({ userId, videoId }) => rows.get(`${userId}/${videoId}`) ?? null),
    titles: async (ids) => new Map([...catalogue].filter(([id]) => ids.includes(id))),
    async insert(added) {
      if (vault.away) throw new PipelineError('store_unreachable', 'away')
      for (const row of added) {
        const key = `${row.userId}/${row.videoId}`
        if ((rows.get(key)?.version ?? -1n) < row.version) rows.set(key, row)
      }
    },
    probe: async () => undefined,
  }
  return vault
}

interface Place {
  readonly savedAtMs: number
  readonly videoId: string
}

function comparePlaces(a: Place, b: Place): number {
  if (a.savedAtMs !== b.savedAtMs) return a.savedAtMs - b.savedAtMs
  return BigInt(a.videoId) < BigInt(b.videoId) ? -1 : Number(a.videoId !== b.videoId)
}

export interface LoggedEvent {
  readonly type: string
  readonly occurred_at: bigint
  readonly user_id: bigint
  readonly video_id: bigint
  readonly creator_id: bigint
  readonly region: string
}

export interface LoggedBatch {
  readonly source: string
  readonly backfill: boolean
  readonly events: readonly LoggedEvent[]
}

export interface LogByHand extends LogProducer {
  readonly batches: LoggedBatch[]
  readonly partitions: number[]
  /** `lost`: appends are taken and fail all the same; `away`: they fail. */
  state: 'answers' | 'lost' | 'away'
}

export function createLogByHand(): LogByHand {
  const codec = openAvroCodec<LoggedBatch>('engagement-v1')
  const log: LogByHand = {
    batches: [],
    partitions: [],
    state: 'answers',
    async append(_topic, partition, records) {
      if (log.state === 'away') throw new PipelineError('log_unreachable', 'away')
      for (const { value } of records) {
        const batch = value === null ? null : codec.decode(value)
        if (batch === null) throw new Error('not a batch of engagement')
        log.batches.push(batch)
        log.partitions.push(partition)
      }
      if (log.state === 'lost') throw new PipelineError('log_unreachable', 'no answer')
    },
    partitionsOf: async () => 4,
    [Symbol.asyncDispose]: async () => undefined,
  }
  return log
}
