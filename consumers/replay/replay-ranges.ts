// Which offsets a time of append means, as far as the facts consumer has stored them: what lies beyond is its own work.
import type { EventLog, OffsetRange } from '#infra/kafka/event-log.ts'
import { consumerGroups, topics } from '#schemas/topics.ts'

export interface ReplayRanges {
  readonly ranges: readonly OffsetRange[]
  /** Records of the time that the consumer has not stored yet. */
  readonly unstored: bigint
  /** By partition where the consumer was: what it stores from there on came in meanwhile. */
  readonly committed: ReadonlyMap<number, bigint>
}

export interface AppendTimes {
  /** ms since 1970; records appended then or later. */
  readonly fromMs: number
  /** ms since 1970; records appended before. */
  readonly toMs: number
}

/** @throws PipelineError of the log. */
export async function findReplayRanges(
  eventLog: Pick<EventLog, 'committedOf' | 'offsetsSince'>,
  { fromMs, toMs }: AppendTimes,
): Promise<ReplayRanges> {
  const { name } = topics.engagement
  const [committed, first, end] = await Promise.all([
    eventLog.committedOf(consumerGroups.facts, name),
    eventLog.offsetsSince(name, fromMs),
    eventLog.offsetsSince(name, toMs),
  ])
  const ranges: OffsetRange[] = []
  let unstored = 0n
  for (const [partition, from] of first) {
    const wanted = end.get(partition) ?? from
    const stored = committed.get(partition) ?? 0n
    const to = wanted < stored ? wanted : stored
    if (from < to) ranges.push({ partition, from, to })
    const left = from > to ? from : to
    if (wanted > left) unstored += wanted - left
  }
  return { ranges, unstored, committed }
}
