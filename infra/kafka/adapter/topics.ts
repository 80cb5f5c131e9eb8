// Makes topics that are missing, with the cluster's own defaults for what is not said.
import type { Admin } from 'kafkajs'
import type { TopicToCreate } from '../event-log.ts'
import { reach } from './kafka-errors.ts'

export async function createTopics(
  admin: Admin,
  wanted: readonly TopicToCreate[],
): Promise<readonly string[]> {
  const present = new Set(await reach(() => admin.listTopics()))
  const missing = wanted.filter(({ name }) => !present.has(name))
  if (missing.length > 0) {
    await reach(() =>
      admin.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ name, partitions, config }) => ({
          topic: name,
          numPartitions: partitions,
          configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
        })),
      }),
    )
  }
  return missing.map(({ name }) => name)
}
