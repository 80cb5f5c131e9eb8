// A14: who may write SQL on the published numbers looks for a way to the vault, to what others ask, or out of the server.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { PipelineError } from '#infra/runtime/errors.ts'
import { clickhouseUsers } from '#infra/clickhouse/users.ts'
import { store } from '../support/outside.ts'

const readers = ['analyst', 'reports_reader'] as const
const nameSchema = z.object({ name: z.string() })

/** What a user of the rollups server gets to see, as text; null: it is refused. */
async function seenBy(user: string, sql: string): Promise<string | null> {
  await using as = store('rollups', user)
  try {
    let text = ''
    for await (const chunk of await as.read(sql)) text += String(chunk)
    return text
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'store_refused') return null
    throw error
  }
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
    if ((await seenBy('reports_reader', sql)) !== null) readable.push(name)
  }
  expect(readable).toEqual(shownToAll.filter((name) => all.some((table) => table.name === name)))
})

/** Tables whose rows the grants of the asker choose. */
const ownTables = ['databases', 'tables', 'columns', 'completions', 'settings', 'quota_usage']

describe.each(readers)('%s', (user) => {
  test('finds nothing named like the vault, in no row that it may see', async () => {
    for (const table of ownTables) {
      const sql = `select * from system.${table} format TabSeparated`
      const text = (await seenBy(user, sql)) ?? ''
      expect(text).not.toBe('')
      for (const name of ['vault', 'seal_snapshots', 'erasing_people', 'residue_people']) {
        expect([table, name, text.includes(name)]).toEqual([table, name, false])
      }
    }
    const databases = await seenBy(user, 'show databases')
    expect(databases?.trim().split('\n')).toEqual(
      user === 'analyst' ? ['rollups'] : ['directory', 'rollups'],
    )
  })

  test('has the rights that are written down and no others', async () => {
    const written = clickhouseUsers
      .filter(({ name, server }) => name === user && server === 'rollups')
      .flatMap(({ grants }) => grants)
      .map((grant) => `${grant} to ${user}`)
    const shown = await seenBy(user, 'show grants')
    expect(shown?.trim().toLowerCase().split('\n').toSorted()).toEqual(written.toSorted())
  })

  test.each([
    ['another database', 'select * from vault.facts'],
    ['its plan', 'explain select * from vault.people'],
    ['its size', 'explain estimate select * from vault.saves'],
    ['its indexes', 'explain indexes = 1 select * from vault.people where video_id = 1'],
    ['its columns', 'describe table vault.facts'],
    ['its tables', 'show tables from vault'],
    ['how it was made', 'show create table vault.people'],
    ['how users were made', 'show create user sealer'],
    ['all that can be named', `select * from merge('.*', '.*')`],
    ['what others ask', 'show processlist'],
    ['who is there', 'show users'],
    ['what was asked', 'select query from system.query_log'],
    ['what was written', 'select * from system.part_log'],
    ['what was said', 'select * from system.text_log'],
    ['what is counted', 'select * from system.events'],
    ['dictionaries', 'select * from system.dictionaries'],
    ['a dictionary', `select dictGet('vault', 'name', toUInt64(1))`],
    ['a dictionary as a table', `select * from dictionary('vault')`],
    ['named collections', 'select * from system.named_collections'],
    ['an address', `select * from url('http://127.0.0.1:1', 'CSV', 'a String')`],
    ['a file', `select * from file('../vault/data/x', 'CSV', 'a String')`],
    ['another server', `select * from remote('127.0.0.1:9000', 'vault', 'facts')`],
    ['another server, by TLS', `select * from remoteSecure('127.0.0.1:9440', 'vault', 'facts')`],
    ['a cluster', `select * from cluster('default', 'vault', 'facts')`],
    ['a bucket', `select * from s3('http://127.0.0.1:1/b/k.csv', 'CSV', 'a String')`],
    ['other databases', `select * from mysql('127.0.0.1:1', 'd', 't', 'u', 'p')`],
    ['and others', `select * from postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')`],
    ['a program', `select * from executable('ls', 'TabSeparated', 'a String')`],
    ['limits of its own', 'select 1 settings max_execution_time = 0'],
    ['logs of its query', `select 1 settings send_logs_level = 'trace'`],
    ['a table of its own', 'create temporary table mine (id UInt64)'],
    ['a way in', 'create user somebody'],
    ['another name', 'execute as sealer select 1'],
  ])('is refused %s', async (_what, sql) => {
    expect(await seenBy(user, sql)).toBeNull()
  })
})

test('an admin sees what is looked for, where it is', async () => {
  await using vault = store('vault', 'admin')
  const found = await vault.rows(
    nameSchema,
    `select name from system.tables where database = 'vault' and name = 'seal_snapshots'`,
  )
  expect(found).toHaveLength(1)
  expect(await seenBy('admin', 'select count() from system.events')).not.toBeNull()
})
