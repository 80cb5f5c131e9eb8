// What a save list may know of a video: everything while it can be seen, and only whose it is otherwise.
import { describe, expect, test } from 'vitest'
import { createTitlesBuffer, removedRowOf, titleRowOf } from '#consumers/saves/titles-buffer.ts'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import { visibilities } from '#schemas/catalogue.ts'
import type { VideoRecord } from '#schemas/catalogue.ts'

const video = {
  video_id: 9_223_372_036_854_775_807n,
  creator_id: 900n,
  published_at: 1_790_000_000_000n,
  duration_ms: 9000,
  title: 'A "film"\nand more',
  visibility: 'public',
  kind: 'original',
  original_video_id: 0n,
  thumbnail_url: 'https://example.com/a.png',
  updated_at: 1_790_000_000_000n,
} as const satisfies VideoRecord

const shown = {
  video_id: '9223372036854775807',
  creator_id: '900',
  visible: true,
  title: video.title,
  duration_ms: 9000,
  thumbnail_url: video.thumbnail_url,
  version: '12',
}
const hidden = { ...shown, visible: false, title: '', duration_ms: 0, thumbnail_url: '' }

describe('a title', () => {
  test.each(visibilities)(
    'of a video that is %s shows as much as anybody may see',
    (visibility) => {
      const open = visibility === 'public' || visibility === 'unlisted'
      expect(titleRowOf({ ...video, visibility }, 12n)).toEqual(open ? shown : hidden)
    },
  )

  test('of a removed key is hidden; a key that is no id is passed over', () => {
    expect(removedRowOf(Buffer.from('77'), 3n)).toMatchObject({ video_id: '77', visible: false })
    expect(removedRowOf(Buffer.from('7,7'), 3n)).toBeNull()
    expect(removedRowOf(null, 3n)).toBeNull()
  })
})

test('the buffer drains a line a video, the offset its version, and passes over what is no video', () => {
  const codec = openAvroCodec<VideoRecord>('video-v1')
  const buffer = createTitlesBuffer()
  const record = { topic: 'videos.v1', partition: 0, key: Buffer.from('1'), appendedAtMs: 0 }
  buffer.add({ ...record, offset: 12n, value: codec.encode(video) })
  buffer.add({ ...record, offset: 13n, value: Buffer.from('rubbish') })
  buffer.add({ ...record, offset: 14n, value: null })
  expect(buffer.rows).toBe(2)
  const lines = Buffer.concat(buffer.drain()).toString().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([shown, { version: '14' }])
  expect(buffer.rows).toBe(0)
})
