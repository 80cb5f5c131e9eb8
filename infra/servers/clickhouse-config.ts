// The configuration of a local ClickHouse server: bounds, users with their grants and limits, and no way in without a password.
import type { ClickhouseProfile, ClickhouseUser } from '../clickhouse/users.ts'

export interface ServerSettings {
  /** Folder of the tables; null: the file lies over that of an image, which knows its own. */
  readonly dataPath: string | null
  readonly httpPort: number
  readonly logFile: string | null
  /** The one folder that backups are written to and read from; null: the server has none. */
  readonly backupsPath: string | null
}

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** Memory of one server, and of one query of each profile: a query that is cut off leaves room for the rest. */
const memoryBytes = {
  server: 2.5 * GIB,
  writer: 1.5 * GIB,
  reader: 768 * MIB,
  analyst: 512 * MIB,
  markCache: 128 * MIB,
} as const

/**
 * Settings of each profile. Readers and analysts cannot change any, since `readonly` is 1. An
 * analyst's limits are of time, memory, rows and rate; the rate is the quota below.
 */
const profiles: Readonly<Record<ClickhouseProfile, Readonly<Record<string, number>>>> = {
  admin: {},
  writer: { max_memory_usage: memoryBytes.writer },
  reader: {
    readonly: 1,
    max_execution_time: 20,
    max_memory_usage: memoryBytes.reader,
  },
  analyst: {
    readonly: 1,
    max_execution_time: 15,
    max_memory_usage: memoryBytes.analyst,
    max_threads: 2,
    max_rows_to_read: 500_000_000,
    max_result_rows: 1_000_000,
    max_concurrent_queries_for_user: 4,
  },
}

/** What an analyst may use in a minute. */
const analystQuota = { duration: 60, queries: 240, execution_time: 60, result_rows: 5_000_000 }

/** The profile of the session that the server itself is. */
const HOST_PROFILE = 'host'

export function renderServerConfig(settings: ServerSettings): string {
  const { dataPath, httpPort, logFile, backupsPath } = settings
  return element('clickhouse', [
    // An image has its own, and a second listen_host would stand beside those that it lists.
    ...(dataPath === null
      ? []
      : [
          leaf('path', `${dataPath}/`),
          leaf('listen_host', '127.0.0.1'),
          leaf('users_config', 'users.xml'),
        ]),
    leaf('http_port', httpPort),
    // The level is read from here by the library and from <logger> by the server.
    leaf('log-level', 'warning'),
    element('logger', [
      leaf('level', 'warning'),
      ...(logFile === null
        ? [leaf('console', 1)]
        : [leaf('log', logFile), leaf('size', '10M'), leaf('count', 2)]),
    ]),
    leaf('max_server_memory_usage', memoryBytes.server),
    leaf('mark_cache_size', memoryBytes.markCache),
    // Looks at its own memory once a second, not twenty times.
    leaf('memory_worker_period_ms', 1000),
    // The library's default of 0 leaves such work undone for ever, silently.
    leaf('background_message_broker_schedule_pool_size', 4),
    leaf('background_distributed_schedule_pool_size', 4),
    leaf('max_backups_io_thread_pool_size', 8),
    ...(backupsPath === null ? [] : [element('backups', [leaf('allowed_path', backupsPath)])]),
  ])
}

export interface UsersFileOptions {
  readonly users: readonly ClickhouseUser[]
  /** SHA-256 of a user's password as hex. */
  readonly passwordHash: (user: ClickhouseUser) => string
  /** Who may connect at all. In a container clients come from outside. */
  readonly clients: 'loopback' | 'any'
  /** Whether the server is the library, whose own session must be the user `default`. */
  readonly embedded: boolean
}

export function renderUsersFile(options: UsersFileOptions): string {
  const { users, embedded } = options
  return element('clickhouse', [
    element('profiles', [
      element('default', []),
      ...Object.entries(profiles).map(([name, settings]) =>
        element(
          name,
          Object.entries(settings).map(([setting, value]) => leaf(setting, value)),
        ),
      ),
      ...(embedded ? [element(HOST_PROFILE, [leaf('max_sessions_for_user', 1)])] : []),
    ]),
    element('quotas', [
      element('default', []),
      element('analyst', [
        element(
          'interval',
          Object.entries(analystQuota).map(([limit, value]) => leaf(limit, value)),
        ),
      ]),
    ]),
    element('users', [
      // Laid over the image's own file, which has a `default` without a password.
      embedded ? hostUser() : '<default remove="remove"/>',
      ...users.map((user) => renderUser(user, options)),
    ]),
  ])
}

/**
 * The library logs itself in as `default`, from the loopback address and without a password; this
 * cannot be changed. One session is all that this user may have, the server's own holds it for as
 * long as it lives, and what it may do is to listen: so nobody else can be `default`.
 */
function hostUser(): string {
  return element('default', [
    element('no_password', []),
    element('networks', [leaf('ip', '127.0.0.1')]),
    leaf('profile', HOST_PROFILE),
    leaf('quota', 'default'),
    element('grants', [leaf('query', 'grant system listen on *.*')]),
  ])
}

function renderUser(user: ClickhouseUser, { passwordHash, clients }: UsersFileOptions): string {
  const { name, profile, grants } = user
  return element(name, [
    leaf('password_sha256_hex', passwordHash(user)),
    element('networks', [leaf('ip', clients === 'any' ? '::/0' : '127.0.0.1')]),
    leaf('profile', profile),
    leaf('quota', profile === 'analyst' ? 'analyst' : 'default'),
    element(
      'grants',
      grants.map((grant) => leaf('query', grant)),
    ),
  ])
}

function element(name: string, children: readonly string[]): string {
  if (children.length === 0) return `<${name}/>`
  const inner = children.join('\n').replaceAll(/^/gm, '  ')
  return `<${name}>\n${inner}\n</${name}>`
}

function leaf(name: string, value: string | number): string {
  return `<${name}>${escapeXml(String(value))}</${name}>`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
