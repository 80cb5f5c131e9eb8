// What this machine has to run the servers with: Node, Java, Maven or Kafka's jars, ClickHouse's library, Docker.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inheritedEnvironment } from '../runtime/config.ts'
import { hasContainerRuntime } from '../servers/containers.ts'
import { javaCommand } from '../servers/local-kafka.ts'
import { kafkaJarsFolder } from '../setup/kafka-jars.mjs'
import { fault, ok } from './finding.ts'
import type { Verdict } from './finding.ts'

export interface Machine {
  readonly nodeVersion: string
  /** `linux-x64` and the like. */
  readonly platform: string
  /** What `java -version` says; null where there is no java. */
  readonly javaVersion: string | null
  readonly hasMaven: boolean
  readonly hasJars: boolean
  /** Whether ClickHouse's library could be loaded. */
  readonly hasLibrary: boolean
  /** Asked for only where something else is missing. */
  readonly hasContainers: boolean
  /** Which servers are named by variables and need nothing here. */
  readonly isKafkaGiven: boolean
  readonly isClickhouseGiven: boolean
}

const NODE_MAJOR_MIN = 24
const JAVA_MAJOR_MIN = 17
const ANSWER_LIMIT_MS = 5000

const orElsewhere = (variable: string): string => `start Docker, or set ${variable}`

export function judgeMachine(machine: Machine): readonly Verdict[] {
  return [judgeNode(machine), ...judgeKafka(machine), judgeLibrary(machine)]
}

function judgeNode({ nodeVersion }: Machine): Verdict {
  const version = nodeVersion.replace('v', '')
  return Number.parseInt(version, 10) >= NODE_MAJOR_MIN
    ? ok(`Node ${version}`)
    : fault(
        `Node ${version} is too old: keepsake runs on ${NODE_MAJOR_MIN} or newer`,
        'Call commands by npm, which puts the Node of this checkout first, or install a newer one.',
      )
}

function judgeKafka(machine: Machine): readonly Verdict[] {
  const { javaVersion, hasMaven, hasJars, hasContainers } = machine
  if (machine.isKafkaGiven) return [ok('Java is not needed: KAFKA_BROKERS names a cluster')]
  const isFit = javaVersion !== null && majorOf(javaVersion) >= JAVA_MAJOR_MIN
  if (!isFit || (!hasJars && !hasMaven)) {
    const lack =
      javaVersion === null
        ? 'Java was not found'
        : isFit
          ? "Maven was not found, which gets Kafka's jars"
          : `Java ${javaVersion} is too old: Kafka runs on ${JAVA_MAJOR_MIN} or newer`
    if (hasContainers) return [ok(`${lack}; Docker runs Kafka in its place`)]
    return [
      fault(
        lack,
        'Install it (Debian: apt install openjdk-17-jre-headless maven; macOS: brew install ' +
          `openjdk@17 maven), or ${orElsewhere('KAFKA_BROKERS')}.`,
      ),
    ]
  }
  const jars = hasJars ? "Kafka's jars are here" : "Maven gets Kafka's jars at the first start"
  return [ok(`Java ${javaVersion}`), ok(jars)]
}

function judgeLibrary(machine: Machine): Verdict {
  const { hasLibrary, hasContainers, platform, isClickhouseGiven } = machine
  if (hasLibrary) return ok(`ClickHouse's library for ${platform} loads`)
  if (isClickhouseGiven) {
    return ok("ClickHouse's library is not needed: VAULT_URL and ROLLUPS_URL name servers")
  }
  const lack = `ClickHouse's library cannot be loaded on ${platform}`
  if (hasContainers) return ok(`${lack}; Docker runs ClickHouse in its place`)
  return fault(
    lack,
    'Run `npm ci` again (it runs on Linux with glibc and on macOS), or ' +
      `${orElsewhere('VAULT_URL and ROLLUPS_URL')}.`,
  )
}

/** 17 of `17.0.15`; 8 of `1.8.0_412`. */
function majorOf(version: string): number {
  const [first = '0', second = '0'] = version.split('.')
  return Number(first === '1' ? second : first)
}

export async function readMachine(
  dataDir: string,
  given: Pick<Machine, 'isKafkaGiven' | 'isClickhouseGiven'>,
): Promise<Machine> {
  const [javaVersion, hasLibrary] = await Promise.all([readJavaVersion(), canLoadLibrary()])
  const machine = {
    ...given,
    nodeVersion: process.version,
    platform: `${process.platform}-${process.arch}`,
    javaVersion,
    hasLibrary,
    hasMaven: isOnPath('mvn'),
    hasJars: existsSync(kafkaJarsFolder(dataDir)),
    hasContainers: false,
  }
  const lacks = judgeMachine(machine).some(({ level }) => level === 'fault')
  return lacks ? { ...machine, hasContainers: await hasContainerRuntime() } : machine
}

async function readJavaVersion(): Promise<string | null> {
  const command = javaCommand()
  if (command === null) return null
  const output = await run(command, ['-version'])
  return /version "([^"]+)"/.exec(output ?? '')?.[1] ?? null
}

async function canLoadLibrary(): Promise<boolean> {
  const probe = fileURLToPath(new URL('./load-library.mjs', import.meta.url))
  return (await run(process.execPath, [probe])) !== null
}

/** What a command printed; null when it failed. */
async function run(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const options = { env: inheritedEnvironment(), timeout: ANSWER_LIMIT_MS }
    const { stdout, stderr } = await promisify(execFile)(command, [...args], options)
    return `${stdout}${stderr}`
  } catch {
    return null
  }
}

function isOnPath(name: string): boolean {
  const { PATH: path = '' } = inheritedEnvironment()
  return path.split(delimiter).some((folder) => existsSync(join(folder, name)))
}
