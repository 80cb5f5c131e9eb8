// Reads what runs on a data folder, again and again over the same connections; a server that is gone takes nothing else with it.
import { ask } from '../runtime/ops-client.ts'
import { openClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import { openKafka } from '../kafka/open-kafka.ts'
import type { Clock } from '../runtime/clock.ts'
import { readSecret } from '../runtime/config.ts'
import type { Config } from '../runtime/config.ts'
import { createLog } from '../runtime/log.ts'
import { readDiskUse } from '../servers/disk-use.ts'
import type { DiskUse } from '../servers/disk-use.ts'
import { kafkaCredentialsOf } from '../servers/kafka-credentials.ts'
import { OPERATOR } from '../servers/kafka-principals.ts'
import { passwordFile } from '../servers/local-clickhouse.ts'
import { readPlatformState } from '../servers/platform-state.ts'
import type { PlatformState } from '../servers/platform-state.ts'
import { readLogView, silentLog } from './log-view.ts'
import type { LogView } from './log-view.ts'
import { readNumbers } from './numbers-view.ts'
import { lookAtProcess, viewOfServer } from './process-views.ts'
import type { LookedAt } from './process-views.ts'
import type { Numbers, ProcessView, Snapshot } from './snapshot.ts'

export interface StatusReader extends AsyncDisposable {
  /** Never rejects for a server that does not answer. */
  read(): Promise<Snapshot>
}

export interface StatusOptions {
  readonly dataDir: string
  readonly config: Config<'platform'>['platform']
  readonly clock: Clock
}

/** Above the pass of a disk over a large folder, which is not to be the load that it shows. */
const DISK_EVERY_MS = 30_000
/** A part that takes longer is shown as not answering; the rest is not to wait for it. */
const PART_LIMIT_MS = 2000
const serverNames = ['kafka', 'vault', 'rollups'] as const

export function openStatusReader(options: StatusOptions): StatusReader {
  const { dataDir, clock } = options
  let connections: Connections | null = null
  let disk: { readonly use: DiskUse | null; readonly atMs: number } | null = null

  async function readDisk(): Promise<DiskUse | null> {
    if (disk === null || clock.nowMs() - disk.atMs > DISK_EVERY_MS) {
      const use = await readDiskUse(dataDir).catch(() => null)
      disk = { use, atMs: clock.nowMs() }
    }
    return disk.use
  }

  async function connectionsTo(state: PlatformState): Promise<Connections> {
    const addresses = `${state.kafka_brokers} ${state.rollups_url}`
    if (connections?.addresses === addresses) return connections
    await connections?.close()
    connections = openConnections(addresses, state, options)
    return connections
  }

  return {
    async read() {
      const state = readPlatformState(dataDir)
      const nowMs = clock.nowMs()
      if (state === null) return { ...nothing, atMs: nowMs, dataDir, disk: await readDisk() }
      const { lookAtLog, lookAtNumbers } = await connectionsTo(state)
      const [logView, numbers, servers, looks, use] = await Promise.all([
        lookAtLog(),
        lookAtNumbers(),
        pingServers(state),
        Promise.all(ownProcesses(state).map(lookAtProcess)),
        readDisk(),
      ])
      return {
        atMs: nowMs,
        dataDir,
        startedAtMs: Date.parse(state.started_at),
        processes: [
          ...serverViews(state, { ...servers, kafka: logView.answers }),
          ...looks.map(({ view }) => view),
        ],
        consumers: logView.consumers,
        numbers,
        late: lateOf(looks),
        deadLetters: logView.deadLetters,
        conflicts: metricOf(looks, 'facts', 'facts_conflicting_ids_total'),
        disk: use,
      }
    },
    async [Symbol.asyncDispose]() {
      await connections?.close()
    },
  }
}

const nothing = {
  startedAtMs: null,
  processes: [],
  consumers: [],
  numbers: { is: 'unknown' },
  late: null,
  deadLetters: null,
  conflicts: null,
} as const

interface Connections {
  readonly addresses: string
  readonly lookAtLog: () => Promise<LogView>
  readonly lookAtNumbers: () => Promise<Numbers>
  close(): Promise<void>
}

function openConnections(
  addresses: string,
  state: PlatformState,
  { dataDir, config, clock }: StatusOptions,
): Connections {
  const log = openKafka(
    { ...kafkaCredentialsOf(OPERATOR, config), KAFKA_BROKERS: state.kafka_brokers.split(',') },
    { log: createLog({ name: 'status', level: 'silent' }), clientId: 'status', isBrief: true },
  )
  const file = passwordFile(dataDir, 'rollups', 'reports_reader')
  const rollups = openClickhouseStore({
    url: state.rollups_url,
    user: 'reports_reader',
    password: readSecret('password of rollups user reports_reader', file),
    application: 'status',
    timeoutMs: PART_LIMIT_MS,
  })
  return {
    addresses,
    lookAtLog: oneAtATime<LogView>(clock, silentLog, () => readLogView(log)),
    lookAtNumbers: oneAtATime<Numbers>(clock, { is: 'unknown' }, () =>
      readNumbers(rollups, clock.nowMs()),
    ),
    async close() {
      await rollups[Symbol.asyncDispose]()
      try {
        await log[Symbol.asyncDispose]()
      } catch {
        // A log that is away cannot be taken leave of.
      }
    },
  }
}

/**
 * Gives what a look finds, or what stands for it when it fails or takes too long. A look that is
 * under way still is waited for again instead of having another one sent after it.
 */
function oneAtATime<T>(clock: Clock, instead: T, look: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null
  return async () => {
    running ??= look()
      .catch(() => instead)
      .finally(() => {
        running = null
      })
    const stop = new AbortController()
    const late = clock.sleep(PART_LIMIT_MS, stop.signal).then(() => instead)
    try {
      return await Promise.race([running, late])
    } finally {
      stop.abort()
    }
  }
}

async function pingServers(
  state: PlatformState,
): Promise<Readonly<Record<'vault' | 'rollups', boolean>>> {
  const [vault, rollups] = await Promise.all(
    [state.vault_url, state.rollups_url].map(async (url) => (await ask(`${url}/ping`)) !== null),
  )
  return { vault: vault === true, rollups: rollups === true }
}

function serverViews(
  { processes }: PlatformState,
  answers: Readonly<Record<(typeof serverNames)[number], boolean>>,
): readonly ProcessView[] {
  return serverNames.map((name) => {
    const process = processes.find((each) => each.name === name) ?? null
    return viewOfServer(name, process, answers[name])
  })
}

function ownProcesses({ processes }: PlatformState): PlatformState['processes'] {
  return processes.filter(({ name }) => !serverNames.some((server) => server === name))
}

function metricOf(looks: readonly LookedAt[], process: string, metric: string): number | null {
  const look = looks.find(({ view }) => view.name === process)
  return look?.metrics?.get(metric) ?? null
}

function lateOf(looks: readonly LookedAt[]): Snapshot['late'] {
  const spans = metricOf(looks, 'sealer', 'sealer_late_spans')
  if (spans === null) return null
  return { spans, oldestS: metricOf(looks, 'sealer', 'sealer_late_oldest_seconds') ?? 0 }
}
