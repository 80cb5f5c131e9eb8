// When a video was not public follows from its records: acts of those times are told by the day alone.
import { expect, test } from 'vitest'
import { closedPeriods, createAttribution } from '#consumers/sealer/attribution.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { VideoRecord, Visibility } from '#schemas/catalogue.ts'

/** The periods after records of these visibilities, 1000 ms apart from 1000 on. */
function after(...visibilities: readonly Visibility[]): readonly (readonly [number, number])[] {
  let before: Parameters<typeof closedPeriods>[0] = null
  for (const [index, visibility] of visibilities.entries()) {
    before = { visibility, closed: closedPeriods(before, visibility, (index + 1) * 1000) }
  }
  return before?.closed ?? []
}

const END = Date.UTC(2200, 0, 1)

test('a video that was always public was never closed', () => {
  expect(after('public', 'public')).toEqual([])
})

test('what was done before the catalogue knew a video is judged by its first record', () => {
  expect(after('private')).toEqual([[0, END]])
  expect(after('unlisted', 'public')).toEqual([[0, 2000]])
})

test('a period begins and ends with the record that says so', () => {
  expect(after('public', 'friends', 'private', 'public', 'deleted')).toEqual([
    [2000, 4000],
    [5000, END],
  ])
})

/** A store that answers every question with these rows and keeps what is inserted. */
function storeOf(rows: readonly unknown[], inserted: string[]): ClickhouseStore {
  const refuse = (): never => {
    throw new Error('not asked of this store')
  }
  return {
    command: refuse,
    rows: async (schema) => rows.map((row) => schema.parse(row)),
    read: refuse,
    insert: async (sql) => void inserted.push(sql.split(' ', 3)[2] ?? ''),
    insertSelect: refuse,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

test('who died between the two servers tells the second one again', async () => {
  const record: VideoRecord = {
    video_id: 7n,
    creator_id: 900n,
    published_at: 0n,
    duration_ms: 0,
    title: '',
    visibility: 'public',
    kind: 'original',
    original_video_id: 0n,
    thumbnail_url: '',
    updated_at: 0n,
  }
  const inserted: string[] = []
  const stored = { id: '7', version: '5', visibility: 'public', closed: [] }
  const shown = { id: '7', creator: '900', public: true }
  const attribution = createAttribution({
    vault: storeOf([stored], inserted),
    rollups: storeOf([shown], inserted),
  })
  const dirty = await attribution.attribute([{ record, version: 5n }], 1_790_000_000)
  expect(inserted).toEqual(['directory.attribution'])
  expect(dirty).toEqual({ minutes: new Map(), quarters: new Map() })
})
