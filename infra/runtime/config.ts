// The one place that reads the environment: every process asks for its groups of variables, and all faults are told at once.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { messageOf } from './errors.ts'

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port, 0 to 65535')
  .transform(Number)
  .refine((number) => number <= 65_535, 'must be a port, 0 to 65535')

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
const file = z.string().min(1, 'must be the path of a file')
const folder = z.string().min(1, 'must be the path of a folder')
const text = z.string().min(1, 'must not be empty')

/** The repository's own, wherever the process was started. */
export const defaultPolicyFile = fileURLToPath(new URL('../policy.json', import.meta.url))
const policyFile = file.default(defaultPolicyFile).transform((path) => resolve(path))

function whole(least: number, most: number): z.ZodType<number, string> {
  const error = `must be a whole number, ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,12}$/, error)
    .transform(Number)
    .refine((number) => number >= least && number <= most, error)
}

/** Size of the simulated platform; what is not set is as a former start had it, or the default. */
const simulation = {
  SIMULATOR_SEED: text.optional(),
  SIMULATOR_EVENTS: whole(1000, 1e9).optional(),
  SIMULATOR_DAYS: whole(3, 365).optional(),
  SIMULATOR_VIDEOS: whole(40, 60_000).optional(),
  SIMULATOR_CREATORS: whole(8, 20_000).optional(),
  SIMULATOR_VIEWERS: whole(100, 1e7).optional(),
}

/** How often the sealer passes: what is published is at most this much later than what is stored. */
const passMs = whole(500, 60_000).default(5000)

const brokers = text.transform((list) => list.split(',').map((broker) => broker.trim()))

/** Each group of variables: what a process that names it reads. */
const groups = {
  common: z.object({
    KEEPSAKE_DATA_DIR: text.default('.keepsake').transform((path) => resolve(path)),
    LOG_LEVEL: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .default('info'),
    OPS_PORT: port.default(0),
  }),
  kafka: z.object({
    KAFKA_BROKERS: brokers,
    KAFKA_CA_FILE: file.optional(),
    KAFKA_USER: text.optional(),
    KAFKA_PASSWORD_FILE: file.optional(),
  }),
  vault: z.object({ VAULT_URL: httpUrl, VAULT_USER: text, VAULT_PASSWORD_FILE: file }),
  rollups: z.object({ ROLLUPS_URL: httpUrl, ROLLUPS_USER: text, ROLLUPS_PASSWORD_FILE: file }),
  /** The saves API has two users of the vault: one that writes, and one that sees a single list. */
  saves_reader: z.object({ SAVES_READER_USER: text, SAVES_READER_PASSWORD_FILE: file }),
  auth: z
    .object({
      AUTH_JWKS_URL: httpUrl.optional(),
      AUTH_JWKS_FILE: file.optional(),
      AUTH_ISSUER: text,
      AUTH_AUDIENCE: text,
    })
    .refine((auth) => (auth.AUTH_JWKS_URL === undefined) !== (auth.AUTH_JWKS_FILE === undefined), {
      path: ['AUTH_JWKS_URL'],
      error: 'either this or AUTH_JWKS_FILE must be set, not both',
    }),
  issuer: z.object({ AUTH_ISSUER_KEY_FILE: file, AUTH_ISSUER: text, AUTH_AUDIENCE: text }),
  collector: z.object({ COLLECTOR_PORT: port.default(8081) }),
  saves: z.object({ SAVES_PORT: port.default(8082), PAGE_TOKEN_KEY_FILE: file }),
  reports: z.object({ REPORTS_PORT: port.default(8080), PAGE_TOKEN_KEY_FILE: file }),
  pseudonyms: z.object({ PSEUDONYM_KEY_FILE: file }),
  /** Who guards numbers, and who says how much noise they bear. */
  policy: z.object({ POLICY_FILE: policyFile }),
  /** Who draws the noise: a folder with a key for each day. */
  noise: z.object({ NOISE_KEYS_DIR: folder.transform((path) => resolve(path)) }),
  sealer: z.object({ SEALER_PASS_MS: passMs }),
  erasures: z.object({ ERASURE_KEY_FILE: file }),
  simulator: z.object({ COLLECTOR_URL: httpUrl, ...simulation }),
  /** What `npm start` and the command line read; servers are optional since they can be local. */
  platform: z.object({
    KAFKA_BROKERS: brokers.optional(),
    KAFKA_CA_FILE: file.optional(),
    KAFKA_USER: text.optional(),
    KAFKA_PASSWORD_FILE: file.optional(),
    /** A file for each process, named like it: the password of its own Kafka user. */
    KAFKA_PASSWORDS_DIR: folder.optional(),
    VAULT_URL: httpUrl.optional(),
    ROLLUPS_URL: httpUrl.optional(),
    AUTH_JWKS_URL: httpUrl.optional(),
    AUTH_JWKS_FILE: file.optional(),
    AUTH_ISSUER: text.default('keepsake-local'),
    AUTH_AUDIENCE: text.default('keepsake'),
    COLLECTOR_PORT: port.default(8081),
    SAVES_PORT: port.default(8082),
    REPORTS_PORT: port.default(8080),
    POLICY_FILE: policyFile,
    NOISE_KEYS_DIR: folder.transform((path) => resolve(path)).optional(),
    SEALER_PASS_MS: passMs,
    ...simulation,
    NO_COLOR: z.string().optional(),
    /** Set by npm in what it runs. */
    npm_lifecycle_event: text.optional(),
  }),
} as const

type Groups = typeof groups
export type ConfigGroup = keyof Groups
export type Config<G extends ConfigGroup> = { readonly [K in G]: Readonly<z.infer<Groups[K]>> }

/** All faults of the environment: variable, fault, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.join('\n')}`)
    this.faults = faults
  }
}

/**
 * Reads the named groups of variables, `first` before the environment. An empty variable counts as
 * unset.
 * @throws ConfigError with every fault of every group.
 */
export function readConfig<const G extends ConfigGroup>(
  wanted: readonly G[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
  first: Readonly<Record<string, string>> = {},
): Config<G> {
  const given = Object.fromEntries(
    Object.entries({ ...environment, ...first }).filter(
      ([, value]) => value !== undefined && value !== '',
    ),
  )
  const faults: string[] = []
  const entries = wanted.map((group) => {
    const parsed = groups[group].safeParse(given)
    if (!parsed.success) {
      for (const issue of parsed.error.issues) {
        const variable = issue.path.join('.')
        const why = variable in given ? issue.message : 'must be set'
        faults.push(`  ${variable}: ${why}`)
      }
    }
    return [group, parsed.data]
  })
  if (faults.length > 0) throw new ConfigError([...new Set(faults)])
  // The entries were parsed by the very schemas that Config<G> is inferred from.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(entries) as Config<G>
}

/**
 * What can be read of the named groups all the same: variables with a fault count as unset. For
 * `keepsake doctor`, which goes on where a process would end.
 */
export function readConfigAnyway<const G extends ConfigGroup>(
  wanted: readonly G[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { readonly config: Config<G>; readonly faults: readonly string[] } {
  try {
    return { config: readConfig(wanted, environment), faults: [] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const faults = error.faults.map((fault) => fault.trim())
    const bad = new Set(faults.map((fault) => fault.split(':', 1)[0] ?? ''))
    const kept = Object.entries(environment).filter(([name]) => !bad.has(name))
    return { config: readConfig(wanted, Object.fromEntries(kept)), faults }
  }
}

/** Every variable that has an effect. */
export function knownVariables(): ReadonlySet<string> {
  const read = Object.values(groups).flatMap((group) => Object.keys(group.shape))
  return new Set([...read, ...inheritedNames])
}

/** The variables that a `.env` in the current folder sets, with or without effect. */
export function environmentFileVariables(): readonly string[] {
  return existsSync('.env') ? Object.keys(parseEnv(readFileSync('.env', 'utf8'))) : []
}

/** The first line of a secret's file. @throws ConfigError naming the variable, never the content. */
export function readSecret(variable: string, path: string): string {
  try {
    const secret = readFileSync(path, 'utf8').split('\n', 1)[0] ?? ''
    if (secret !== '') return secret
  } catch (error) {
    throw new ConfigError([`  ${variable}: the file cannot be read (${messageOf(error)})`])
  }
  throw new ConfigError([`  ${variable}: the file is empty`])
}

/** Takes over the variables of `.env` in the current folder that are not set yet, where there is one. */
export function loadEnvironmentFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env')
}

const inheritedNames = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_OPTIONS',
  'JAVA_HOME',
] as const

/** What a child process needs of ours besides the variables that are given to it. */
export function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    inheritedNames.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
