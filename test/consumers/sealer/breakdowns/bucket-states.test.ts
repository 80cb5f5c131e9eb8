// Open buckets are walked again when one of their days is published anew, and only then.
import { expect, test } from 'vitest'
import { daysFromS, openBucketStates } from '#consumers/sealer/breakdowns/bucket-states.ts'
import type { VideoState } from '#consumers/sealer/leaves/video-states.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'

const DAY_S = 86_400
const startS = 20_000 * DAY_S + 7 * 3600

const video: VideoState = {
  videoId: 7n,
  creatorId: 70n,
  startS,
  deletedAtS: null,
  leaf: {
    ordinal: 1,
    fromS: startS,
    savesBefore: 0,
    viewsBefore: 0,
    views: 0,
    firstDayViews: 0,
  },
  walkedToS: null,
}

/** Of a store of which nothing is asked but the published buckets. */
function rollupsWith(rows: readonly unknown[]): ClickhouseStore {
  const refuse = (): never => {
    throw new Error('nothing else is asked')
  }
  return {
    rows: async (schema) => rows.map((row) => schema.parse(row)),
    read: refuse,
    insert: refuse,
    insertSelect: refuse,
    command: refuse,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

test('a day that counts again rewinds what has it, and leaves alone what begins later', async () => {
  const videos = {
    learn: () => undefined,
    publish: () => undefined,
    timeZoneOf: () => 'UTC',
    all: [video],
  }
  const bucketEndS = 20_010 * DAY_S
  const published = ['viewers', 'likers', 'commenters', 'remixers'].map((metric) => ({
    video: '7',
    metric,
    bucket: 1,
    to_s: bucketEndS,
  }))
  const states = await openBucketStates(rollupsWith(published), videos)
  const state = states.of(video)
  expect(daysFromS(state)).toBe(bucketEndS)
  const walked = (): void => {
    state.daysToS = 20_015 * DAY_S
    state.open.viewers = { ...state.open.viewers, people: 60 }
  }

  walked()
  states.rewind([])
  states.rewind([20_009 * DAY_S])
  expect([state.daysToS, state.open.viewers.people]).toEqual([20_015 * DAY_S, 60])
  states.rewind([20_015 * DAY_S])
  expect([state.daysToS, state.open.viewers.people]).toEqual([20_015 * DAY_S, 60])
  states.rewind([20_001 * DAY_S, 20_012 * DAY_S])
  expect([state.daysToS, daysFromS(state)]).toEqual([null, bucketEndS])
  expect(state.open.viewers).toMatchObject({ ordinal: 2, people: 0, fromS: bucketEndS })
})
