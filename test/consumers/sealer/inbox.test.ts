// What was read before partitions went to another and came back says nothing of how far they are read now.
import { expect, test } from 'vitest'
import { createDirtySet } from '#consumers/sealer/dirty-spans.ts'
import { createInbox } from '#consumers/sealer/inbox.ts'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { RecordBatch } from '#infra/kafka/event-log.ts'
import type { VideoRecord } from '#schemas/catalogue.ts'
import { topics } from '#schemas/topics.ts'

const topic = topics.videos.name
const video: VideoRecord = {
  video_id: 7n,
  creator_id: 70n,
  published_at: 1_700_000_000_000n,
  duration_ms: 9000,
  title: 'seven',
  visibility: 'public',
  kind: 'original',
  original_video_id: 0n,
  thumbnail_url: '',
  updated_at: 1_700_000_000_000n,
}

function batchTo(nextOffset: bigint): RecordBatch {
  const value = openAvroCodec<VideoRecord>('video-v1').encode(video)
  const offset = nextOffset - 1n
  return {
    topic,
    partition: 0,
    records: [{ topic, partition: 0, offset, appendedAtMs: 0, key: null, value }],
    nextOffset,
    isStale: () => false,
    heartbeat: async () => undefined,
  }
}

test('partitions that were given anew are committed only where they were read since', () => {
  const inbox = createInbox(createDirtySet())
  inbox.receive(batchTo(172n), 0)
  expect(inbox.nextOf(topic, 0)).toBe(172n)
  // Another reads on to 184 and commits that; then they come back.
  inbox.restart()
  expect(inbox.nextOf(topic, 0)).toBe(0n)
  const before = inbox.take()
  expect(before.positions).toEqual([])
  // What was read is worked off all the same: nobody may have done so.
  expect(before.videos.map(({ record }) => record.video_id)).toEqual([7n])
  inbox.receive(batchTo(185n), 0)
  expect(inbox.take().positions).toEqual([{ topic, partition: 0, offset: 185n }])
})
