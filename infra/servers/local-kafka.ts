// Apache Kafka as a local process: one node that is broker and controller, from jars in the data folder.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inheritedEnvironment } from '../runtime/config.ts'
import { messageOf, PipelineError } from '../runtime/errors.ts'
import { kafkaJarsFolder } from '../setup/kafka-jars.mjs'
import { writeFileWhole } from './json-file.ts'
import type { ProcessSpec } from './supervisor.ts'

const log4jConfig = fileURLToPath(new URL('./kafka/log4j2.xml', import.meta.url))
const CONNECT_TIMEOUT_MS = 500

export interface KafkaOptions {
  readonly dataDir: string
  /** Folder that holds `jars/`: the data folder, or another that has them already. */
  readonly jarsDir: string
  readonly port: number
  readonly controllerPort: number
}

/** Whether this machine can run Kafka: the jars are there, and a `java`. */
export function hasLocalKafka(jarsDir: string): boolean {
  return existsSync(kafkaJarsFolder(jarsDir)) && javaCommand() !== null
}

/**
 * How to run Kafka; writes its settings and formats its folder where that was not done yet.
 * @throws PipelineError `setup_failed` when it cannot be formatted.
 */
export async function kafkaSpec(options: KafkaOptions): Promise<ProcessSpec> {
  const { dataDir, jarsDir, port } = options
  const folder = join(dataDir, 'kafka')
  const logFolder = join(folder, 'log')
  mkdirSync(logFolder, { recursive: true, mode: 0o700 })
  const settingsFile = join(folder, 'server.properties')
  writeFileWhole(settingsFile, renderSettings(kafkaSettings(options, logFolder)))
  const program = kafkaProgram(jarsDir, join(dataDir, 'logs', 'kafka.log'))
  if (!existsSync(join(logFolder, 'meta.properties'))) {
    await formatKafka(program, settingsFile, ['--standalone', '-t', clusterId()])
  }
  return {
    name: 'kafka',
    command: program.command,
    args: ['-Xmx512m', '-XX:+UseSerialGC', ...program.java, 'kafka.Kafka', settingsFile],
    environment: inheritedEnvironment(),
    lifeline: 'none',
    output: 'text',
    isServer: true,
    beforeStart: () => removeEmptySnapshots(logFolder),
    isReady: () => isListening(port),
    stopLimitMs: 5000,
  }
}

/**
 * Removes snapshots of producer state that a full disk left empty: Kafka 4.3 ends at every start over
 * one in its metadata log, and makes it anew from the log when it is missing.
 */
export function removeEmptySnapshots(logFolder: string): void {
  for (const entry of readdirSync(logFolder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const isSnapshot = entry.isFile() && entry.name.endsWith('.snapshot')
    if (isSnapshot && statSync(path).size === 0) rmSync(path, { force: true })
  }
}

/**
 * A single node: replication factors left at their default of 3 break groups and transactions, and
 * fewer partitions of internal topics mean fewer files and a faster start. Metadata is not written
 * to while nothing happens, which would cost CPU at rest.
 */
export function kafkaSettings(
  { port, controllerPort }: Pick<KafkaOptions, 'port' | 'controllerPort'>,
  logFolder: string,
): Readonly<Record<string, string | number | boolean>> {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': logFolder,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    'metadata.max.idle.interval.ms': 0,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    // A record of 1 MiB and its envelope pass the broker; the consumers judge what is too large.
    'message.max.bytes': 2 * 1024 * 1024,
  }
}

/** As a file of properties. */
export function renderSettings(settings: ReturnType<typeof kafkaSettings>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** What every program of Kafka is run with. */
export interface KafkaProgram {
  readonly command: string
  /** Arguments before the name of the program. */
  readonly java: readonly string[]
}

export function kafkaProgram(jarsDir: string, logFile: string): KafkaProgram {
  return {
    command: javaCommand() ?? 'java',
    java: [
      '-cp',
      join(kafkaJarsFolder(jarsDir), '*'),
      `-Dlog4j2.configurationFile=${log4jConfig}`,
      `-Dkeepsake.log=${logFile}`,
    ],
  }
}

/** Formats the folder that the settings name. @throws PipelineError `setup_failed`. */
export async function formatKafka(
  { command, java }: KafkaProgram,
  settingsFile: string,
  options: readonly string[],
): Promise<void> {
  const args = ['format', '--ignore-formatted', '-c', settingsFile, ...options]
  try {
    await promisify(execFile)(command, [...java, 'kafka.tools.StorageTool', ...args], {
      env: inheritedEnvironment(),
    })
  } catch (error) {
    throw new PipelineError('setup_failed', `Kafka cannot be set up: ${messageOf(error)}`, error)
  }
}

/** 16 random bytes; Kafka's tool would take a leading dash for an option. */
export function clusterId(): string {
  return randomBytes(16).toString('base64url').replace(/^-/, 'A')
}

/** The `java` that would run Kafka; null where there is none. */
export function javaCommand(): string | null {
  const { JAVA_HOME: home, PATH: path = '' } = inheritedEnvironment()
  const folders = home === undefined ? path.split(delimiter) : [join(home, 'bin')]
  return folders.map((folder) => join(folder, 'java')).find((file) => existsSync(file)) ?? null
}

/** Whether somebody takes a connection there. */
export function isListening(
  port: number,
  host = '127.0.0.1',
  timeout = CONNECT_TIMEOUT_MS,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout })
    const settle = (listening: boolean): void => {
      socket.destroy()
      resolve(listening)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
  })
}
