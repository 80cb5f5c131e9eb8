// All that is stored, written down or said anywhere but of the events themselves, as text: so that it can be searched for what must not be there.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ClickhouseServer } from '#infra/clickhouse/users.ts'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { SchemaName } from '#infra/kafka/avro.ts'
import { ask } from '#infra/runtime/ops-client.ts'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import { topics } from '#schemas/topics.ts'
import { keepsakeEnd, platform, report, store, tokens } from './outside.ts'
import { openTestLog } from './produce.ts'

const tableSchema = z.object({ database: z.string(), name: z.string() })

/** Every row of every table of these servers, by server and table. */
export async function tablesOf(
  ...servers: readonly ClickhouseServer[]
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const server of servers) {
    await using admin = store(server, 'admin')
    const all = await admin.rows(
      tableSchema,
      `select database, name from system.tables
       where database in ('vault', 'rollups', 'directory') and engine like '%MergeTree'`,
    )
    for (const { database, name } of all) {
      let text = ''
      const rows = await admin.read(`select * from ${database}.${name} format TabSeparated`)
      for await (const chunk of rows) text += String(chunk)
      found.set(`${server} ${database}.${name}`, text)
    }
  }
  return found
}

const schemas = {
  [topics.decisions.name]: ['decision-v1', 'decision-v2'],
  [topics.touched.name]: ['touched-v1', 'touched-v2'],
  [topics.takeovers.name]: ['takeover-v1'],
  [topics.imports.name]: ['import-hold-v1'],
  [topics.videos.name]: ['video-v1'],
  [topics.creators.name]: ['creator-v1'],
  [topics.notifications.name]: ['notification-v1'],
} as const satisfies Readonly<Record<string, readonly SchemaName[]>>

/** Every record of every topic but those that hold events, in words. */
export async function records(): Promise<ReadonlyMap<string, string>> {
  await using eventLog = openTestLog()
  const found = new Map<string, string>()
  for (const [topic, names] of Object.entries(schemas)) {
    const codecs = names.map((name) => openAvroCodec<unknown>(name))
    const ranges = (await eventLog.offsetsOf(topic))
      .filter(({ low, high }) => low < high)
      .map(({ partition, low, high }) => ({ partition, from: low, to: high }))
    const texts: string[] = []
    await eventLog.readRanges({
      topic,
      ranges,
      stop: new AbortController().signal,
      async take(some) {
        for (const { value, key } of some) {
          const decoded = codecs.map((codec) => (value === null ? null : codec.decode(value)))
          texts.push(
            `${String(key)} ${JSON.stringify(decoded, (_name, each: unknown) =>
              typeof each === 'bigint' ? each.toString() : each,
            )}`,
          )
        }
      },
    })
    found.set(topic, texts.join('\n'))
  }
  return found
}

/** What processes wrote down, by file. */
export function logs(): ReadonlyMap<string, string> {
  const folder = join(platform.dataDir, 'logs')
  const names = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** What processes say of themselves, to operators and to who asks for what is not theirs. */
export async function answers(creator: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const { name, ops_port: port } of readPlatformState(platform.dataDir)?.processes ?? []) {
    for (const path of ['metrics', 'ready', 'live']) {
      const text = port === undefined ? null : await ask(`http://127.0.0.1:${port}/${path}`)
      if (text !== null) found.set(`${name} /${path}`, text)
    }
  }
  const query = { metrics: 'views', start_date: '2026-01-01', end_date: 'yesterday' }
  found.set('a refused report', (await report(await tokens.creator(creator), query)).text)
  for (const command of ['status', 'verify']) {
    const { stdout, stderr } = await keepsakeEnd(command)
    found.set(`keepsake ${command}`, stdout + stderr)
  }
  return found
}
