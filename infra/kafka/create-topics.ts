// Makes the topics of `schemas/topics.ts` on a broker, each stamping records with the time of append.
import { topics } from '#schemas/topics.ts'
import type { Topic } from '#schemas/topics.ts'
import type { EventLog, TopicToCreate } from './event-log.ts'

/** Creates what is missing. @returns the names of the topics that were made. */
export async function createAllTopics(log: EventLog): Promise<readonly string[]> {
  const all: readonly Topic[] = Object.values(topics)
  return log.createTopics(all.map(toCreate))
}

function toCreate({ name, partitions, cleanup, retentionMs }: Topic): TopicToCreate {
  return {
    name,
    partitions,
    config: {
      'message.timestamp.type': 'LogAppendTime',
      'cleanup.policy': cleanup,
      'retention.ms': String(cleanup === 'compact' ? -1 : (retentionMs ?? -1)),
    },
  }
}
