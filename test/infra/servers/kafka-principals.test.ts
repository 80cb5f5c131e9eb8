// Rights on a Kafka with users: everyone who knows the log has some, and nobody has more than their work.
import { expect, test } from 'vitest'
import { accessRulesOf, kafkaPrincipals } from '#infra/servers/kafka-principals.ts'
import { environmentOf, serviceProcesses, simulatorProcess } from '#infra/servers/processes.ts'
import { topics } from '#schemas/topics.ts'

const rules = kafkaPrincipals.flatMap(accessRulesOf)

function whoMay(operation: string, name: string): readonly string[] {
  return rules
    .filter((rule) => rule.operation === operation && rule.name === name)
    .map(({ user }) => user)
}

test('every process that is given the log has rights there, and no other but who runs commands', () => {
  const knowTheLog = [...serviceProcesses, simulatorProcess].filter((service) => {
    const environment = environmentOf(service, {
      dataDir: '/data',
      ground: { kafkaBrokers: 'b:1', vaultUrl: 'http://vault', rollupsUrl: 'http://rollups' },
      ports: { collector: 1, saves: 2, reports: 3 },
      kafkaCredentials: () => ({}),
      auth: {},
      simulation: {},
      passwordFile: () => '',
      keyFile: () => '',
      policyFile: '/etc/policy.json',
      noiseKeysDir: '/data/keys/noise',
      sealerPassMs: 5000,
    })
    return 'KAFKA_BROKERS' in environment
  })
  const names = knowTheLog.map(({ name }) => name)
  expect(kafkaPrincipals.map(({ name }) => name)).toEqual([
    ...names,
    'operator',
    'replay',
    'erase',
    'backup',
  ])
})

test('events, which hold user ids, are read by consumers, and by who reads them again', () => {
  expect(whoMay('Read', topics.engagement.name)).toEqual([
    'facts',
    'saves',
    'notifications',
    'replay',
    // Setting offsets of a topic back needs the right to read it.
    'backup',
  ])
})

test('what the sealer goes by is written by one process each, and by who counts it again', () => {
  expect(whoMay('Write', topics.touched.name)).toEqual(['facts', 'replay', 'backup'])
  expect(whoMay('Write', topics.takeovers.name)).toEqual(['sealer'])
  expect(whoMay('Write', topics.decisions.name)).toEqual(['sealer'])
  expect(whoMay('Read', topics.decisions.name)).toEqual(['sealer', 'replay', 'backup'])
  expect(whoMay('Write', 'keepsake-sealer')).toEqual(['sealer'])
  expect(whoMay('Write', topics.videos.name)).toEqual(['collector'])
})

test('who is erased is said by the command alone', () => {
  expect(whoMay('Write', topics.erasures.name)).toEqual(['erase'])
  expect(whoMay('Read', topics.erasures.name)).toEqual(['facts', 'replay'])
})

test('only the operator makes topics, and nobody alters what others may do', () => {
  expect(new Set(whoMay('Create', topics.dead.name))).toEqual(new Set(['operator']))
  const onCluster = rules.filter(({ resource }) => resource === 'cluster')
  expect(onCluster.map(({ user, operation }) => [user, operation])).toEqual([
    ['operator', 'DescribeConfigs'],
    ['backup', 'DescribeConfigs'],
  ])
  expect(rules.filter(({ operation }) => operation === 'Alter')).toEqual([])
})

test('only groups of their own are allowed by the beginning of their name', () => {
  const open = rules.filter(({ pattern }) => pattern === 'prefixed')
  expect(open.map(({ user, resource, name }) => [user, resource, name])).toEqual([
    ['collector', 'group', 'table-videos.v1-'],
    ['collector', 'group', 'table-imports.v1-'],
    ['facts', 'group', 'table-erasures.v1-'],
    ['sealer', 'group', 'table-imports.v1-'],
    ['replay', 'group', 'table-erasures.v1-'],
    ['replay', 'group', 'range-engagement.v1-'],
    ['replay', 'group', 'range-touched.v1-'],
    ['replay', 'group', 'range-decisions.v1-'],
    ['replay', 'group', 'range-engagement.v1-'],
    ['replay', 'group', 'range-touched.v1-'],
    ['replay', 'group', 'range-decisions.v1-'],
    ['backup', 'group', 'range-touched.v1-'],
    ['backup', 'group', 'range-touched.v1-'],
  ])
})

test('no right stands twice', () => {
  const texts = rules.map((rule) => JSON.stringify(rule))
  expect(new Set(texts).size).toBe(texts.length)
})
