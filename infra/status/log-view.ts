// How far each consumer is behind the log, and how many records were refused; over one connection that stays open.
import { consumerGroups, topics } from '#schemas/topics.ts'
import type { EventLog } from '../kafka/event-log.ts'
import type { ConsumerView } from './snapshot.ts'

const consumers = [
  { group: consumerGroups.facts, topic: topics.engagement.name },
  { group: consumerGroups.saves, topic: topics.engagement.name },
  { group: consumerGroups.savesTitles, topic: topics.videos.name },
  { group: consumerGroups.notifications, topic: topics.engagement.name },
  { group: consumerGroups.sealer, topic: topics.touched.name },
] as const

export interface LogView {
  readonly answers: boolean
  readonly consumers: readonly ConsumerView[]
  readonly deadLetters: number | null
}

/** What is shown while the log does not answer. */
export const silentLog: LogView = {
  answers: false,
  consumers: consumers.map((each) => ({ ...each, behind: null })),
  deadLetters: null,
}

/** @throws PipelineError while the log does not answer. */
export async function readLogView(eventLog: EventLog): Promise<LogView> {
  const [dead, ...behind] = await Promise.all([
    eventLog.offsetsOf(topics.dead.name),
    ...consumers.map((each) => behindOf(eventLog, each)),
  ])
  return {
    answers: true,
    consumers: consumers.map((each, index) => ({ ...each, behind: behind[index] ?? null })),
    deadLetters: Number(dead.reduce((sum, { low, high }) => sum + (high - low), 0n)),
  }
}

async function behindOf(
  eventLog: EventLog,
  { group, topic }: (typeof consumers)[number],
): Promise<number> {
  const [committed, offsets] = await Promise.all([
    eventLog.committedOf(group, topic),
    eventLog.offsetsOf(topic),
  ])
  const behind = offsets.reduce(
    (sum, { partition, low, high }) => sum + (high - (committed.get(partition) ?? low)),
    0n,
  )
  return Number(behind)
}
