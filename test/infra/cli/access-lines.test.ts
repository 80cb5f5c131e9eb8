// Rights as people read them, and as Kafka's own tool takes them.
import { expect, test } from 'vitest'
import { renderAccessCommands, renderAccessTable } from '#infra/cli/access-lines.ts'
import { topics } from '#schemas/topics.ts'

const principals = [
  { name: 'collector', does: 'takes events', writes: [topics.videos], tables: [topics.videos] },
  { name: 'operator', does: 'runs it', makes: [topics.dead], describes: [topics.dead] },
]

test('a table names each user once, and what a name begins with', () => {
  expect(renderAccessTable(principals)).toEqual([
    'collector takes events',
    '  topic    videos.v1          Write, Read',
    '  group    table-videos.v1-*  Read',
    '',
    'operator runs it',
    '  topic    dead.v1            Create, DescribeConfigs',
    '  cluster  kafka-cluster      DescribeConfigs',
    '',
  ])
})

test('commands give the same, one for each user and resource', () => {
  const start = 'kafka-acls.sh --bootstrap-server b:1 --command-config admin.properties --add'
  expect(renderAccessCommands(principals, 'b:1')).toEqual([
    `${start} --allow-principal User:collector --operation Write --operation Read --topic videos.v1`,
    `${start} --allow-principal User:collector --operation Read --group table-videos.v1- --resource-pattern-type prefixed`,
    `${start} --allow-principal User:operator --operation Create --operation DescribeConfigs --topic dead.v1`,
    `${start} --allow-principal User:operator --operation DescribeConfigs --cluster`,
  ])
})
