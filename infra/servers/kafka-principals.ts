// Who each process is to a Kafka that asks, and what it may do there: exactly what its work needs, as data.
import { consumerGroups, topics, transactionalIds } from '#schemas/topics.ts'
import type { Topic } from '#schemas/topics.ts'
import { CLUSTER_NAME } from '../kafka/adapter/access-control.ts'
import type { AccessRule, Operation } from '../kafka/adapter/access-control.ts'
import { rangeGroupPrefix } from '../kafka/adapter/range-cursor.ts'
import { tableGroupPrefix } from '../kafka/table-reader.ts'

type Group = (typeof consumerGroups)[keyof typeof consumerGroups]

export interface KafkaPrincipal {
  /** The user's name at the broker, and that of the process. */
  readonly name: string
  readonly does: string
  /** Used by commands that not everybody runs: a platform starts without it. */
  readonly isOptional?: true
  readonly writes?: readonly Topic[]
  /** Read by a member of the group. */
  readonly reads?: readonly { readonly topic: Topic; readonly group: Group }[]
  /** Read from their beginning at every start, by a group that never commits. */
  readonly tables?: readonly Topic[]
  /** Looked at without being read: partitions and ends. */
  readonly looksAt?: readonly Topic[]
  /** Read from some offset up to another, by a group that is deleted afterwards. */
  readonly ranges?: readonly Topic[]
  /** Groups of others whose progress is looked at. */
  readonly looksAtGroups?: readonly Group[]
  /** Groups of others whose offsets are set back with a backup. */
  readonly setsBack?: readonly { readonly topic: Topic; readonly group: Group }[]
  readonly transactionalId?: string
  /** Made where they are missing. */
  readonly makes?: readonly Topic[]
  /** Their settings are looked at, and those of brokers. */
  readonly describes?: readonly Topic[]
}

/** Who starts the platform and runs the commands `status`, `doctor` and `import`. */
export const OPERATOR = 'operator'

/** Who runs `verify` and `replay`, and so reads events again. */
export const REPLAY = 'replay'

/** Who runs `erase`. */
export const ERASE = 'erase'

/** Who runs `backup` and `restore`, and so sets others back. */
export const BACKUP = 'backup'

const { engagement, videos, creators, touched, imports, takeovers, decisions, erasures } = topics
const { notifications, dead } = topics

/** What was touched, what the catalogue says, and its own decisions. */
const readBySealer = [touched, videos, creators, decisions]

/** In the order of an event's walk, then who runs commands; `reports` does not know of the log. */
export const kafkaPrincipals: readonly KafkaPrincipal[] = [
  {
    name: 'collector',
    does: 'takes events, the catalogue and imports',
    writes: [engagement, videos, creators, imports, dead],
    tables: [videos, imports],
  },
  {
    name: 'facts',
    does: 'makes facts of events',
    reads: [{ topic: engagement, group: consumerGroups.facts }],
    writes: [touched, dead],
    tables: [erasures],
  },
  {
    name: 'saves',
    does: 'makes save lists of events',
    reads: [
      { topic: engagement, group: consumerGroups.saves },
      { topic: videos, group: consumerGroups.savesTitles },
    ],
  },
  {
    name: 'notifications',
    does: 'tells creators of stitches and duets',
    reads: [{ topic: engagement, group: consumerGroups.notifications }],
    writes: [notifications],
  },
  {
    name: 'sealer',
    does: 'counts and publishes',
    reads: readBySealer.map((topic) => ({ topic, group: consumerGroups.sealer })),
    writes: [takeovers, decisions],
    tables: [imports],
    looksAt: [engagement],
    looksAtGroups: [consumerGroups.facts],
    transactionalId: transactionalIds.sealer,
  },
  { name: 'saves-api', does: 'takes saves of viewers', writes: [engagement] },
  { name: 'simulator', does: 'makes up a platform', writes: [engagement] },
  {
    name: OPERATOR,
    does: 'runs npm start and the commands status, doctor and import',
    writes: [engagement],
    looksAt: Object.values(topics),
    looksAtGroups: Object.values(consumerGroups),
    makes: Object.values(topics),
    describes: Object.values(topics),
  },
  {
    name: REPLAY,
    does: 'runs the commands verify and replay',
    isOptional: true,
    writes: [touched],
    tables: [erasures],
    ranges: [engagement, touched, decisions],
    looksAt: [videos],
    looksAtGroups: [consumerGroups.facts, consumerGroups.sealer],
  },
  {
    name: ERASE,
    does: 'runs the command erase',
    isOptional: true,
    writes: [erasures],
    looksAt: [engagement],
    looksAtGroups: [consumerGroups.facts],
  },
  {
    name: BACKUP,
    does: 'runs the commands backup and restore',
    isOptional: true,
    writes: [touched],
    ranges: [touched],
    setsBack: [
      { topic: engagement, group: consumerGroups.facts },
      { topic: engagement, group: consumerGroups.saves },
      { topic: engagement, group: consumerGroups.notifications },
      { topic: videos, group: consumerGroups.savesTitles },
      ...readBySealer.map((topic) => ({ topic, group: consumerGroups.sealer })),
    ],
    looksAt: [takeovers],
    describes: Object.values(topics),
  },
]

/**
 * Rules that allow what a principal does and nothing else. Who may read or write may also describe:
 * Kafka implies it, so it is not written down twice.
 */
export function accessRulesOf(principal: KafkaPrincipal): readonly AccessRule[] {
  const { name: user, writes = [], reads = [], tables = [], ranges = [], looksAt = [] } = principal
  const {
    looksAtGroups = [],
    setsBack = [],
    makes = [],
    describes = [],
    transactionalId,
  } = principal
  const inGroups = [...reads, ...setsBack]
  const readTopics = [...new Set([...tables, ...ranges, ...inGroups.map(({ topic }) => topic)])]
  const groups = new Set(inGroups.map(({ group }) => group))
  const only = looksAt.filter((topic) => !writes.includes(topic) && !readTopics.includes(topic))
  const may = (
    operation: Operation,
    resource: AccessRule['resource'],
    names: Iterable<string>,
  ): readonly AccessRule[] =>
    [...names].map((name) => ({ user, resource, name, pattern: 'literal', operation }))
  const mayAsGroups = (operation: Operation, prefix: string): AccessRule => ({
    user,
    resource: 'group',
    name: prefix,
    pattern: 'prefixed',
    operation,
  })
  const onTopics = (operation: Operation, some: readonly Topic[]): readonly AccessRule[] =>
    may(
      operation,
      'topic',
      some.map(({ name }) => name),
    )
  return [
    ...onTopics('Write', writes),
    ...onTopics('Read', readTopics),
    ...onTopics('Describe', only),
    ...onTopics('Create', makes),
    ...onTopics('DescribeConfigs', describes),
    ...may('Read', 'group', groups),
    ...tables.map(({ name }) => mayAsGroups('Read', tableGroupPrefix(name))),
    ...ranges.map(({ name }) => mayAsGroups('Read', rangeGroupPrefix(name))),
    ...ranges.map(({ name }) => mayAsGroups('Delete', rangeGroupPrefix(name))),
    ...may('Describe', 'group', looksAtGroups),
    ...may('Write', 'transactional-id', transactionalId === undefined ? [] : [transactionalId]),
    // Settings of a broker belong to the cluster: the doctor reads how internal topics are kept.
    ...may('DescribeConfigs', 'cluster', describes.length === 0 ? [] : [CLUSTER_NAME]),
  ]
}
