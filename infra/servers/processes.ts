// Our own processes as data: where each one's main is, and which addresses, credentials and keys it is given; never more.
import type { ClickhouseServer, clickhouseUsers } from '../clickhouse/users.ts'
import { issuerKeyFile } from '../runtime/local-keys.ts'
import type { LocalKey } from '../runtime/local-keys.ts'
import type { GroundAddresses } from './ground.ts'
import type { KafkaCredentials } from './kafka-credentials.ts'

/** Ports that clients use. */
export interface ServicePorts {
  readonly collector: number
  readonly saves: number
  readonly reports: number
}

/** What environments are made of. */
export interface EnvironmentSource {
  readonly dataDir: string
  readonly ground: GroundAddresses
  readonly ports: ServicePorts
  /** Credentials of a Kafka that asks for them, by the name of the process. */
  readonly kafkaCredentials: (process: string) => KafkaCredentials
  /** Who signs tokens: AUTH_*. */
  readonly auth: Readonly<Record<string, string>>
  /** SIMULATOR_* variables. */
  readonly simulation: Readonly<Record<string, string>>
  readonly passwordFile: (server: ClickhouseServer, user: string) => string
  readonly keyFile: (key: LocalKey) => string
  readonly policyFile: string
  readonly noiseKeysDir: string
  readonly sealerPassMs: number
}

type Need = (from: EnvironmentSource, process: string) => Readonly<Record<string, string>>

export interface ServiceProcess {
  readonly name: string
  /** From the root of the checkout. */
  readonly main: string
  /** Which of the client ports it listens on. */
  readonly port?: keyof ServicePorts
  readonly needs: readonly Need[]
  /** Half its young generation in MB, where the small one of all others would cost too much time. */
  readonly youngMb?: number
}

type UserOf<S extends ClickhouseServer> = Extract<
  (typeof clickhouseUsers)[number],
  { readonly server: S }
>['name']

const kafka: Need = ({ ground, kafkaCredentials }, process) => ({
  KAFKA_BROKERS: ground.kafkaBrokers,
  ...kafkaCredentials(process),
})

const vaultAs =
  (user: UserOf<'vault'>): Need =>
  ({ ground, passwordFile }) => ({
    VAULT_URL: ground.vaultUrl,
    VAULT_USER: user,
    VAULT_PASSWORD_FILE: passwordFile('vault', user),
  })

const rollupsAs =
  (user: UserOf<'rollups'>): Need =>
  ({ ground, passwordFile }) => ({
    ROLLUPS_URL: ground.rollupsUrl,
    ROLLUPS_USER: user,
    ROLLUPS_PASSWORD_FILE: passwordFile('rollups', user),
  })

const savesReader: Need = ({ passwordFile }) => ({
  SAVES_READER_USER: 'saves_reader',
  SAVES_READER_PASSWORD_FILE: passwordFile('vault', 'saves_reader'),
})

const callers: Need = ({ auth }) => auth

const pseudonyms: Need = ({ keyFile }) => ({ PSEUDONYM_KEY_FILE: keyFile('pseudonyms') })

const erasures: Need = ({ keyFile }) => ({ ERASURE_KEY_FILE: keyFile('erasures') })

const pageTokens: Need = ({ keyFile }) => ({ PAGE_TOKEN_KEY_FILE: keyFile('page-tokens') })

const policy: Need = ({ policyFile }) => ({ POLICY_FILE: policyFile })

const noise: Need = ({ noiseKeysDir }) => ({ NOISE_KEYS_DIR: noiseKeysDir })

const pace: Need = ({ sealerPassMs }) => ({ SEALER_PASS_MS: String(sealerPassMs) })

const simulator: Need = ({ dataDir, auth, ports, ...from }) => ({
  ...auth,
  AUTH_ISSUER_KEY_FILE: issuerKeyFile(dataDir),
  COLLECTOR_URL: `http://127.0.0.1:${ports.collector}`,
  ...from.simulation,
})

/** Everything but the simulator, in the order of an event's walk. */
export const serviceProcesses: readonly ServiceProcess[] = [
  {
    name: 'collector',
    main: 'producers/collector/main.ts',
    port: 'collector',
    needs: [kafka, callers],
  },
  {
    name: 'facts',
    main: 'consumers/facts/main.ts',
    needs: [kafka, vaultAs('facts_writer'), pseudonyms, erasures],
  },
  { name: 'saves', main: 'consumers/saves/main.ts', needs: [kafka, vaultAs('saves_writer')] },
  {
    name: 'notifications',
    main: 'consumers/notifications/main.ts',
    needs: [kafka, rollupsAs('notifications_writer')],
  },
  {
    name: 'sealer',
    main: 'consumers/sealer/main.ts',
    needs: [kafka, vaultAs('sealer'), rollupsAs('sealer'), policy, noise, pace],
  },
  {
    name: 'saves-api',
    main: 'queries/saves/main.ts',
    port: 'saves',
    needs: [kafka, vaultAs('saves_writer'), savesReader, callers, pageTokens],
  },
  {
    name: 'reports',
    main: 'queries/reports/main.ts',
    port: 'reports',
    needs: [rollupsAs('reports_reader'), callers, pageTokens, policy],
  },
]

/** Tells of its readiness when the history that it makes up has been sent. */
export const simulatorProcess: ServiceProcess = {
  name: 'simulator',
  main: 'producers/simulator/main.ts',
  needs: [kafka, simulator],
  // Millions of short-lived objects in its first half minute: 16 instead of 27 us an event.
  youngMb: 16,
}

/** All that a process finds in its environment besides what every process needs of the machine. */
export function environmentOf(
  service: ServiceProcess,
  from: EnvironmentSource,
): Readonly<Record<string, string>> {
  const given = Object.assign({}, ...service.needs.map((need) => need(from, service.name)))
  if (service.port === undefined) return given
  return { ...given, [portVariables[service.port]]: String(from.ports[service.port]) }
}

export const portVariables = {
  collector: 'COLLECTOR_PORT',
  saves: 'SAVES_PORT',
  reports: 'REPORTS_PORT',
} as const satisfies Record<keyof ServicePorts, string>
