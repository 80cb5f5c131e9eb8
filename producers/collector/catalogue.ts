// The catalogue as the collector knows it: what of a video is frozen, and the order of its changes.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { EventLog, LogProducer } from '#infra/kafka/event-log.ts'
import { openTableReader } from '#infra/kafka/table-reader.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { CreatorBody, CreatorRecord, VideoBody, VideoRecord } from '#schemas/catalogue.ts'
import { topics } from '#schemas/topics.ts'

export type VideoOutcome =
  | { readonly kind: 'created' | 'updated'; readonly video: VideoRecord }
  | { readonly kind: 'conflict'; readonly field: string; readonly detail: string }
  | { readonly kind: 'not_found' }

export interface VideoChange {
  readonly videoId: string
  /** Null deletes. */
  readonly body: VideoBody | null
}

export interface Catalogue extends AsyncDisposable {
  /**
   * Applies changes in order, one outcome each; resolves once the log has them.
   * `mayTransfer` lets frozen fields change. @throws PipelineError as `LogProducer.append`.
   */
  changeVideos(
    changes: readonly VideoChange[],
    mayTransfer: boolean,
  ): Promise<readonly VideoOutcome[]>
  putCreator(creatorId: string, body: CreatorBody): Promise<void>
}

export interface CatalogueOptions {
  readonly eventLog: EventLog
  readonly producer: LogProducer
  readonly clock: Clock
  readonly onCrash: (error: Error) => void
}

/** What is kept of a video in memory: about 200 bytes. */
type Known = Omit<VideoRecord, 'title' | 'thumbnail_url' | 'updated_at'>

/** Opens the catalogue with everything that `videos.v1` holds. */
export async function openCatalogue(options: CatalogueOptions): Promise<Catalogue> {
  const { eventLog, producer, clock, onCrash } = options
  const videoCodec = openAvroCodec<VideoRecord>('video-v1')
  const creatorCodec = openAvroCodec<CreatorRecord>('creator-v1')
  const known = new Map<bigint, Known>()
  const remember = ({ title: _t, thumbnail_url: _u, updated_at: _a, ...rest }: VideoRecord): void =>
    void known.set(rest.video_id, rest)
  const reader = await openTableReader({
    eventLog,
    clock,
    onCrash,
    topic: topics.videos.name,
    apply({ value }) {
      const video = value === null ? null : videoCodec.decode(value)
      if (video !== null) remember(video)
    },
  })
  // One change after the other: what is frozen is judged by what came before.
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = <T>(task: () => Promise<T>): Promise<T> => {
    const result = last.then(task)
    last = result.catch(() => undefined)
    return result
  }
  return {
    changeVideos: (changes, mayTransfer) =>
      inOrder(async () => {
        const drafts = new Map<bigint, Known>()
        const outcomes = changes.map(({ videoId, body }): VideoOutcome => {
          const id = BigInt(videoId)
          const before = drafts.get(id) ?? known.get(id)
          const outcome = decide({ id, before, body, mayTransfer, nowMs: clock.nowMs() })
          if ('video' in outcome) drafts.set(id, outcome.video)
          return outcome
        })
        await appendVideos(
          outcomes.flatMap((outcome) => ('video' in outcome ? [outcome.video] : [])),
        )
        return outcomes
      }),
    putCreator: (creatorId, body) =>
      inOrder(async () => {
        const record = {
          creator_id: BigInt(creatorId),
          ...body,
          updated_at: BigInt(clock.nowMs()),
        }
        const value = creatorCodec.encode(record)
        const partition = await partitionOf(topics.creators.name, record.creator_id)
        await producer.append(topics.creators.name, partition, [{ key: creatorId, value }])
      }),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  }

  /** A key stays in its partition, so that its records keep their order. */
  async function partitionOf(topic: string, id: bigint): Promise<number> {
    return Number(id % BigInt(await producer.partitionsOf(topic)))
  }

  async function appendVideos(videos: readonly VideoRecord[]): Promise<void> {
    const byPartition = Map.groupBy(
      await Promise.all(
        videos.map(async (video) => ({
          video,
          partition: await partitionOf(topics.videos.name, video.video_id),
        })),
      ),
      ({ partition }) => partition,
    )
    for (const [partition, group] of byPartition) {
      const records = group.map(({ video }) => ({
        key: video.video_id.toString(),
        value: videoCodec.encode(video),
      }))
      await producer.append(topics.videos.name, partition, records)
      // Known only once the log has it: a change that failed has not happened.
      for (const { video } of group) remember(video)
    }
  }
}

interface Decision {
  readonly id: bigint
  readonly before: Known | undefined
  readonly body: VideoBody | null
  readonly mayTransfer: boolean
  readonly nowMs: number
}

/** What becomes of a video: deletion is final, and its creator and first date are frozen. */
function decide({ id, before, body, mayTransfer, nowMs }: Decision): VideoOutcome {
  const updated_at = BigInt(nowMs)
  if (body === null) {
    if (before === undefined) return { kind: 'not_found' }
    const gone = { visibility: 'deleted', title: '', thumbnail_url: '', updated_at } as const
    return { kind: 'updated', video: { ...before, ...gone } }
  }
  if (before?.visibility === 'deleted') return conflict('visibility', 'the video was deleted')
  const video = toRecord(id, body, updated_at)
  if (before === undefined) return { kind: 'created', video }
  if (!mayTransfer && video.creator_id !== before.creator_id) {
    return conflict('creator_id', 'is frozen; scope videos:transfer may change it')
  }
  if (!mayTransfer && video.published_at !== before.published_at) {
    return conflict('published_at', 'is frozen as first stated')
  }
  return { kind: 'updated', video }
}

function conflict(field: string, detail: string): VideoOutcome {
  return { kind: 'conflict', field, detail }
}

function toRecord(id: bigint, body: VideoBody, updated_at: bigint): VideoRecord {
  const gone = body.visibility === 'deleted'
  return {
    video_id: id,
    creator_id: BigInt(body.creator_id),
    published_at: BigInt(Date.parse(body.published_at)),
    duration_ms: body.duration_ms,
    title: gone ? '' : body.title,
    visibility: body.visibility,
    kind: body.kind,
    original_video_id: BigInt(body.original_video_id ?? 0),
    thumbnail_url: gone ? '' : (body.thumbnail_url ?? ''),
    updated_at,
  }
}
