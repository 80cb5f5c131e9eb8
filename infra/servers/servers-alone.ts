// The servers of a data folder for work without the processes: those that run, else started for as long as the work takes.
import { join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import {
  addressesOf,
  chooseSources,
  meansOfThisMachine,
  openGround,
  serverNames,
} from './ground.ts'
import type { GivenServers, GroundAddresses, ServerName } from './ground.ts'
import { openGuard } from './guard.ts'
import { choosePlatformPorts } from './platform-ports.ts'
import { claimDataFolder, readPlatformState } from './platform-state.ts'
import type { Notice } from './process-output.ts'
import type { SupervisedProcess } from './supervisor.ts'

export interface ServersAlone extends AsyncDisposable {
  readonly ground: GroundAddresses
  /** Process of the platform that runs on the data folder; null: none does. */
  readonly platformPid: number | null
  /** Servers that are processes of this machine on this data folder. */
  readonly local: ReadonlySet<ServerName>
}

export interface ServersAloneOptions {
  readonly dataDir: string
  readonly given: GivenServers
  readonly clock: Clock
  readonly tell: (notice: Notice) => void
  /** Called before servers are started, which takes some seconds. */
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>
}

/**
 * Gives the servers of the platform that runs, or starts those that are not given; disposing stops
 * what was started. While it has them, no platform can be started on the same data folder.
 * @throws PipelineError `setup_failed` saying what to do.
 */
export async function openServersAlone(options: ServersAloneOptions): Promise<ServersAlone> {
  const { dataDir, given, clock } = options
  const state = readPlatformState(dataDir)
  if (state !== null) {
    const running = new Set(state.processes.map(({ name }) => name))
    return {
      ground: {
        kafkaBrokers: state.kafka_brokers,
        vaultUrl: state.vault_url,
        rollupsUrl: state.rollups_url,
      },
      platformPid: state.pid,
      local: new Set(serverNames.filter((name) => running.has(name))),
      [Symbol.asyncDispose]: async () => undefined,
    }
  }
  await using stack = new AsyncDisposableStack()
  const claim = stack.use(await claimDataFolder(dataDir, clock))
  const nobody = { collector: 0, saves: 0, reports: 0 }
  const { ground: ports } = await choosePlatformPorts(dataDir, nobody, [])
  const sources = await chooseSources(given, meansOfThisMachine(dataDir))
  const ground = addressesOf(given, ports)
  const guard = stack.use(openGuard())
  const servers: SupervisedProcess[] = []
  const onChange = (): void =>
    claim.write({
      kafka_brokers: ground.kafkaBrokers,
      vault_url: ground.vaultUrl,
      rollups_url: ground.rollupsUrl,
      ports: { ...ports },
      processes: servers.map(({ name, running, restarts }) => ({
        name,
        pid: running?.pid ?? null,
        identity: running?.identity ?? '',
        restarts,
      })),
    })
  const context = {
    clock,
    guard,
    logsDir: join(dataDir, 'logs'),
    tell: options.tell,
    onChange,
    onFault: () => undefined,
  }
  await options.step('starting Kafka and ClickHouse', async () => {
    const onServer = (server: SupervisedProcess): void => {
      servers.push(server)
      onChange()
    }
    const stop = new AbortController().signal
    const at = { dataDir, jarsDir: dataDir, ports, sources }
    stack.use(await openGround({ ...at, context, stop, onServer }))
  })
  const opened = stack.move()
  return {
    ground,
    platformPid: null,
    local: new Set(serverNames.filter((name) => sources[name] === 'local')),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
