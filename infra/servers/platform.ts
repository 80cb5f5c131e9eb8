// The whole platform on one machine: ground, tables, topics, keys and every process, in order; stopped in reverse.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../runtime/clock.ts'
import { defaultPolicyFile } from '../runtime/config.ts'
import { messageOf } from '../runtime/errors.ts'
import type { PipelineError } from '../runtime/errors.ts'
import { ensureKeyFile, noiseKeysDir } from '../runtime/local-keys.ts'
import {
  addressesOf,
  chooseSources,
  meansOfThisMachine,
  openGround,
  serverNames,
} from './ground.ts'
import type { GivenServers, GroundAddresses } from './ground.ts'
import { openGuard } from './guard.ts'
import { platformCredentials } from './kafka-credentials.ts'
import type { KafkaAccess } from './kafka-credentials.ts'
import { OPERATOR } from './kafka-principals.ts'
import { passwordFile } from './local-clickhouse.ts'
import { nodeEnvironment } from './node-environment.ts'
import { choosePlatformPorts } from './platform-ports.ts'
import type { PlatformPorts } from './platform-ports.ts'
import { claimDataFolder } from './platform-state.ts'
import type { DataFolderClaim, ProcessState } from './platform-state.ts'
import { prepareGround } from './prepare-ground.ts'
import { environmentOf, serviceProcesses, simulatorProcess } from './processes.ts'
import type { EnvironmentSource, ServicePorts, ServiceProcess } from './processes.ts'
import type { Notice } from './process-output.ts'
import { answersOk, supervise } from './supervisor.ts'
import type { SupervisedProcess, SupervisorContext } from './supervisor.ts'
import { prepareIssuer } from './token-issuer.ts'
import type { IssuerOptions } from './token-issuer.ts'

export interface PlatformOptions {
  readonly dataDir: string
  /** The data folder that holds Kafka's jars; the same unless given. */
  readonly jarsDir?: string
  /** Ports of the services; 0: a free one, kept in the data folder. */
  readonly ports: ServicePorts
  readonly given?: GivenServers
  /** For a Kafka that asks who is there. */
  readonly kafkaAccess?: KafkaAccess
  readonly issuer: IssuerOptions
  /** The repository's own unless given. */
  readonly policyFile?: string
  /** In the data folder unless given. */
  readonly noiseKeysDir?: string
  /** How often the sealer passes, ms. */
  readonly sealerPassMs: number
  /** SIMULATOR_* variables of a simulated platform; null: an empty one, waiting for events. */
  readonly simulation: Readonly<Record<string, string>> | null
  readonly logLevel: string
  /** Removes the data of former starts. */
  readonly fresh?: boolean
  readonly clock: Clock
  /** Aborts a start that is under way. */
  readonly stop: AbortSignal
  /** Hears of restarts and of what processes warn about. */
  readonly tell: (notice: Notice) => void
  /** Wraps each step of the start, for progress. */
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>
}

export interface Platform extends AsyncDisposable {
  readonly dataDir: string
  readonly ground: GroundAddresses
  readonly collectorUrl: string
  readonly savesUrl: string
  readonly reportsUrl: string
  /** Local servers and our own processes, by name. */
  readonly processes: ReadonlyMap<string, SupervisedProcess>
  /** Resolves with a fault that a restart cannot mend; the platform must be stopped then. */
  readonly fault: Promise<PipelineError>
  /** The file with the password of a ClickHouse user. */
  readonly passwordFile: EnvironmentSource['passwordFile']
  /** Ends every process with SIGKILL, without order. */
  kill(): void
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const READY_LIMIT_MS = 60_000
/** Above the deadline that a process sets itself for closing. */
const STOP_LIMIT_MS = 11_000

/** What a fresh start removes; the jars stay. */
const freshRemoves = [
  ...serverNames,
  'secrets',
  'keys',
  'logins',
  'logs',
  'containers',
  'cache',
  'simulator',
  // How far imports came would be wrong of an empty log, and refused rows are data of people.
  'imports',
] as const

/**
 * Opens the platform and returns once every process is ready; the simulator may still be sending
 * its history. What was started is stopped again when a step fails.
 * @throws PipelineError `setup_failed` saying what to do; the reason of `stop` when that aborts.
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { dataDir, clock, stop, step, given = {}, jarsDir = dataDir, simulation } = options
  await using stack = new AsyncDisposableStack()
  const claim = stack.use(await claimDataFolder(dataDir, clock))
  if (options.fresh === true) {
    for (const folder of freshRemoves)
      rmSync(join(dataDir, folder), { recursive: true, force: true })
  }
  const services = simulation === null ? serviceProcesses : [...serviceProcesses, simulatorProcess]
  const names = services.map(({ name }) => name)
  const ports = await choosePlatformPorts(dataDir, options.ports, names)
  const sources = await chooseSources(given, meansOfThisMachine(jarsDir))
  const ground = addressesOf(given, ports.ground)
  // Before anything is started: a password that is missing is told at once.
  const credentialsOf = platformCredentials(names, options.kafkaAccess ?? {})

  const guard = openGuard()
  stack.use(guard)
  const processes = new Map<string, SupervisedProcess>()
  const fault = Promise.withResolvers<PipelineError>()
  const context: SupervisorContext = {
    clock,
    guard,
    logsDir: join(dataDir, 'logs'),
    tell: options.tell,
    onFault: (error) => fault.resolve(error),
    onChange() {
      try {
        writeState(claim, { ground, ports, processes })
      } catch (error) {
        // A full disk must not end what runs: only `status` and the commands miss something.
        const text = `what runs could not be written down: ${messageOf(error)}`
        options.tell({ from: 'start', level: 'warn', text })
      }
    },
  }
  const start = (process: SupervisedProcess): void => {
    processes.set(process.name, process)
    context.onChange()
  }

  await step('starting Kafka and ClickHouse', async () => {
    const at = { dataDir, jarsDir, ports: ports.ground, sources }
    stack.use(await openGround({ ...at, context, stop, onServer: start }))
    stop.throwIfAborted()
  })
  const source: EnvironmentSource = {
    dataDir,
    ground,
    ports: ports.services,
    kafkaCredentials: credentialsOf,
    auth: await prepareIssuer(dataDir, options.issuer),
    simulation: simulation ?? {},
    passwordFile: (server, user) => passwordFile(dataDir, server, user),
    keyFile: (key) => ensureKeyFile(dataDir, key),
    policyFile: options.policyFile ?? defaultPolicyFile,
    noiseKeysDir: options.noiseKeysDir ?? noiseKeysDir(dataDir),
    sealerPassMs: options.sealerPassMs,
  }
  await step('preparing tables and topics', () =>
    prepareGround({
      ground,
      kafkaCredentials: credentialsOf(OPERATOR),
      passwordFile: source.passwordFile,
      clock,
    }),
  )
  stop.throwIfAborted()

  await step(`starting ${services.length} processes`, async () => {
    const started = services.map((service) => {
      const opsPort = ports.ops[service.name] ?? 0
      const environment = {
        ...nodeEnvironment(dataDir, service.youngMb),
        KEEPSAKE_DATA_DIR: dataDir,
        LOG_LEVEL: options.logLevel,
        OPS_PORT: String(opsPort),
        ...environmentOf(service, source),
      }
      return superviseService(service, { context, environment, opsPort })
    })
    stack.defer(async () => void (await Promise.all(started.map((each) => each.stop()))))
    for (const each of started) start(each)
    const awaited = started.filter(({ name }) => name !== simulatorProcess.name)
    await Promise.all(awaited.map((each) => each.awaitReady(READY_LIMIT_MS, stop)))
    stop.throwIfAborted()
  })

  const opened = stack.move()
  return {
    dataDir,
    ground,
    collectorUrl: urlOf(ports.services.collector),
    savesUrl: urlOf(ports.services.saves),
    reportsUrl: urlOf(ports.services.reports),
    processes,
    fault: fault.promise,
    passwordFile: source.passwordFile,
    kill() {
      for (const each of processes.values()) each.kill()
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

interface ServiceContext {
  readonly context: SupervisorContext
  readonly environment: Readonly<Record<string, string>>
  readonly opsPort: number
}

function superviseService(
  service: ServiceProcess,
  { context, environment, opsPort }: ServiceContext,
): SupervisedProcess {
  return supervise(
    {
      name: service.name,
      command: process.execPath,
      args: [join(root, service.main)],
      environment,
      lifeline: 'channel',
      output: 'json',
      isServer: false,
      isReady: () => answersOk(`${urlOf(opsPort)}/ready`),
      stopLimitMs: STOP_LIMIT_MS,
    },
    context,
  )
}

interface RunningParts {
  readonly ground: GroundAddresses
  readonly ports: PlatformPorts
  readonly processes: ReadonlyMap<string, SupervisedProcess>
}

function writeState(claim: DataFolderClaim, { ground, ports, processes }: RunningParts): void {
  const servicePorts = { ...ports.ground, ...ports.services }
  claim.write({
    kafka_brokers: ground.kafkaBrokers,
    vault_url: ground.vaultUrl,
    rollups_url: ground.rollupsUrl,
    ports: servicePorts,
    processes: [...processes.values()].map((each) => describe(each, ports)),
  })
}

function describe(
  { name, running, restarts }: SupervisedProcess,
  ports: PlatformPorts,
): ProcessState {
  const listens = [...serviceProcesses, simulatorProcess].find((each) => each.name === name)?.port
  const port =
    name === 'kafka' || name === 'vault' || name === 'rollups'
      ? ports.ground[name]
      : listens && ports.services[listens]
  const opsPort = ports.ops[name]
  return {
    name,
    pid: running?.pid ?? null,
    identity: running?.identity ?? '',
    restarts,
    ...(port === undefined ? {} : { port }),
    ...(opsPort === undefined ? {} : { ops_port: opsPort }),
  }
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`
}
