// `npm start`: the whole platform on this machine, until Ctrl-C.
import { parseArgs } from 'node:util'
import { systemClock } from '../runtime/clock.ts'
import { ConfigError, loadEnvironmentFile, readConfig } from '../runtime/config.ts'
import type { Config } from '../runtime/config.ts'
import { messageOf, PipelineError } from '../runtime/errors.ts'
import { readPolicy } from '../runtime/policy.ts'
import { openPlatform } from '../servers/platform.ts'
import type { Platform, PlatformOptions } from '../servers/platform.ts'
import { isLocalIssuer } from '../servers/token-issuer.ts'
import { isParseError, UsageError } from './command.ts'
import { awaitCounted, awaitHistory } from './start-history.ts'
import { watchForTheEnd } from './start-end.ts'
import { createSteps, screenOf } from './start-steps.ts'
import { renderStartTable } from './start-table.ts'
import { welcome } from './start-welcome.ts'

const help = `usage: npm start -- [options]

Starts Kafka, two ClickHouse servers, every process, and a simulated platform:
28 days of history first, then live events.
  --no-simulator   an empty platform that waits for events
  --fresh          remove the data of former starts first

A simulated platform that is begun anew can have another size:
  --events N       events of the history, about; default 3000000
  --days N         days of history; default 28
  --videos N       default 2000
  --creators N     default 200
  --viewers N      default 100000
  --seed TEXT      another seed, other people; default 1

Ctrl-C stops all of it; the next start continues with the same data. What can be
set is in .env.example.
`

const { stdout } = process
const steps = createSteps(screenOf(stdout), systemClock)

const sizeOptions = {
  events: { type: 'string' },
  days: { type: 'string' },
  videos: { type: 'string' },
  creators: { type: 'string' },
  viewers: { type: 'string' },
  seed: { type: 'string' },
} as const

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      'no-simulator': { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      ...sizeOptions,
    },
  })
  if (values.help) {
    stdout.write(help)
    return
  }
  loadEnvironmentFile()
  const config = readConfig(['common', 'platform'], undefined, sizesOf(values))
  const options = optionsOf(config, values)
  // The processes read it too; here its faults are told before anything is started.
  readPolicy(config.platform.POLICY_FILE)

  const startedAtMs = systemClock.nowMs()
  let platform: Platform | undefined
  const end = watchForTheEnd(config.platform.npm_lifecycle_event !== undefined, {
    clock: systemClock,
    // Whatever is not known here yet, the guard ends.
    atOnce: () => platform?.kill(),
  })
  try {
    await using opened = await openPlatform({ ...options, stop: end.signal })
    platform = opened
    const { issuer, simulation } = options
    const simulated = simulation !== null
    if (simulated) await awaitSimulation(opened, end.signal)
    const table = await steps.step('asking for a first report', () =>
      welcome(opened, { issuer, simulated, clock: systemClock, stop: end.signal }),
    )
    const seconds = ((systemClock.nowMs() - startedAtMs) / 1000).toFixed(1)
    steps.line(`\nkeepsake is up after ${seconds} s\n`)
    for (const line of renderStartTable(table)) steps.line(line)
    const fault = await Promise.race([opened.fault, end.reached])
    steps.line('\nstopping ...')
    if (fault !== undefined) throw fault
  } catch (error) {
    if (!end.signal.aborted) throw error
  } finally {
    end[Symbol.dispose]()
  }
  steps.line('stopped')
}

async function awaitSimulation(platform: Platform, stop: AbortSignal): Promise<void> {
  const wait = { clock: systemClock, stop }
  const failed = platform.fault.then((fault): never => {
    throw fault
  })
  await steps.step('sending the history', (tell) =>
    Promise.race([failed, awaitHistory(platform, { ...wait, tell })]),
  )
  await steps.step('counting it', (tell) =>
    Promise.race([failed, awaitCounted(platform, { ...wait, tell })]),
  )
}

/** Variables that the options of a size stand for. */
function sizesOf(
  values: Readonly<Partial<Record<keyof typeof sizeOptions, string | undefined>>>,
): Record<string, string> {
  return withoutUnset({
    SIMULATOR_EVENTS: values.events,
    SIMULATOR_DAYS: values.days,
    SIMULATOR_VIDEOS: values.videos,
    SIMULATOR_CREATORS: values.creators,
    SIMULATOR_VIEWERS: values.viewers,
    SIMULATOR_SEED: values.seed,
  })
}

function simulationOf(platform: Config<'platform'>['platform']): Record<string, string> {
  const variables = Object.entries(platform).filter(([name]) => name.startsWith('SIMULATOR_'))
  return Object.fromEntries(
    variables.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
}

function optionsOf(
  { common, platform }: Config<'common' | 'platform'>,
  values: { readonly 'no-simulator': boolean; readonly fresh: boolean },
): Omit<PlatformOptions, 'stop'> {
  const issuer = {
    issuer: platform.AUTH_ISSUER,
    audience: platform.AUTH_AUDIENCE,
    jwksUrl: platform.AUTH_JWKS_URL,
    jwksFile: platform.AUTH_JWKS_FILE,
  }
  const given = {
    kafkaBrokers: platform.KAFKA_BROKERS?.join(','),
    vaultUrl: platform.VAULT_URL,
    rollupsUrl: platform.ROLLUPS_URL,
  }
  if (values.fresh && Object.values(given).some((address) => address !== undefined)) {
    throw new UsageError('--fresh removes local data only; servers of others are not touched')
  }
  if (!values['no-simulator'] && !isLocalIssuer(issuer)) {
    throw new UsageError('the simulator signs its own tokens: with AUTH_JWKS_* use --no-simulator')
  }
  return {
    dataDir: common.KEEPSAKE_DATA_DIR,
    ports: {
      collector: platform.COLLECTOR_PORT,
      saves: platform.SAVES_PORT,
      reports: platform.REPORTS_PORT,
    },
    given,
    kafkaAccess: platform,
    issuer,
    policyFile: platform.POLICY_FILE,
    ...(platform.NOISE_KEYS_DIR === undefined ? {} : { noiseKeysDir: platform.NOISE_KEYS_DIR }),
    sealerPassMs: platform.SEALER_PASS_MS,
    simulation: values['no-simulator'] ? null : simulationOf(platform),
    logLevel: common.LOG_LEVEL,
    fresh: values.fresh,
    clock: systemClock,
    tell: ({ from, level, text }) => steps.line(`  ${from}: ${level}: ${text}`),
    step: (title, work) => steps.step(title, work),
  }
}

function withoutUnset(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )
}

try {
  await main()
  process.exit(0)
} catch (error) {
  const known = error instanceof PipelineError || error instanceof ConfigError
  const usage = error instanceof UsageError || isParseError(error)
  const text =
    known || usage ? messageOf(error) : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`\n${text}${usage ? '\nSee: npm start -- --help' : ''}\n`)
  process.exit(1)
}
