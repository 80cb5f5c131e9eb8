// A cluster is judged by what the topics of the schemas need, and by what a loss of a broker would cost.
import { describe, expect, test } from 'vitest'
import { configOf } from '#infra/kafka/create-topics.ts'
import { describeCluster } from '#infra/kafka/adapter/cluster-description.ts'
import type { ClusterDescription, TopicDescription } from '#infra/kafka/event-log.ts'
import { judgeCluster } from '#infra/doctor/kafka.ts'
import { topics } from '#schemas/topics.ts'
import type { Topic } from '#schemas/topics.ts'

const all: readonly Topic[] = Object.values(topics)
const fine = (topic: Topic): TopicDescription => ({
  partitions: topic.partitions,
  replication: 3,
  leaderless: 0,
  lagging: 0,
  config: configOf(topic),
})

function cluster(
  changed: Partial<Omit<ClusterDescription, 'topics'>>,
  changedTopics: Readonly<Record<string, Partial<TopicDescription> | null>> = {},
): ClusterDescription {
  const entries = all.flatMap((topic) => {
    const change = changedTopics[topic.name]
    return change === null ? [] : [[topic.name, { ...fine(topic), ...change }] as const]
  })
  const base = { brokers: 3, protocolVersion: null, internalReplication: {} }
  return { ...base, ...changed, topics: new Map(entries) }
}

const told = (described: ClusterDescription): readonly string[] =>
  judgeCluster(described, ['b:9092']).flatMap(({ level, says, remedy }) =>
    level === 'ok' ? [] : [`${level}: ${says} -> ${remedy}`],
  )

describe('a cluster', () => {
  test('with every topic as it must be is well', () => {
    expect(told(cluster({}))).toEqual([])
    expect(judgeCluster(cluster({}), ['b:9092']).at(-1)?.says).toMatch(
      `all ${Object.keys(topics).length} topics`,
    )
  })

  test('that lacks a topic is told which, and that has none yet is only warned', () => {
    expect(told(cluster({}, { 'touched.v1': null }))).toEqual([
      expect.stringMatching(/^fault: touched\.v1 is missing -> .*npm start/),
    ])
    expect(told({ ...cluster({}), topics: new Map() })).toEqual([
      expect.stringMatching(/^warning: no topic/),
    ])
  })

  test('must keep one order where there is to be one, and may have more partitions elsewhere', () => {
    expect(told(cluster({}, { 'touched.v1': { partitions: 3 } }))).toEqual([
      expect.stringMatching(/^fault: touched\.v1 has 3 partitions and must have 1/),
    ])
    expect(told(cluster({}, { 'engagement.v1': { partitions: 64 } }))).toEqual([])
  })

  test('that stamps by the producer’s clock is a fault, one that keeps less a warning, with the command', () => {
    const config = {
      ...configOf(topics.engagement),
      'message.timestamp.type': 'CreateTime',
      'retention.ms': '1000',
    }
    expect(told(cluster({}, { 'engagement.v1': { config } }))).toEqual([
      expect.stringMatching(
        /^fault: .*CreateTime.*watermark.*-> Run: kafka-configs\.sh .*b:9092.*=LogAppendTime/,
      ),
      expect.stringMatching(/^warning: .*retention\.ms is 1000 and should be 604800000/),
    ])
  })

  test('of three brokers that keeps one replica loses acknowledged events with a broker', () => {
    const one = Object.fromEntries(all.map(({ name }) => [name, { replication: 1 }]))
    expect(told(cluster({}, one))).toEqual([
      expect.stringMatching(
        /^warning: all topics have one replica on 3 brokers: an acknowledged event is lost with its broker/,
      ),
    ])
    expect(told(cluster({}, { 'dead.v1': { replication: 1 } }))).toEqual([
      expect.stringMatching(/^warning: dead\.v1 have one replica/),
    ])
    expect(told(cluster({ brokers: 1 }, one))).toEqual([])
  })

  test('cannot make internal topics with more replicas than it has brokers', () => {
    const internalReplication = { 'offsets.topic.replication.factor': 3 }
    expect(told(cluster({ brokers: 1, internalReplication }))).toEqual([
      expect.stringMatching(/^fault: offsets\.topic\.replication\.factor is 3 with 1 broker/),
    ])
    expect(told(cluster({ brokers: 3, internalReplication }))).toEqual([])
  })

  test('without leaders is a fault, with replicas behind a warning', () => {
    const change = { 'videos.v1': { leaderless: 1 }, 'dead.v1': { lagging: 1 } }
    expect(told(cluster({}, change))).toEqual([
      expect.stringMatching(/^fault: 1 of 1 partitions of videos\.v1 have no leader/),
      expect.stringMatching(/^warning: replicas of 1 partitions of dead\.v1/),
    ])
  })

  test('of an older release is named with it', () => {
    expect(told(cluster({ protocolVersion: '3.6-IV2' }))).toEqual([
      expect.stringMatching(/^warning: .*Kafka 3\.6-IV2 -> .*4\.3\.1/),
    ])
  })
})

test('a description counts replicas and leaders of the worst partition', async () => {
  const partition = (leader: number, replicas: readonly number[], isr: readonly number[]) => ({
    leader,
    replicas,
    isr,
  })
  const entry = (configName: string, configValue: string | null) => ({ configName, configValue })
  const description = await describeCluster(
    {
      describeCluster: async () => ({ brokers: [{ nodeId: 7 }, { nodeId: 8 }, { nodeId: 9 }] }),
      listTopics: async () => ['a', 'other'],
      fetchTopicMetadata: async () => ({
        topics: [
          {
            name: 'a',
            partitions: [partition(7, [7, 8, 9], [7, 8, 9]), partition(-1, [7, 8], [7])],
          },
        ],
      }),
      describeConfigs: async ({ resources: [resource] }) => ({
        resources: [
          {
            resourceName: resource?.name ?? '',
            configEntries:
              resource?.name === '7'
                ? [
                    entry('offsets.topic.replication.factor', '3'),
                    entry('inter.broker.protocol.version', '3.9-IV0'),
                    entry('a.secret', null),
                  ]
                : [entry('retention.ms', '5')],
          },
        ],
      }),
    },
    ['a', 'b'],
  )
  expect(description).toEqual({
    brokers: 3,
    protocolVersion: '3.9-IV0',
    internalReplication: { 'offsets.topic.replication.factor': 3 },
    topics: new Map([
      [
        'a',
        {
          partitions: 2,
          replication: 2,
          leaderless: 1,
          lagging: 1,
          config: { 'retention.ms': '5' },
        },
      ],
    ]),
  })
})
