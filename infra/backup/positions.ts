// Where the consumers stood when a backup was taken, and where they have to go on after it was restored.
import { consumerGroups, topics } from '#schemas/topics.ts'
import type { EventLog, PartitionOffsets, Position } from '../kafka/event-log.ts'
import type { Part } from './archives.ts'

interface Reading {
  readonly group: string
  readonly topics: readonly { readonly name: string; readonly cleanup: string }[]
  /** What the group writes: it goes back when any of these is restored. */
  readonly writes: readonly Part[]
}

/** Every group there is: a new one does not compile until it stands here. */
const readings: Readonly<Record<keyof typeof consumerGroups, Reading>> = {
  facts: { group: consumerGroups.facts, topics: [topics.engagement], writes: ['vault'] },
  saves: { group: consumerGroups.saves, topics: [topics.engagement], writes: ['vault'] },
  savesTitles: { group: consumerGroups.savesTitles, topics: [topics.videos], writes: ['vault'] },
  notifications: {
    group: consumerGroups.notifications,
    topics: [topics.engagement],
    writes: ['rollups'],
  },
  sealer: {
    group: consumerGroups.sealer,
    topics: [topics.touched, topics.videos, topics.creators, topics.decisions],
    writes: ['vault', 'rollups'],
  },
}

const groups = Object.values(readings)

export const allGroups: readonly string[] = groups.map(({ group }) => group)

/** What anybody reads, and what numbers are ordered by. */
export const allTopics: readonly string[] = [
  ...new Set([
    ...groups.flatMap((each) => each.topics.map(({ name }) => name)),
    topics.takeovers.name,
  ]),
]

export interface GroupPosition extends Position {
  readonly group: string
}

export interface TopicRange extends PartitionOffsets {
  readonly topic: string
}

/**
 * Next offsets of every group. A partition without one counts from its first record: that is where
 * its group would begin.
 * @throws PipelineError `log_*`.
 */
export async function readPositions(eventLog: EventLog): Promise<readonly GroupPosition[]> {
  const wanted = groups.flatMap(({ group, topics: read }) =>
    read.map(({ name }) => ({ group, topic: name })),
  )
  const found = wanted.map(async ({ group, topic }) => {
    // In this order: an offset that is committed in between must not be taken for a first one.
    const ranges = await eventLog.offsetsOf(topic)
    const committed = await eventLog.committedOf(group, topic)
    return ranges.map(({ partition, low }) => ({
      group,
      topic,
      partition,
      offset: committed.get(partition) ?? low,
    }))
  })
  return (await Promise.all(found)).flat()
}

/** First and next offsets of every partition of them. */
export async function readRanges(eventLog: EventLog): Promise<readonly TopicRange[]> {
  const found = allTopics.map(async (topic) =>
    (await eventLog.offsetsOf(topic)).map((range) => ({ topic, ...range })),
  )
  return (await Promise.all(found)).flat()
}

/** Records that a group has to read again and that the log no longer holds. */
export interface Gap {
  readonly group: string
  readonly topic: string
  readonly records: bigint
}

export interface Return {
  /** Where groups go on; never ahead of where they are. */
  readonly positions: readonly GroupPosition[]
  readonly gaps: readonly Gap[]
  /**
   * What the log ends before although the backup knows more: then it is another log, or one that has
   * lost its end.
   */
  readonly foreign: readonly { readonly topic: string; readonly partition: number }[]
}

export interface ReturnInput {
  readonly restored: readonly Part[]
  readonly noted: readonly GroupPosition[]
  readonly rangesThen: readonly TopicRange[]
  readonly rangesNow: readonly TopicRange[]
  readonly committedNow: readonly GroupPosition[]
}

/** Where the groups that write what is restored have to go on, and what stands against it. */
export function planReturn(input: ReturnInput): Return {
  const { restored, noted, rangesThen, rangesNow, committedNow } = input
  const positions: GroupPosition[] = []
  const gaps: Gap[] = []
  for (const { group, topics: read, writes } of groups) {
    if (!writes.some((part) => restored.includes(part))) continue
    for (const { name: topic, cleanup } of read) {
      let missing = 0n
      for (const { partition, low } of rangesNow.filter((range) => range.topic === topic)) {
        const is = isOf({ group, topic, partition })
        // A partition that was added since is read from its beginning.
        const then = noted.find(is)?.offset ?? 0n
        const now = committedNow.find(is)?.offset ?? then
        const back = then < now ? then : now
        // What compaction took away is no loss: the newest record of every key is there.
        if (cleanup !== 'compact' && back < low) missing += low - back
        positions.push({ group, topic, partition, offset: back < low ? low : back })
      }
      if (missing > 0n) gaps.push({ group, topic, records: missing })
    }
  }
  const foreign = rangesThen.flatMap(({ topic, partition, high }) => {
    const is = isOf({ topic, partition })
    return (rangesNow.find(is)?.high ?? -1n) < high ? [{ topic, partition }] : []
  })
  return { positions, gaps, foreign }
}

function isOf(
  wanted: Readonly<Partial<GroupPosition>>,
): (each: Readonly<Partial<GroupPosition>>) => boolean {
  return (each) =>
    each.topic === wanted.topic &&
    each.partition === wanted.partition &&
    (wanted.group === undefined || each.group === wanted.group)
}
