// Where consumers go on after a restore: never ahead, and what the log no longer holds is told.
import { describe, expect, test } from 'vitest'
import { planReturn } from '#infra/backup/positions.ts'
import type { GroupPosition, ReturnInput, TopicRange } from '#infra/backup/positions.ts'

const at = (group: string, topic: string, offset: bigint, partition = 0): GroupPosition => ({
  group,
  topic,
  partition,
  offset,
})
const range = (topic: string, low: bigint, high: bigint, partition = 0): TopicRange => ({
  topic,
  partition,
  low,
  high,
})

const noted = [
  at('facts', 'engagement.v1', 100n),
  at('saves', 'engagement.v1', 110n),
  at('saves-titles', 'videos.v1', 20n),
  at('notifications', 'engagement.v1', 120n),
  at('sealer', 'touched.v1', 50n),
  at('sealer', 'videos.v1', 20n),
  at('sealer', 'creators.v1', 5n),
]
const now: readonly TopicRange[] = [
  range('engagement.v1', 0n, 500n),
  range('videos.v1', 0n, 40n),
  range('touched.v1', 0n, 90n),
  range('creators.v1', 0n, 5n),
  range('takeovers.v1', 0n, 3n),
]
const later = noted.map((each) => ({ ...each, offset: each.offset + 50n }))
const plain: ReturnInput = {
  restored: ['vault', 'rollups'],
  noted,
  rangesThen: now.map((each) => ({ ...each, high: each.high - 1n })),
  rangesNow: now,
  committedNow: later,
}

/** `group topic offset` of every position. */
function words({ positions }: { readonly positions: readonly GroupPosition[] }): readonly string[] {
  return positions.map(({ group, topic, offset }) => `${group} ${topic} ${offset}`)
}

describe('consumers go back', () => {
  test('all of them when all is restored', () => {
    const plan = planReturn(plain)
    expect(words(plan)).toEqual(words({ positions: noted }))
    expect(plan).toMatchObject({ gaps: [], foreign: [] })
  })

  test('those that write what is restored, the sealer always', () => {
    const groups = (restored: ReturnInput['restored']): ReadonlySet<string> =>
      new Set(planReturn({ ...plain, restored }).positions.map(({ group }) => group))
    expect(groups(['vault'])).toEqual(new Set(['facts', 'saves', 'saves-titles', 'sealer']))
    expect(groups(['rollups'])).toEqual(new Set(['notifications', 'sealer']))
  })

  test('never ahead of where they are', () => {
    const behind = [at('facts', 'engagement.v1', 70n), ...later.slice(1)]
    expect(words(planReturn({ ...plain, committedNow: behind }))).toContain(
      'facts engagement.v1 70',
    )
  })

  test('to the beginning of a partition that was added since', () => {
    const rangesNow = [...now, range('engagement.v1', 0n, 9n, 1)]
    const added = planReturn({ ...plain, rangesNow }).positions.filter(
      ({ partition }) => partition === 1,
    )
    expect(added.map(({ offset }) => offset)).toEqual([0n, 0n, 0n])
  })
})

describe('what stands against it', () => {
  test('records that the log no longer holds are counted by group', () => {
    const rangesNow = [range('engagement.v1', 115n, 500n), ...now.slice(1)]
    const plan = planReturn({ ...plain, rangesNow })
    expect(plan.gaps).toEqual([
      { group: 'facts', topic: 'engagement.v1', records: 15n },
      { group: 'saves', topic: 'engagement.v1', records: 5n },
    ])
    expect(words(plan)).toContain('facts engagement.v1 115')
  })

  test('a compacted topic loses nothing that counts', () => {
    const rangesNow = now.map((each) => (each.topic === 'videos.v1' ? { ...each, low: 30n } : each))
    expect(planReturn({ ...plain, rangesNow }).gaps).toEqual([])
  })

  test('a log that ends before what was read is another one', () => {
    const rangesNow = now.map((each) =>
      each.topic === 'takeovers.v1' ? { ...each, high: 1n } : each,
    )
    expect(planReturn({ ...plain, rangesNow }).foreign).toEqual([
      { topic: 'takeovers.v1', partition: 0 },
    ])
    expect(planReturn({ ...plain, rangesNow: now.slice(1) }).foreign).toEqual([
      { topic: 'engagement.v1', partition: 0 },
    ])
  })
})
