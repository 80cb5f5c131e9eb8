// Whose late people a snapshot takes: those of leaves that reach into another hour.
import { expect, test } from 'vitest'
import { groupsOf } from '#consumers/sealer/leaves/snapshot-groups.ts'

const HOUR_S = 3600
const MINUTE_S = 60
const hour = 490_000 * HOUR_S

test('leaves within an hour are found by facts since the first of them', () => {
  const open = [
    { videoId: 1n, fromS: hour + 20 * MINUTE_S },
    { videoId: 2n, fromS: hour },
  ]
  expect(groupsOf(open, hour + 55 * MINUTE_S)).toEqual([
    { videoIds: [], sinceS: null },
    { videoIds: [1n, 2n], sinceS: hour },
  ])
})

test('those that end with an hour or later by video, and do not make the others read more', () => {
  const open = [
    { videoId: 1n, fromS: hour - 5 * MINUTE_S },
    { videoId: 2n, fromS: hour + 5 * MINUTE_S },
    { videoId: 3n, fromS: hour - 40 * HOUR_S },
  ]
  expect(groupsOf(open, hour + 10 * MINUTE_S)).toEqual([
    { videoIds: [1n, 3n], sinceS: null },
    { videoIds: [2n], sinceS: hour + 5 * MINUTE_S },
  ])
  expect(groupsOf(open.slice(0, 1), hour)[0]).toEqual({ videoIds: [1n], sinceS: null })
})

test('a video whose leaves end every five minutes is found by video once an hour', () => {
  const ends = Array.from({ length: 24 }, (_, at) => hour + (at + 1) * 5 * MINUTE_S)
  const whole = ends.filter((endS) => {
    const [byVideo] = groupsOf([{ videoId: 1n, fromS: endS - 5 * MINUTE_S }], endS)
    return byVideo?.videoIds.length === 1
  })
  expect(whole).toEqual([hour + HOUR_S, hour + 2 * HOUR_S])
})
