// Brings a ClickHouse server's tables to the state of the numbered SQL files; what has landed never changes.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { PipelineError } from '../runtime/errors.ts'
import type { ClickhouseStore } from './clickhouse-store.ts'
import { mustNotBeUnfinished } from './unfinished-restore.ts'
import type { ClickhouseServer } from './users.ts'

export interface Migration {
  readonly name: string
  readonly sql: string
  readonly hash: string
}

const appliedSchema = z.object({ name: z.string(), hash: z.string() })

/** The migrations of a server in order of their numbers. */
export async function readMigrations(server: ClickhouseServer): Promise<readonly Migration[]> {
  const folder = new URL(`./migrations/${server}/`, import.meta.url)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8')
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex').slice(0, 16) }
    }),
  )
}

/**
 * Applies the migrations that are missing, in order. Every statement can be repeated, so that a crash
 * in the middle is mended by the next start.
 * @returns names of the applied ones.
 * @throws PipelineError `setup_failed` when an applied migration was changed since, or a restore did
 * not end.
 */
export async function migrate(
  store: ClickhouseStore,
  server: ClickhouseServer,
): Promise<readonly string[]> {
  await mustNotBeUnfinished(store, server)
  await store.command('create database if not exists migrations')
  await store.command(`
    create table if not exists migrations.applied
      (name String, hash String, applied_at DateTime64(3, 'UTC') default now64(3))
    engine = ReplacingMergeTree order by name
    settings fsync_after_insert = 1, fsync_part_directory = 1`)
  const rows = await store.rows(appliedSchema, 'select name, hash from migrations.applied final')
  const applied = new Map(rows.map(({ name, hash }) => [name, hash]))
  const missing: string[] = []
  for (const migration of await readMigrations(server)) {
    const hash = applied.get(migration.name)
    if (hash === migration.hash) continue
    if (hash !== undefined) {
      throw new PipelineError(
        'setup_failed',
        `Migration ${server}/${migration.name} was changed after it had been applied here. ` +
          'Restore the file, or begin anew with: npm start -- --fresh',
      )
    }
    for (const statement of statementsOf(migration.sql)) await store.command(statement)
    await store.command(
      'insert into migrations.applied (name, hash) values ({name:String}, {hash:String})',
      { name: migration.name, hash: migration.hash },
    )
    missing.push(migration.name)
  }
  return missing
}

/** How the tables of a server differ from the SQL files of this checkout, by names of migrations. */
export interface MigrationState {
  /** Not applied yet: the next start does it. */
  readonly missing: readonly string[]
  /** Changed here or there after they had been applied. */
  readonly changed: readonly string[]
  /** Applied by a checkout that knows more. */
  readonly unknown: readonly string[]
}

/** Reads how far a server is; changes nothing. */
export async function readMigrationState(
  store: ClickhouseStore,
  server: ClickhouseServer,
): Promise<MigrationState> {
  const migrations = await readMigrations(server)
  const tables = await store.rows(
    z.object({ name: z.string() }),
    `select name from system.tables where database = 'migrations' and name = 'applied'`,
  )
  const rows =
    tables.length === 0
      ? []
      : await store.rows(appliedSchema, 'select name, hash from migrations.applied final')
  const applied = new Map(rows.map(({ name, hash }) => [name, hash]))
  const known = new Set(migrations.map(({ name }) => name))
  return {
    missing: migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name),
    changed: migrations
      .filter(({ name, hash }) => applied.has(name) && applied.get(name) !== hash)
      .map(({ name }) => name),
    unknown: rows.filter(({ name }) => !known.has(name)).map(({ name }) => name),
  }
}

/** Statements of a file: they end with a semicolon at the end of a line. */
function statementsOf(sql: string): readonly string[] {
  return sql
    .replaceAll(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}
