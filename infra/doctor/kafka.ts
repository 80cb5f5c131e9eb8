// Whether a cluster is what the platform needs: reachable, with the topics, their settings, and replicas enough.
import { topics } from '#schemas/topics.ts'
import type { Topic } from '#schemas/topics.ts'
import { configOf } from '../kafka/create-topics.ts'
import type { ClusterDescription, TopicDescription } from '../kafka/event-log.ts'
import { images } from '../servers/containers.ts'
import { fault, ok, warning } from './finding.ts'
import type { Verdict } from './finding.ts'

const TESTED = images.kafka.split(':')[1]
/** With so many brokers a topic can have more than one replica and outlive one. */
const BROKERS_FOR_REPLICAS = 3

const allTopics: readonly Topic[] = Object.values(topics)
export const topicNames: readonly string[] = allTopics.map(({ name }) => name)

/** What a loss of the setting means; others are only of how long records are kept. */
const settingsThatMatter: Readonly<Record<string, string>> = {
  'message.timestamp.type': 'age and watermark of events are judged by it',
  'cleanup.policy': 'records would be lost, or kept for ever',
}

export function judgeCluster(
  cluster: ClusterDescription,
  brokers: readonly string[],
): readonly Verdict[] {
  const topicVerdicts = judgeTopics(cluster, brokers[0] ?? '')
  const isFine = topicVerdicts.every(({ level }) => level === 'ok')
  const all = `all ${topicNames.length} topics have the partitions and settings that they need`
  return [
    judgeRelease(cluster, brokers),
    ...judgeInternal(cluster),
    ...topicVerdicts,
    ...(isFine && cluster.topics.size > 0 ? [ok(all)] : []),
    ...judgeReplication(cluster),
  ]
}

/** Brokers from 4.0 on tell no release to a client. */
function judgeRelease(
  { brokers: count, protocolVersion }: ClusterDescription,
  brokers: readonly string[],
): Verdict {
  const answers = `${count} ${count === 1 ? 'broker' : 'brokers'} at ${brokers.join(', ')}`
  return protocolVersion === null
    ? ok(`${answers}, Kafka 4.0 or newer (tested with ${TESTED})`)
    : warning(
        `${answers}, Kafka ${protocolVersion}`,
        `keepsake is tested with ${TESTED}: upgrade the brokers.`,
      )
}

function judgeInternal({ brokers, internalReplication }: ClusterDescription): readonly Verdict[] {
  return Object.entries(internalReplication).flatMap(([setting, factor]) =>
    factor <= brokers
      ? []
      : [
          fault(
            `${setting} is ${factor} with ${brokers} broker(s): its topic cannot be made, and groups or transactions fail`,
            `Set it to ${brokers} or less on the brokers, or add brokers.`,
          ),
        ],
  )
}

function judgeTopics({ topics: there }: ClusterDescription, broker: string): readonly Verdict[] {
  if (there.size === 0) {
    return [warning('no topic of keepsake is there yet', 'npm start makes them.')]
  }
  return allTopics.flatMap((topic) => {
    const found = there.get(topic.name)
    return found === undefined
      ? [fault(`${topic.name} is missing`, 'Start again: npm start makes missing topics.')]
      : judgeTopic(topic, found, broker)
  })
}

function judgeTopic(topic: Topic, found: TopicDescription, broker: string): readonly Verdict[] {
  const { name } = topic
  const verdicts: Verdict[] = []
  if (topic.fixed && found.partitions !== topic.partitions) {
    verdicts.push(
      fault(
        `${name} has ${found.partitions} partitions and must have ${topic.partitions}, for one order`,
        'Partitions cannot be taken away: stop keepsake, delete the topic, and start again.',
      ),
    )
  }
  if (found.leaderless > 0) {
    verdicts.push(
      fault(
        `${found.leaderless} of ${found.partitions} partitions of ${name} have no leader`,
        'Bring back the brokers that hold them.',
      ),
    )
  } else if (found.lagging > 0) {
    verdicts.push(
      warning(
        `replicas of ${found.lagging} partitions of ${name} are behind or away`,
        'Look at the brokers: one more loss can stop the topic.',
      ),
    )
  }
  for (const [setting, wanted] of Object.entries(configOf(topic))) {
    const value = found.config[setting]
    if (value === wanted || value === undefined) continue
    const says = `${name}: ${setting} is ${value} and should be ${wanted}`
    const remedy =
      `kafka-configs.sh --bootstrap-server ${broker} --alter --entity-type topics ` +
      `--entity-name ${name} --add-config ${setting}=${wanted}`
    const why = settingsThatMatter[setting]
    verdicts.push(
      why === undefined
        ? warning(says, `Run: ${remedy}`)
        : fault(`${says}: ${why}`, `Run: ${remedy}`),
    )
  }
  return verdicts
}

function judgeReplication({ brokers, topics: there }: ClusterDescription): readonly Verdict[] {
  if (there.size === 0) return []
  const single = [...there].filter(([, { replication }]) => replication === 1)
  if (single.length === 0 || brokers < BROKERS_FOR_REPLICAS) return []
  const which =
    single.length === there.size ? 'all topics' : single.map(([name]) => name).join(', ')
  return [
    warning(
      `${which} have one replica on ${brokers} brokers: an acknowledged event is lost with its broker`,
      'Reassign their partitions to 3 replicas (kafka-reassign-partitions.sh), with min.insync.replicas=2.',
    ),
  ]
}
