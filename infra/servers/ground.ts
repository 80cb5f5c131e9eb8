// The ground that everything stands on: Kafka, the vault and the rollups; given by variables, else local processes, else containers.
import type { ClickhouseServer } from '../clickhouse/users.ts'
import { PipelineError } from '../runtime/errors.ts'
import { hasContainerRuntime, openClickhouseContainer, openKafkaContainer } from './containers.ts'
import { clickhouseSpec, hasClickhouseLibrary } from './local-clickhouse.ts'
import { hasLocalKafka, kafkaSpec } from './local-kafka.ts'
import { supervise } from './supervisor.ts'
import type { SupervisedProcess, SupervisorContext } from './supervisor.ts'

export const serverNames = ['kafka', 'vault', 'rollups'] as const
export type ServerName = (typeof serverNames)[number]

/** Where a server comes from. */
export type ServerSource = 'given' | 'local' | 'container'

/** Addresses of servers that run already; the others are started. */
export interface GivenServers {
  readonly kafkaBrokers?: string | undefined
  readonly vaultUrl?: string | undefined
  readonly rollupsUrl?: string | undefined
}

export interface GroundPorts {
  readonly kafka: number
  readonly kafka_controller: number
  readonly vault: number
  readonly rollups: number
}

export interface GroundAddresses {
  readonly kafkaBrokers: string
  readonly vaultUrl: string
  readonly rollupsUrl: string
}

/** The addresses that servers have or will have. */
export function addressesOf(given: GivenServers, ports: GroundPorts): GroundAddresses {
  return {
    kafkaBrokers: given.kafkaBrokers ?? `127.0.0.1:${ports.kafka}`,
    vaultUrl: given.vaultUrl ?? `http://127.0.0.1:${ports.vault}`,
    rollupsUrl: given.rollupsUrl ?? `http://127.0.0.1:${ports.rollups}`,
  }
}

/** What this machine can run; the last question is the slow one and asked only where it matters. */
export interface Means {
  readonly localKafka: boolean
  readonly localClickhouse: boolean
  readonly containers: () => Promise<boolean>
}

/** @throws PipelineError `setup_failed` naming what to install. */
export async function chooseSources(
  given: GivenServers,
  means: Means,
): Promise<Readonly<Record<ServerName, ServerSource>>> {
  const choose = async (
    what: { readonly isGiven: boolean; readonly isLocal: boolean },
    lack: string,
  ): Promise<ServerSource> => {
    if (what.isGiven) return 'given'
    if (what.isLocal) return 'local'
    if (await means.containers()) return 'container'
    throw new PipelineError('setup_failed', lack)
  }
  const { localKafka, localClickhouse } = means
  const clickhouse = (url: string | undefined, variable: string): Promise<ServerSource> =>
    choose(
      { isGiven: url !== undefined, isLocal: localClickhouse },
      'ClickHouse cannot run here: npm has no chdb library for this machine, Docker does not ' +
        `answer, and ${variable} is not set. Start Docker, or set ${variable}.`,
    )
  return {
    kafka: await choose(
      { isGiven: given.kafkaBrokers !== undefined, isLocal: localKafka },
      'Kafka cannot run here: there is no Java with its jars, Docker does not answer, and ' +
        'KAFKA_BROKERS is not set. Install Java 17 or newer and Maven and run the command again ' +
        'by npm, which gets the jars; or start Docker; or set KAFKA_BROKERS.',
    ),
    vault: await clickhouse(given.vaultUrl, 'VAULT_URL'),
    rollups: await clickhouse(given.rollupsUrl, 'ROLLUPS_URL'),
  }
}

/** What this machine can run, seen from its files. */
export function meansOfThisMachine(jarsDir: string): Means {
  let runtime: Promise<boolean> | undefined
  return {
    localKafka: hasLocalKafka(jarsDir),
    localClickhouse: hasClickhouseLibrary(),
    containers: () => (runtime ??= hasContainerRuntime()),
  }
}

export interface GroundOptions {
  readonly dataDir: string
  readonly jarsDir: string
  readonly ports: GroundPorts
  readonly sources: Readonly<Record<ServerName, ServerSource>>
  readonly context: SupervisorContext
  readonly stop: AbortSignal
  /** Called with each local server as soon as it is started. */
  readonly onServer: (server: SupervisedProcess) => void
}

const READY_LIMIT_MS = 60_000

/**
 * Starts what is not given, all at once, and returns when each answers on its port. Disposing stops
 * ClickHouse first and Kafka last.
 */
export async function openGround(options: GroundOptions): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const clickhouses = new AsyncDisposableStack()
  const openKafka = async (): Promise<void> => {
    const { dataDir, jarsDir, ports, sources } = options
    if (sources.kafka === 'container') {
      stack.use(await openKafkaContainer(dataDir, ports.kafka))
    } else if (sources.kafka === 'local') {
      const controllerPort = ports.kafka_controller
      const spec = await kafkaSpec({ dataDir, jarsDir, port: ports.kafka, controllerPort })
      await runLocal(supervise(spec, options.context), stack, options)
    }
  }
  const openClickhouse = async (server: ClickhouseServer): Promise<void> => {
    const { dataDir, ports, sources } = options
    if (sources[server] === 'container') {
      clickhouses.use(await openClickhouseContainer(dataDir, server, ports[server]))
    } else if (sources[server] === 'local') {
      const spec = clickhouseSpec(dataDir, server, ports[server])
      await runLocal(supervise(spec, options.context), clickhouses, options)
    }
  }
  // All are awaited, so that a failure of one leaves none behind half started.
  const results = await Promise.allSettled([
    openKafka(),
    openClickhouse('vault'),
    openClickhouse('rollups'),
  ])
  stack.use(clickhouses)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return stack.move()
}

async function runLocal(
  server: SupervisedProcess,
  stack: AsyncDisposableStack,
  { stop, onServer }: GroundOptions,
): Promise<void> {
  stack.defer(() => server.stop())
  onServer(server)
  await server.awaitReady(READY_LIMIT_MS, stop)
}
