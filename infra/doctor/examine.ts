// The whole examination: every family of checks at once, each within its time, told in the order of the sections.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import { environmentFileVariables, knownVariables, readConfigAnyway } from '../runtime/config.ts'
import type { Config } from '../runtime/config.ts'
import { messageOf } from '../runtime/errors.ts'
import { noiseKeysDir } from '../runtime/local-keys.ts'
import { policyFaults } from '../runtime/policy.ts'
import { meansOfThisMachine } from '../servers/ground.ts'
import type { ServerName, ServerSource } from '../servers/ground.ts'
import { kafkaPrincipals } from '../servers/kafka-principals.ts'
import { readPlatformState } from '../servers/platform-state.ts'
import type { PlatformState } from '../servers/platform-state.ts'
import { isLocalIssuer } from '../servers/token-issuer.ts'
import { lookAtProcess } from '../status/process-views.ts'
import { askClickhouse } from './ask-clickhouse.ts'
import type { ClickhouseAnswer } from './ask-clickhouse.ts'
import { askKafka } from './ask-kafka.ts'
import type { KafkaAnswer } from './ask-kafka.ts'
import { judgeSkew } from './clocks.ts'
import { judgeConfiguration } from './configuration.ts'
import { judgeDataFolder, readDataFolder } from './data-folder.ts'
import { fault, ok, sections } from './finding.ts'
import type { Finding, Section, Verdict } from './finding.ts'
import { judgeMachine, readMachine } from './machine.ts'
import { judgePorts, readPorts } from './ports.ts'
import { judgeProcesses } from './processes.ts'
import { examineSecrets } from './secret-files.ts'
import { chooseTargets, sayWhatWouldStart } from './targets.ts'
import type { Target, Targets } from './targets.ts'

/** Above every limit of a single question, and below what somebody waits for. */
const FAMILY_LIMIT_MS = 7000

interface Examined {
  readonly dataDir: string
  readonly platform: Config<'platform'>['platform']
  readonly faults: readonly string[]
  readonly state: PlatformState | null
  readonly targets: Targets
  readonly clock: Clock
}

/** Looks at everything; reads only, and answers within ten seconds whatever is broken. */
export async function examine(clock: Clock): Promise<readonly Finding[]> {
  const { config, faults } = readConfigAnyway(['common', 'platform'])
  const { common, platform } = config
  const dataDir = common.KEEPSAKE_DATA_DIR
  const state = readPlatformState(dataDir)
  const named = {
    kafka: platform.KAFKA_BROKERS?.join(','),
    vault: platform.VAULT_URL,
    rollups: platform.ROLLUPS_URL,
  }
  const targets = chooseTargets(named, state)
  const examined = { dataDir, platform, faults, state, targets, clock }
  const kafka = examineKafka(examined)
  const vault = examineClickhouse('vault', examined)
  const rollups = examineClickhouse('rollups', examined)
  const families: Readonly<Record<Section, Promise<readonly Verdict[]>>> = {
    machine: readMachine(dataDir, {
      isKafkaGiven: targets.kafka.isGiven,
      isClickhouseGiven: targets.vault.isGiven && targets.rollups.isGiven,
    }).then(judgeMachine),
    configuration: Promise.resolve(examineConfiguration(examined)),
    'data folder': readDataFolder(dataDir).then(judgeDataFolder),
    'keys and secrets': examineSecrets(secretsPlan(examined)),
    ports: readPorts(portsOf(examined), state).then(judgePorts),
    kafka: kafka.then(({ verdicts }) => verdicts),
    vault: vault.then(({ verdicts }) => verdicts),
    rollups: rollups.then(({ verdicts }) => verdicts),
    clocks: examineClocks(kafka, vault, rollups),
    processes: examineProcesses(examined),
  }
  const found = await Promise.all(
    sections.map(async (section) => {
      const verdicts = await withinLimit(section, families[section], clock)
      return verdicts.map((verdict) => ({ section, ...verdict }))
    }),
  )
  return found.flat()
}

/** A check that fails in a way of its own is a finding too, and takes no other with it. */
async function withinLimit(
  section: Section,
  family: Promise<readonly Verdict[]>,
  clock: Clock,
): Promise<readonly Verdict[]> {
  const stop = new AbortController()
  const late = clock
    .sleep(FAMILY_LIMIT_MS, stop.signal)
    .then(() => [
      fault(
        `${section} could not be examined within ${FAMILY_LIMIT_MS / 1000} s`,
        'Run the doctor again; if it stays so, look at what this machine is busy with.',
      ),
    ])
  const failed = (error: unknown): readonly Verdict[] => [
    fault(`${section} could not be examined: ${messageOf(error)}`, 'Mend this first.'),
  ]
  try {
    return await Promise.race([family.catch(failed), late])
  } finally {
    stop.abort()
  }
}

function examineConfiguration({ faults, platform, state }: Examined): readonly Verdict[] {
  const addresses = {
    KAFKA_BROKERS: platform.KAFKA_BROKERS?.join(','),
    VAULT_URL: platform.VAULT_URL,
    ROLLUPS_URL: platform.ROLLUPS_URL,
  }
  return judgeConfiguration({
    faults: [...faults, ...policyFaults(platform.POLICY_FILE)],
    inFile: environmentFileVariables(),
    known: knownVariables(),
    addresses: setOnes(addresses),
    state,
  })
}

function secretsPlan({
  dataDir,
  platform,
  targets,
}: Examined): Parameters<typeof examineSecrets>[0] {
  const { KAFKA_PASSWORD_FILE, KAFKA_CA_FILE, AUTH_JWKS_FILE } = platform
  return {
    dataDir,
    isGiven: { vault: targets.vault.isGiven, rollups: targets.rollups.isGiven },
    isLocalIssuer: isLocalIssuer({
      issuer: platform.AUTH_ISSUER,
      audience: platform.AUTH_AUDIENCE,
      jwksUrl: platform.AUTH_JWKS_URL,
      jwksFile: AUTH_JWKS_FILE,
    }),
    secretVariables: { ...setOnes({ KAFKA_PASSWORD_FILE }), ...passwordsOfPrincipals(platform) },
    publicVariables: setOnes({ KAFKA_CA_FILE, AUTH_JWKS_FILE }),
    noiseKeysDir: platform.NOISE_KEYS_DIR ?? noiseKeysDir(dataDir),
    vaultUrl: targets.vault.address,
  }
}

/** Files of KAFKA_PASSWORDS_DIR that are needed, as far as there is no user of all, or that are there. */
function passwordsOfPrincipals({
  KAFKA_PASSWORDS_DIR: folder,
  KAFKA_USER,
}: Config<'platform'>['platform']): Readonly<Record<string, string>> {
  if (folder === undefined) return {}
  const wanted = kafkaPrincipals.filter(
    ({ name, isOptional }) =>
      existsSync(join(folder, name)) || (KAFKA_USER === undefined && isOptional !== true),
  )
  return Object.fromEntries(
    wanted.map(({ name }) => [`KAFKA_PASSWORDS_DIR/${name}`, join(folder, name)]),
  )
}

function setOnes(
  variables: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const entries = Object.entries(variables)
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function portsOf({ platform }: Examined): Parameters<typeof readPorts>[0] {
  const { COLLECTOR_PORT, SAVES_PORT, REPORTS_PORT } = platform
  return { collector: COLLECTOR_PORT, saves: SAVES_PORT, reports: REPORTS_PORT }
}

async function examineKafka(examined: Examined): Promise<KafkaAnswer> {
  const { platform, targets, clock } = examined
  const { address } = targets.kafka
  if (address === null) return { verdicts: [await notRunning('kafka', examined)], clock: null }
  const remedy = remedyFor('kafka', targets.kafka, examined)
  return askKafka({ brokers: address.split(','), config: platform, remedy, clock })
}

async function examineClickhouse(
  server: 'vault' | 'rollups',
  examined: Examined,
): Promise<ClickhouseAnswer> {
  const { dataDir, targets, clock } = examined
  const url = targets[server].address
  if (url === null) return { verdicts: [await notRunning(server, examined)], skew: null }
  const remedy = remedyFor(server, targets[server], examined)
  const { isGiven } = targets[server]
  return askClickhouse({ server, url, dataDir, isGiven, remedy, clock })
}

function remedyFor(name: ServerName, { isGiven }: Target, { dataDir, state }: Examined): string {
  const variable = { kafka: 'KAFKA_BROKERS', vault: 'VAULT_URL', rollups: 'ROLLUPS_URL' }[name]
  if (isGiven) return `Start that server, or correct ${variable}.`
  const pid = state?.processes.find((each) => each.name === name)?.pid ?? null
  const log = `its log is ${join(dataDir, 'logs', `${name}.log`)}.`
  return pid === null
    ? `It is started again within 2 s; if it stays away: ${log}`
    : `If it stays silent, end it by \`kill -9 ${pid}\`, and it is started again; ${log}`
}

/** What a start would do about a server that nobody named. */
async function notRunning(name: ServerName, { dataDir }: Examined): Promise<Verdict> {
  const means = meansOfThisMachine(dataDir)
  const isLocal = name === 'kafka' ? means.localKafka : means.localClickhouse
  const source: ServerSource | null = isLocal
    ? 'local'
    : (await means.containers())
      ? 'container'
      : null
  const says = sayWhatWouldStart(name, source)
  return source === null ? fault(says, 'Look at what is said of the machine.') : ok(says)
}

async function examineClocks(
  kafka: Promise<KafkaAnswer>,
  ...servers: readonly [Promise<ClickhouseAnswer>, Promise<ClickhouseAnswer>]
): Promise<readonly Verdict[]> {
  const [log, vault, rollups] = await Promise.all([kafka, ...servers])
  const verdicts = [
    ...(log.clock === null ? [] : [log.clock]),
    ...(vault.skew === null ? [] : [judgeSkew('vault', vault.skew)]),
    ...(rollups.skew === null ? [] : [judgeSkew('rollups', rollups.skew)]),
  ]
  return verdicts.length > 0 ? verdicts : [ok('no server answers, so none tells its time')]
}

async function examineProcesses({ dataDir, state }: Examined): Promise<readonly Verdict[]> {
  if (state === null) return [ok('keepsake does not run here; start it with: npm start')]
  const own = state.processes.filter(({ name }) => !['kafka', 'vault', 'rollups'].includes(name))
  const looks = await Promise.all(own.map(lookAtProcess))
  return judgeProcesses(
    looks.map(({ view }) => view),
    join(dataDir, 'logs'),
  )
}
