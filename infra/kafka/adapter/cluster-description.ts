// What a cluster is, as it tells itself: brokers, topics and what they are told to keep; reads only.
import type { ClusterDescription, TopicDescription } from '../event-log.ts'
import { reach } from './kafka-errors.ts'

/** The part of kafkajs's admin that is used here. */
interface ClusterAdmin {
  describeCluster(): Promise<{ readonly brokers: readonly { readonly nodeId: number }[] }>
  listTopics(): Promise<readonly string[]>
  fetchTopicMetadata(options: { topics: string[] }): Promise<{
    readonly topics: readonly {
      readonly name: string
      readonly partitions: readonly PartitionMetadata[]
    }[]
  }>
  describeConfigs(options: {
    resources: { type: number; name: string; configNames?: string[] }[]
    includeSynonyms: boolean
  }): Promise<{
    readonly resources: readonly {
      readonly resourceName: string
      readonly configEntries: readonly {
        readonly configName: string
        readonly configValue: string | null
      }[]
    }[]
  }>
}

interface PartitionMetadata {
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

/** Of Kafka's protocol. */
const resourceTypes = { topic: 2, broker: 4 } as const

const internalSettings = [
  'offsets.topic.replication.factor',
  'transaction.state.log.replication.factor',
] as const
/** Gone since 4.0; before, it says which release the brokers speak among each other. */
const PROTOCOL_SETTING = 'inter.broker.protocol.version'

/** Describes the cluster, and those of `names` that are there. @throws PipelineError `log_*`. */
export function describeCluster(
  admin: ClusterAdmin,
  names: readonly string[],
): Promise<ClusterDescription> {
  return reach(async () => {
    const { brokers } = await admin.describeCluster()
    const present = new Set(await admin.listTopics())
    const wanted = names.filter((name) => present.has(name))
    const broker = brokers[0]?.nodeId
    const settings =
      broker === undefined
        ? new Map<string, string>()
        : await settingsOf(admin, resourceTypes.broker, String(broker))
    return {
      brokers: brokers.length,
      protocolVersion: settings.get(PROTOCOL_SETTING) ?? null,
      internalReplication: Object.fromEntries(
        internalSettings.flatMap((name) => {
          const value = settings.get(name)
          return value === undefined ? [] : [[name, Number(value)]]
        }),
      ),
      topics: await describeTopics(admin, wanted),
    }
  })
}

async function describeTopics(
  admin: ClusterAdmin,
  names: readonly string[],
): Promise<ReadonlyMap<string, TopicDescription>> {
  if (names.length === 0) return new Map()
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] })
  const described = topics.map(async ({ name, partitions }) => {
    const config = Object.fromEntries(await settingsOf(admin, resourceTypes.topic, name))
    const replicas = partitions.map((each) => each.replicas.length)
    return [
      name,
      {
        partitions: partitions.length,
        replication: Math.min(...replicas),
        leaderless: partitions.filter(({ leader }) => leader < 0).length,
        lagging: partitions.filter(({ isr, replicas: all }) => isr.length < all.length).length,
        config,
      },
    ] as const
  })
  return new Map(await Promise.all(described))
}

async function settingsOf(
  admin: ClusterAdmin,
  type: number,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const { resources } = await admin.describeConfigs({
    resources: [{ type, name }],
    includeSynonyms: false,
  })
  return new Map(
    (resources[0]?.configEntries ?? []).flatMap(({ configName, configValue }) =>
      configValue === null ? [] : [[configName, configValue] as const],
    ),
  )
}
