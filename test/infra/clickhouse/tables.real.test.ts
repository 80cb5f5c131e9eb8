// The tables as migrated are the tables that programs write: columns, order, and settings that a power cut must not find missing.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { migrate, readMigrations } from '#infra/clickhouse/migrate.ts'
import { openMeasures, peopleMeasures } from '#schemas/measures.ts'
import { regions } from '#schemas/dimensions.ts'
import { factsColumns, peopleKindType } from '#schemas/tables.ts'
import { store } from '../../support/outside.ts'

const columnSchema = z.object({ name: z.string(), type: z.string(), comment: z.string() })

async function columnsOf(server: 'vault' | 'rollups', database: string, table: string) {
  await using admin = store(server, 'admin')
  return admin.rows(
    columnSchema,
    `select name, type, comment from system.columns
     where database = {database:String} and table = {table:String} order by position`,
    { database, table },
  )
}

describe('tables', () => {
  test('of facts have the columns that the consumer writes, and a hash of their payload', async () => {
    const columns = await columnsOf('vault', 'vault', 'facts')
    expect(columns.slice(0, -1).map(({ name, type }) => ({ name, type }))).toEqual([
      ...factsColumns,
    ])
    expect(columns.at(-1)?.name).toBe('payload_hash')
  })

  test.each(['video', 'creator'])('of a %s’s open totals have every measure', async (scope) => {
    for (const span of ['minute', 'quarter', 'day']) {
      const columns = await columnsOf('rollups', 'rollups', `${scope}_${span}s`)
      const names = [`${scope}_id`, span, ...Object.keys(openMeasures), 'generation']
      expect(columns.map(({ name }) => name)).toEqual(names)
      const measures = new Map(Object.entries(openMeasures))
      for (const { name, comment } of columns) {
        expect(comment).not.toBe('')
        const description = measures.get(name)
        if (description !== undefined) expect(comment).toBe(description)
      }
    }
  })

  test('of people pack the codes of the wire', async () => {
    const columns = await columnsOf('vault', 'vault', 'people')
    expect(columns.find(({ name }) => name === 'metric')?.type).toBe(peopleKindType)
    await using admin = store('vault', 'admin')
    const [view] = await admin.rows(
      z.object({ ddl: z.string() }),
      `select create_table_query as ddl from system.tables
       where database = 'vault' and name = 'people_from_facts'`,
    )
    const list = /\[('ZZ'.*?)\]/.exec(view?.ddl ?? '')?.[1] ?? ''
    expect(list.split(', ')).toEqual(regions.map((region) => `'${region}'`))
  })

  test.each(['video', 'creator'])(
    'of a %s’s days alone have what the reports read',
    async (scope) => {
      const people = await columnsOf('rollups', 'rollups', `${scope}_people_days`)
      const peopleNames = [`${scope}_id`, 'day', ...Object.keys(peopleMeasures), 'generation']
      expect(people.map(({ name }) => name)).toEqual(peopleNames)
      const comments = new Map(people.map(({ name, comment }) => [name, comment]))
      for (const [name, text] of Object.entries(peopleMeasures))
        expect(comments.get(name)).toBe(text)
      const restricted = await columnsOf('rollups', 'rollups', `${scope}_restricted_days`)
      const sums = [...Object.keys(openMeasures), 'withheld_views', 'generation']
      expect(restricted.map(({ name }) => name)).toEqual([`${scope}_id`, 'day', ...sums])
    },
  )

  test('of residue have every measure', async () => {
    const names = (await columnsOf('vault', 'vault', 'residue')).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(Object.keys(openMeasures)))
    const people = (await columnsOf('vault', 'vault', 'residue_people')).map(({ name }) => name)
    expect(people).toEqual(expect.arrayContaining(Object.keys(peopleMeasures)))
  })

  test('of the rollups all say what they are', async () => {
    await using admin = store('rollups', 'admin')
    const silent = await admin.rows(
      z.object({ name: z.string() }),
      `select name from system.tables
       where database in ('rollups', 'directory') and comment = '' and engine not like '%View'`,
    )
    expect(silent).toEqual([])
  })

  test('of the vault are synced to disk and have no deduplication window', async () => {
    await using admin = store('vault', 'admin')
    const tables = await admin.rows(
      z.object({ name: z.string(), ddl: z.string() }),
      `select name, create_table_query as ddl from system.tables
       where database = 'vault' and engine like '%MergeTree'`,
    )
    expect(tables.length).toBeGreaterThanOrEqual(5)
    for (const { ddl } of tables) {
      expect(ddl).toContain('fsync_after_insert = 1')
      expect(ddl).toContain('fsync_part_directory = 1')
      expect(ddl).toContain('non_replicated_deduplication_window = 0')
    }
  })
})

describe('migrations', () => {
  test('that were applied are not applied again', async () => {
    for (const server of ['vault', 'rollups'] as const) {
      await using admin = store(server, 'admin')
      expect(await migrate(admin, server)).toEqual([])
      const names = (await readMigrations(server)).map(({ name }) => name)
      expect(names.map((name) => name.slice(0, 3))).toEqual(
        names.map((_, index) => String(index + 1).padStart(3, '0')),
      )
    }
  })
})
