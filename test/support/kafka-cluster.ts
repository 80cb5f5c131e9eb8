// Three real brokers on this machine, each a controller too: killed and started again one at a time, with TLS and users or without.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { inheritedEnvironment } from '#infra/runtime/config.ts'
import { openGuard } from '#infra/servers/guard.ts'
import {
  clusterId,
  formatKafka,
  isListening,
  kafkaProgram,
  kafkaSettings,
  renderSettings,
} from '#infra/servers/local-kafka.ts'
import { choosePorts } from '#infra/servers/ports.ts'
import { makeBrokerCertificate } from './kafka-certificate.ts'
import { eventually } from './client.ts'

export interface ClusterOptions {
  /** Everything of the cluster lies here. */
  readonly folder: string
  readonly jarsDir: string
  /**
   * Users with their passwords, `admin` among them, who may do everything: then the brokers speak
   * SASL_SSL alone and refuse what no rule allows. Without, everybody may do everything.
   */
  readonly users?: Readonly<Record<string, string>>
}

export interface Partition {
  readonly topic: string
  readonly partition: number
  readonly leader: number
  readonly inSync: number
}

export interface KafkaCluster extends AsyncDisposable {
  /** As KAFKA_BROKERS. */
  readonly brokers: string
  /** The authority that clients have to trust; null without TLS. */
  readonly caFile: string | null
  /** Partitions of all topics, internal ones included, as a broker that answers tells them. */
  partitions(): Promise<readonly Partition[]>
  /** SIGKILL; resolves once the broker is gone. */
  kill(node: number): Promise<void>
  start(node: number): void
  /** Resolves once every partition has all replicas in sync and a leader. */
  awaitWhole(): Promise<void>
}

const nodes = [1, 2, 3] as const
const REPLICAS = 3
const START_LIMIT_MS = 120_000

/** Starts three brokers and resolves once they answer. */
export async function openKafkaCluster(options: ClusterOptions): Promise<KafkaCluster> {
  const { folder, jarsDir, users } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await using stack = new AsyncDisposableStack()
  const ports = await choosePorts(
    join(folder, 'ports.json'),
    nodes.flatMap((node) => [`broker_${node}`, `controller_${node}`]),
  )
  const portOf = (role: 'broker' | 'controller', node: number): number =>
    ports[`${role}_${node}`] ?? 0
  const brokers = nodes.map((node) => `127.0.0.1:${portOf('broker', node)}`)
  const voters = nodes.map((node) => `${node}@127.0.0.1:${portOf('controller', node)}`).join()
  const certificate = users === undefined ? null : await makeBrokerCertificate(folder)
  const secured = certificate === null ? {} : securedSettings(certificate, users?.['admin'] ?? '')
  const id = clusterId()
  const running = new Map<number, ChildProcess>()
  const guard = stack.use(openGuard())

  const fileOf = (node: number): string => join(folder, `broker-${node}.properties`)
  const programOf = (node: number) => kafkaProgram(jarsDir, join(folder, `broker-${node}.log`))

  async function format(node: number): Promise<void> {
    const [port, controllerPort] = [portOf('broker', node), portOf('controller', node)]
    const logFolder = join(folder, `broker-${node}`)
    const { 'controller.quorum.bootstrap.servers': _, ...single } = kafkaSettings(
      { port, controllerPort },
      logFolder,
    )
    const protocol = users === undefined ? 'PLAINTEXT' : 'SASL_SSL'
    const settings = {
      ...single,
      ...ofThree,
      'node.id': node,
      'controller.quorum.voters': voters,
      listeners: `${protocol}://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `${protocol}://127.0.0.1:${port}`,
      ...secured,
    }
    writeFileSync(fileOf(node), renderSettings(settings), { mode: 0o600 })
    const scram = Object.entries(users ?? {}).flatMap(([name, password]) => [
      '--add-scram',
      `SCRAM-SHA-512=[name=${name},password=${password}]`,
    ])
    await formatKafka(programOf(node), fileOf(node), ['-t', id, ...scram])
  }

  function start(node: number): void {
    const { command, java } = programOf(node)
    const small = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    const child = spawn(command, [...small, ...java, 'kafka.Kafka', fileOf(node)], {
      env: inheritedEnvironment(),
      detached: true,
      stdio: 'ignore',
    })
    const { pid } = child
    if (pid !== undefined) {
      guard.add(pid, 'last')
      child.once('exit', () => guard.remove(pid))
    }
    running.set(node, child)
  }

  async function kill(node: number): Promise<void> {
    const child = running.get(node)
    running.delete(node)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  const admin = new Kafka({
    clientId: 'test-cluster',
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { retries: 2 },
    ...(certificate === null || users === undefined
      ? {}
      : {
          ssl: { ca: [certificate.caText] },
          sasl: {
            mechanism: 'scram-sha-512' as const,
            username: 'admin',
            password: users['admin'] ?? '',
          },
        }),
  }).admin()

  async function partitions(): Promise<readonly Partition[]> {
    const { topics } = await admin.fetchTopicMetadata()
    return topics.flatMap(({ name, partitions: all }) =>
      all.map(({ partitionId, leader, isr }) => ({
        topic: name,
        partition: partitionId,
        leader,
        inSync: isr.length,
      })),
    )
  }

  await Promise.all(nodes.map(format))
  stack.defer(async () => void (await Promise.all(nodes.map(kill))))
  for (const node of nodes) start(node)
  const listening = async () => {
    const all = await Promise.all(nodes.map((node) => isListening(portOf('broker', node))))
    return all.every(Boolean) ? { found: true } : { seen: all }
  }
  await eventually('three brokers', listening, START_LIMIT_MS)
  const connected = () =>
    admin.connect().then(
      () => ({ found: true }),
      (seen: unknown) => ({ seen: String(seen) }),
    )
  await eventually('brokers that answer', connected, START_LIMIT_MS)
  stack.defer(() => admin.disconnect())

  const opened = stack.move()
  return {
    brokers: brokers.join(),
    caFile: certificate?.caFile ?? null,
    partitions,
    kill,
    start,
    async awaitWhole() {
      const look = async () => {
        const behind = (await partitions().catch(() => null))?.filter(
          ({ leader, inSync }) => leader < 0 || inSync < REPLICAS,
        )
        return behind?.length === 0 ? { found: true } : { seen: behind?.slice(0, 3) ?? 'nothing' }
      }
      await eventually('all replicas in sync', look, START_LIMIT_MS)
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** What differs from a single node: an acknowledged record outlives any one broker. */
const ofThree = {
  'default.replication.factor': REPLICAS,
  'min.insync.replicas': 2,
  'offsets.topic.replication.factor': REPLICAS,
  'transaction.state.log.replication.factor': REPLICAS,
  'transaction.state.log.min.isr': 2,
  'share.coordinator.state.topic.replication.factor': REPLICAS,
  // A dead broker is noticed in 3 s, not in 9.
  'broker.session.timeout.ms': 3000,
  'broker.heartbeat.interval.ms': 500,
} as const

/**
 * Controllers speak in the clear among each other and are ANONYMOUS, who therefore is a super user:
 * no other listener lets anybody in without a name.
 */
function securedSettings(
  { keystoreFile, caFile }: { readonly keystoreFile: string; readonly caFile: string },
  adminPassword: string,
): Readonly<Record<string, string>> {
  return {
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    'inter.broker.listener.name': 'SASL_SSL',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required ' +
      `username="admin" password="${adminPassword}";`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keystoreFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': caFile,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:admin;User:ANONYMOUS',
  }
}
