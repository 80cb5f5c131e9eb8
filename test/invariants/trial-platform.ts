// A whole platform of its own for a trial: every process loads the strike points, and two have a spare beside them.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { inheritedEnvironment, readConfig } from '#infra/runtime/config.ts'
import { noiseKeysDir } from '#infra/runtime/local-keys.ts'
import { createLog } from '#infra/runtime/log.ts'
import type { Platform } from '#infra/servers/platform.ts'
import type { Decision } from '#schemas/decision.ts'
import { readDecisions } from '../support/decisions.ts'
import { openOwnPlatform } from '../support/own-platform.ts'
import { openClickhouse } from './clickhouse.ts'
import type { Clickhouse } from './clickhouse.ts'
import { openFaultyProxy } from './faulty-proxy.ts'
import type { FaultyProxy } from './faulty-proxy.ts'
import { trialFolder } from './strike-files.ts'

export interface TrialPlatform extends AsyncDisposable {
  readonly dataDir: string
  readonly collectorUrl: string
  readonly savesUrl: string
  readonly kafkaBrokers: string
  readonly vault: Clickhouse
  readonly rollups: Clickhouse
  /** The spare facts consumer's way to the vault. */
  readonly proxy: FaultyProxy
  serviceToken(...scopes: readonly string[]): Promise<string>
  viewerToken(userId: number): Promise<string>
  /** Makes videos of a creator known. @throws Error when that is refused. */
  catalogue(creator: string, videos: readonly number[], publishedMs: number): Promise<void>
  /** Every decision that the log has, in order. */
  decisions(): Promise<readonly Decision[]>
  /** Whether a sealer has committed all decisions that the log has. */
  isApplied(): Promise<boolean>
  /** Folder of the keys that noise is drawn by. */
  readonly noiseKeys: string
  /** Of a process of the platform, not of a spare; null while it is being started again. */
  pidOf(name: string): number | null
  /** Of a process and its spare, those that run. */
  pidsOf(name: string): readonly number[]
  /** Starts spares, which are started again when they die until they are stopped. */
  startSpares(names: readonly SpareName[]): void
  stopSpares(): Promise<void>
  /** How many lines of all logs hold a text. */
  countInLogs(text: string): number
  /** Leaves the data folder behind, for whoever looks for what went wrong. */
  keepData(): void
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const RESTART_MS = 300

const spareMains = {
  facts: { main: 'consumers/facts/main.ts', user: 'facts_writer' },
  sealer: { main: 'consumers/sealer/main.ts', user: 'sealer' },
} as const

export type SpareName = keyof typeof spareMains

export interface TrialPlatformOptions {
  /** A folder that is there, as on a disk of its own; else one that is made and removed again. */
  readonly dataDir?: string | undefined
  readonly tell: (line: string) => void
}

export async function openTrialPlatform(options: TrialPlatformOptions): Promise<TrialPlatform> {
  const { tell } = options
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'keepsake-trial-'))
  mkdirSync(trialFolder(dataDir), { recursive: true })
  const { common } = readConfig(['common'])
  const preload = pathToFileURL(join(root, 'test/invariants/preload.ts')).href
  // Reaches every process that the platform starts, and with the data folder in its environment each finds its files.
  process.env['NODE_OPTIONS'] = `--import=${preload}`
  const stack = new AsyncDisposableStack()
  let isKept = false
  stack.defer(() => {
    if (isKept) return
    rmSync(trialFolder(dataDir), { recursive: true, force: true })
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
  })
  const own = stack.use(
    await openOwnPlatform({
      dataDir,
      jarsDir: common.KEEPSAKE_DATA_DIR,
      tell: ({ from, level, text }) => level === 'error' && tell(`${from}: ${text}`),
    }),
  )
  const { platform } = own
  const proxy = stack.use(await openFaultyProxy(platform.ground.vaultUrl))
  const spares = stack.use(openSpares(platform, proxy))
  const eventLog = stack.use(
    openKafkaEventLog({
      log: createLog({ name: 'trial', level: 'silent' }),
      clientId: 'trial',
      brokers: [platform.ground.kafkaBrokers],
    }),
  )
  const pidOf = (name: string): number | null => platform.processes.get(name)?.running?.pid ?? null
  const opened = stack.move()
  return {
    dataDir,
    collectorUrl: platform.collectorUrl,
    savesUrl: platform.savesUrl,
    kafkaBrokers: platform.ground.kafkaBrokers,
    vault: openClickhouse(platform.ground.vaultUrl, dataDir, 'vault'),
    rollups: openClickhouse(platform.ground.rollupsUrl, dataDir, 'rollups'),
    proxy,
    serviceToken: (...scopes) => own.token('trial', scopes),
    viewerToken: (userId) => own.token(String(userId), ['saves:self']),
    catalogue: (creator, videos, publishedMs) => own.catalogue(creator, videos, publishedMs),
    decisions: () => readDecisions(eventLog),
    async isApplied() {
      const committed = await eventLog.committedOf('sealer', 'decisions.v1')
      const ends = await eventLog.offsetsOf('decisions.v1')
      return ends.every(({ partition, high }) => (committed.get(partition) ?? 0n) >= high)
    },
    noiseKeys: noiseKeysDir(dataDir),
    pidOf,
    pidsOf: (name) => [pidOf(name), spares.pidOf(name)].filter((pid) => pid !== null),
    startSpares: (names) => spares.start(names),
    stopSpares: () => spares.stop(),
    countInLogs: (text) =>
      spares.lines.filter((line) => line.includes(text)).length +
      countInFolder(join(dataDir, 'logs'), text),
    keepData() {
      isKept = true
      tell(`the data of this run is kept in ${dataDir}`)
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function countInFolder(folder: string, text: string): number {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8').split(text).length - 1)
    .reduce((sum, count) => sum + count, 0)
}

interface Spares extends AsyncDisposable {
  start(names: readonly SpareName[]): void
  stop(): Promise<void>
  pidOf(name: string): number | null
  /** What they have logged that is worth counting. */
  readonly lines: readonly string[]
}

/** A second facts consumer, whose way to the vault is faulty, and a second sealer. */
function openSpares(platform: Platform, proxy: FaultyProxy): Spares {
  const running = new Map<string, ChildProcess>()
  const keepers: Promise<void>[] = []
  const lines: string[] = []
  let keeping = new AbortController()

  async function stop(): Promise<void> {
    keeping.abort()
    for (const child of running.values()) child.kill('SIGKILL')
    await Promise.all(keepers.splice(0))
  }

  async function keep(name: SpareName, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { main, user } = spareMains[name]
      const child = spawn(process.execPath, [join(root, main)], {
        // With a channel: a spare ends when the trial does, however that ends.
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        env: { ...inheritedEnvironment(), ...environmentOf(platform, proxy, user) },
      })
      running.set(name, child)
      // Beside those of the platform, which are kept where a trial fails.
      const log = join(platform.dataDir, 'logs', `${name}-spare.log`)
      child.stdout?.pipe(createWriteStream(log, { flags: 'a' }))
      child.stdout?.on('data', (chunk: Buffer) => {
        lines.push(
          ...chunk
            .toString()
            .split('\n')
            .filter((line) => line.includes('"level":40') || line.includes('joined the group')),
        )
      })
      await once(child, 'exit')
      running.delete(name)
      await sleep(RESTART_MS)
    }
  }

  return {
    lines,
    start(names) {
      keeping = new AbortController()
      const { signal } = keeping
      keepers.push(...names.map((name) => keep(name, signal)))
    },
    stop,
    pidOf: (name) => running.get(name)?.pid ?? null,
    [Symbol.asyncDispose]: stop,
  }
}

function environmentOf(
  { dataDir, ground, passwordFile }: Platform,
  proxy: FaultyProxy,
  user: 'facts_writer' | 'sealer',
): Record<string, string> {
  return {
    KEEPSAKE_DATA_DIR: dataDir,
    LOG_LEVEL: 'debug',
    KAFKA_BROKERS: ground.kafkaBrokers,
    VAULT_URL: user === 'facts_writer' ? proxy.url : ground.vaultUrl,
    VAULT_USER: user,
    VAULT_PASSWORD_FILE: passwordFile('vault', user),
    ROLLUPS_URL: ground.rollupsUrl,
    ROLLUPS_USER: user,
    ROLLUPS_PASSWORD_FILE: passwordFile('rollups', user),
    PSEUDONYM_KEY_FILE: join(dataDir, 'keys', 'pseudonyms'),
    NOISE_KEYS_DIR: noiseKeysDir(dataDir),
    ERASURE_KEY_FILE: join(dataDir, 'keys', 'erasures'),
  }
}
