// `keepsake status`: what runs on this data folder, how far behind it is, and how fresh its numbers are, on one screen.
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { consumerGroups, topics } from '#schemas/topics.ts'
import { openClickhouseStore } from '../../clickhouse/clickhouse-store.ts'
import type { EventLog } from '../../kafka/event-log.ts'
import { openKafka } from '../../kafka/open-kafka.ts'
import { systemClock } from '../../runtime/clock.ts'
import { readConfig, readSecret } from '../../runtime/config.ts'
import { createLog } from '../../runtime/log.ts'
import { passwordFile } from '../../servers/local-clickhouse.ts'
import { readPlatformState } from '../../servers/platform-state.ts'
import type { PlatformState, ProcessState } from '../../servers/platform-state.ts'
import { runCommand } from '../command.ts'
import { columns } from '../text-columns.ts'

const help = `usage: npm run -s keepsake -- status

Shows the processes on KEEPSAKE_DATA_DIR with their ports, the lag of the consumers in
records, how fresh the numbers are, how much was refused, and how many event ids came with two
payloads. Exit code 1 when nothing runs
or a process is not ready.
`

const REQUEST_TIMEOUT_MS = 3000

const consumers = [
  { group: consumerGroups.facts, topic: topics.engagement.name },
  { group: consumerGroups.saves, topic: topics.engagement.name },
  { group: consumerGroups.savesTitles, topic: topics.videos.name },
  { group: consumerGroups.notifications, topic: topics.engagement.name },
  { group: consumerGroups.sealer, topic: topics.touched.name },
] as const

const readySchema = z.object({ ready: z.boolean(), why: z.string().optional() })

const freshnessSchema = z.object({ watermark_ms: z.number(), complete_s: z.number() })

await runCommand(help, async (args) => {
  parseArgs({ args: [...args], options: {} })
  const { common, platform } = readConfig(['common', 'platform'])
  const dataDir = common.KEEPSAKE_DATA_DIR
  const state = readPlatformState(dataDir)
  if (state === null) throw new Error(`Nothing runs on ${dataDir}. Start it with: npm start`)
  const log = createLog({ name: 'status', level: 'silent' })
  const kafka = { ...platform, KAFKA_BROKERS: state.kafka_brokers.split(',') }
  await using eventLog = openKafka(kafka, { log, clientId: 'status' })
  const processes = await Promise.all(state.processes.map(processRow))
  const lags = await Promise.all(consumers.map((each) => lagRow(eventLog, each)))
  const dead = await eventLog.offsetsOf(topics.dead.name)
  const refused = dead.reduce((sum, { low, high }) => sum + (high - low), 0n)
  const lines = [
    `keepsake on ${dataDir}, up since ${state.started_at}`,
    '',
    ...columns([['process', 'pid', 'port', 'ops', 'memory', 'state'], ...processes]),
    '',
    ...columns([['consumer', 'topic', 'behind'], ...lags]),
    '',
    await freshness(state, dataDir),
    await lateSpans(state),
    `${refused} dead letters in ${topics.dead.name}`,
    ...(await conflicts(state)),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  if (processes.some((row) => row.at(-1) !== 'ready')) process.exitCode = 1
})

async function processRow(each: ProcessState): Promise<readonly string[]> {
  const { name, pid, port, ops_port } = each
  const state = pid === null ? 'starting again' : await readiness(ops_port)
  const memory = ops_port === undefined ? '' : await memoryOf(ops_port)
  return [name, String(pid ?? '-'), String(port ?? ''), String(ops_port ?? ''), memory, state]
}

/** Servers have no port for operators: they are up when they have a pid. */
async function readiness(opsPort: number | undefined): Promise<string> {
  if (opsPort === undefined) return 'ready'
  const text = await ask(`http://127.0.0.1:${opsPort}/ready`)
  if (text === null) return 'does not answer'
  const { ready, why } = readySchema.parse(JSON.parse(text))
  return ready ? 'ready' : `not ready: ${why ?? ''}`
}

async function memoryOf(opsPort: number): Promise<string> {
  const bytes = await metricOf(opsPort, 'process_resident_memory_bytes')
  return bytes === null ? '' : `${Math.round(bytes / 1e6)} MB`
}

/** A metric of a process; null while it does not answer. */
async function metricOf(opsPort: number, name: string): Promise<number | null> {
  const text = (await ask(`http://127.0.0.1:${opsPort}/metrics`)) ?? ''
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return line === undefined ? null : Number(line.slice(name.length + 1))
}

/** How many event ids had two payloads; nothing while the facts consumer does not answer. */
async function conflicts({ processes }: PlatformState): Promise<readonly string[]> {
  const opsPort = processes.find(({ name }) => name === 'facts')?.ops_port
  const ids = opsPort === undefined ? null : await metricOf(opsPort, 'facts_conflicting_ids_total')
  if (ids === null) return []
  return [`${ids} event ids came with two payloads since the facts consumer started`]
}

/** Late events are in their totals once the sealer got to them. */
async function lateSpans({ processes }: PlatformState): Promise<string> {
  const opsPort = processes.find(({ name }) => name === 'sealer')?.ops_port
  const waiting = opsPort === undefined ? null : await metricOf(opsPort, 'sealer_late_spans')
  if (opsPort === undefined || waiting === null) {
    return 'the sealer does not say what waits to be counted again'
  }
  if (waiting === 0) return 'nothing waits to be counted again'
  const seconds = (await metricOf(opsPort, 'sealer_late_oldest_seconds')) ?? 0
  return `${waiting} quarters and days wait to be counted again, the first for ${Math.ceil(seconds / 60)} min`
}

async function ask(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
    return await response.text()
  } catch {
    return null
  }
}

async function lagRow(
  eventLog: EventLog,
  { group, topic }: (typeof consumers)[number],
): Promise<readonly string[]> {
  const committed = await eventLog.committedOf(group, topic)
  const offsets = await eventLog.offsetsOf(topic)
  const behind = offsets.reduce(
    (sum, { partition, low, high }) => sum + (high - (committed.get(partition) ?? low)),
    0n,
  )
  return [group, topic, `${behind} records`]
}

async function freshness(state: PlatformState, dataDir: string): Promise<string> {
  const file = passwordFile(dataDir, 'rollups', 'reports_reader')
  await using rollups = openClickhouseStore({
    url: state.rollups_url,
    user: 'reports_reader',
    password: readSecret('ROLLUPS_PASSWORD_FILE', file),
    application: 'status',
  })
  const [row] = await rollups.rows(
    freshnessSchema,
    `select toFloat64(toUnixTimestamp64Milli(watermark)) as watermark_ms,
       toUnixTimestamp(complete_through) as complete_s
     from rollups.generations order by generation desc, finished_at desc limit 1`,
  )
  if (row === undefined) return 'nothing is published yet'
  const ageS = Math.max(0, Math.round((systemClock.nowMs() - row.watermark_ms) / 1000))
  const complete = new Date(row.complete_s * 1000).toISOString()
  return `numbers hold everything up to ${ageS} s ago; quarters are closed through ${complete}`
}
