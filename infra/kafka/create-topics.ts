// Makes the topics of `schemas/topics.ts` on a broker, each stamping records with the time of append.
import { topics } from '#schemas/topics.ts'
import type { Topic } from '#schemas/topics.ts'
import type { EventLog, TopicToCreate } from './event-log.ts'

/** Creates what is missing. @returns the names of the topics that were made. */
export async function createAllTopics(log: EventLog): Promise<readonly string[]> {
  const all: readonly Topic[] = Object.values(topics)
  return log.createTopics(all.map(toCreate))
}

function toCreate(topic: Topic): TopicToCreate {
  return { name: topic.name, partitions: topic.partitions, config: configOf(topic) }
}

/** The settings that a topic must have everywhere, by which `keepsake doctor` judges those that are there. */
export function configOf({ cleanup, retentionMs }: Topic): Readonly<Record<string, string>> {
  return {
    'message.timestamp.type': 'LogAppendTime',
    'cleanup.policy': cleanup,
    'retention.ms': String(cleanup === 'compact' ? -1 : (retentionMs ?? -1)),
  }
}
