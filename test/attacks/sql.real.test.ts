// A14: who may write SQL on the published numbers looks for a way to the vault, to what others ask, or out of the server.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { PipelineError } from '#infra/runtime/errors.ts'
import { clickhouseUsers } from '#infra/clickhouse/users.ts'
import { store } from '../support/outside.ts'

const readers = ['analyst', 'reports_reader'] as const
const nameSchema = z.object({ name: z.string() })

type Seen = { readonly text: string } | { readonly refused: string }

/** What a user of the rollups server gets to see, or the name of the error that it gets instead. */
async function seenBy(user: string, sql: string): Promise<Seen> {
  await using as = store('rollups', user)
  try {
    let text = ''
    for await (const chunk of await as.read(sql)) text += String(chunk)
    return { text }
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    return { refused: /\((\w+)\)$/.exec(error.message)?.[1] ?? error.message }
  }
}

async function textFor(user: string, sql: string): Promise<string> {
  const seen = await seenBy(user, sql)
  if ('refused' in seen) throw new Error(`${user} is refused ${sql}: ${seen.refused}`)
  return seen.text
}

/** What ClickHouse shows to everybody: its own documentation, and what is the asker's own. */
const shownToAll = [
  'aggregate_function_combinators',
  'collations',
  'columns',
  'completions',
  'contributors',
  'current_roles',
  'data_type_families',
  'database_engines',
  'databases',
  'dictionary_layouts',
  'disk_types',
  'enabled_roles',
  'formats',
  'functions',
  'licenses',
  'one',
  'privileges',
  'quota_usage',
  'settings',
  'table_engines',
  'table_functions',
  'tables',
  'time_zones',
]

test('of the system tables a reader sees documentation and what is its own', async () => {
  await using admin = store('rollups', 'admin')
  const all = await admin.rows(
    nameSchema,
    `select name from system.tables where database = 'system' order by name`,
  )
  expect(all.length).toBeGreaterThan(100)
  const readable: string[] = []
  for (const { name } of all) {
    const sql = `select * from system.${name} limit 1 format TabSeparated`
    if ('text' in (await seenBy('reports_reader', sql))) readable.push(name)
  }
  expect(readable).toEqual(shownToAll.filter((name) => all.some((table) => table.name === name)))
})

/** Tables whose rows the grants of the asker choose. */
const ownTables = ['databases', 'tables', 'columns', 'completions', 'settings', 'quota_usage']

describe.each(readers)('%s', (user) => {
  test('finds nothing named like the vault, in no row that it may see', async () => {
    for (const table of ownTables) {
      const sql = `select * from system.${table} format TabSeparated`
      const text = await textFor(user, sql)
      expect(text).not.toBe('')
      for (const name of ['vault', 'seal_snapshots', 'erasing_people', 'residue_people']) {
        expect([table, name, text.includes(name)]).toEqual([table, name, false])
      }
    }
    const databases = await textFor(user, 'show databases')
    expect(databases.trim().split('\n')).toEqual(
      user === 'analyst' ? ['rollups'] : ['directory', 'rollups'],
    )
  })

  test('has the rights that are written down and no others', async () => {
    const written = clickhouseUsers
      .filter(({ name, server }) => name === user && server === 'rollups')
      .flatMap(({ grants }) => grants)
      .map((grant) => `${grant} to ${user}`)
    const shown = await textFor(user, 'show grants')
    expect(shown.trim().toLowerCase().split('\n').toSorted()).toEqual(written.toSorted())
  })

  // Nothing of the vault is on this server; what is there is not for them.
  test.each([
    ['another database', 'UNKNOWN_DATABASE', 'select * from vault.facts'],
    ['its plan', 'UNKNOWN_DATABASE', 'explain select * from vault.people'],
    ['its size', 'UNKNOWN_DATABASE', 'explain estimate select * from vault.saves'],
    [
      'its indexes',
      'UNKNOWN_DATABASE',
      'explain indexes = 1 select * from vault.people where video_id = 1',
    ],
    ['its columns', 'UNKNOWN_DATABASE', 'describe table vault.facts'],
    ['its tables', 'UNKNOWN_DATABASE', 'show tables from vault'],
    ['how it was made', 'UNKNOWN_DATABASE', 'show create table vault.people'],
    ['how users were made', 'ACCESS_DENIED', 'show create user sealer'],
    ['all of its tables at once', 'UNKNOWN_DATABASE', `select * from merge('vault', '.*')`],
    ['what others ask', 'ACCESS_DENIED', 'show processlist'],
    ['who is there', 'ACCESS_DENIED', 'show users'],
    ['what was asked', 'UNKNOWN_TABLE', 'select query from system.query_log'],
    ['what was written', 'UNKNOWN_TABLE', 'select * from system.part_log'],
    ['what was said', 'UNKNOWN_TABLE', 'select * from system.text_log'],
    ['what is counted', 'ACCESS_DENIED', 'select * from system.events'],
    ['dictionaries', 'ACCESS_DENIED', 'select * from system.dictionaries'],
    ['a dictionary', 'BAD_ARGUMENTS', `select dictGet('vault', 'name', toUInt64(1))`],
    ['a dictionary as a table', 'ACCESS_DENIED', `select * from dictionary('vault')`],
    ['named collections', 'ACCESS_DENIED', 'select * from system.named_collections'],
    ['an address', 'ACCESS_DENIED', `select * from url('http://127.0.0.1:1', 'CSV', 'a String')`],
    ['a file', 'ACCESS_DENIED', `select * from file('../vault/data/x', 'CSV', 'a String')`],
    ['another server', 'ACCESS_DENIED', `select * from remote('127.0.0.1:9000', 'vault', 'facts')`],
    [
      'another server, by TLS',
      'ACCESS_DENIED',
      `select * from remoteSecure('127.0.0.1:9440', 'vault', 'facts')`,
    ],
    ['a cluster', 'CLUSTER_DOESNT_EXIST', `select * from cluster('default', 'vault', 'facts')`],
    [
      'a bucket',
      'ACCESS_DENIED',
      `select * from s3('http://127.0.0.1:1/bucket/key.csv', 'CSV', 'a String')`,
    ],
    ['other databases', 'ACCESS_DENIED', `select * from mysql('127.0.0.1:1', 'd', 't', 'u', 'p')`],
    ['and others', 'ACCESS_DENIED', `select * from postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')`],
    ['a program', 'ACCESS_DENIED', `select * from executable('ls', 'TabSeparated', 'a String')`],
    ['limits of its own', 'READONLY', 'select 1 settings max_execution_time = 0'],
    ['logs of its query', 'READONLY', `select 1 settings send_logs_level = 'trace'`],
    ['a table of its own', 'ACCESS_DENIED', 'create temporary table mine (id UInt64)'],
    ['a way in', 'ACCESS_DENIED', 'create user somebody'],
    ['another name', 'SUPPORT_IS_DISABLED', 'execute as sealer select 1'],
  ])('is refused %s: %s', async (_what, refused, sql) => {
    expect(await seenBy(user, sql)).toEqual({ refused })
  })
})

test('an admin sees what is looked for, where it is', async () => {
  await using vault = store('vault', 'admin')
  const found = await vault.rows(
    nameSchema,
    `select name from system.tables where database = 'vault' and name = 'seal_snapshots'`,
  )
  expect(found).toHaveLength(1)
  expect(await textFor('admin', 'select count() from system.events')).not.toBe('')
})
