// Three brokers: their leaders are killed under load and every acknowledged event counts once; with users, each process does its work and nothing else.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { inheritedEnvironment, readConfig } from '#infra/runtime/config.ts'
import { randomPassword } from '#infra/runtime/secret-files.ts'
import { kafkaPrincipals } from '#infra/servers/kafka-principals.ts'
import { topics } from '#schemas/topics.ts'
import { startTraffic } from '../../support/careful-client.ts'
import { createEventMaker } from '../../support/events.ts'
import { openKafkaCluster } from '../../support/kafka-cluster.ts'
import { openKafkaUsers } from '../../support/kafka-users.ts'
import { call, eventually } from '../../support/client.ts'
import { openOwnPlatform } from '../../support/own-platform.ts'
import type { OwnPlatform } from '../../support/own-platform.ts'
import { expectEqual } from './journal-equality.ts'
import { killLeader } from './leader-kills.ts'
import type { UnderLoad } from './leader-kills.ts'

/** The long run is LEADER_KILLS=5. */
const kills = Number(process.env['LEADER_KILLS'] ?? 2)
const creator = '870001'
const videos = Array.from({ length: 12 }, (_, index) => 8_700_010 + index)
const { common } = readConfig(['common'])
const jarsDir = common.KEEPSAKE_DATA_DIR

function openFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'keepsake-brokers-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What a command printed that ended with a code. */
function stdoutOf(error: unknown): string {
  return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
}

function say(title: string, facts: unknown): void {
  process.stderr.write(`${title}: ${JSON.stringify(facts)}\n`)
}

/** Kills leaders one after the other under traffic, and holds all of it against its journal. */
async function withstand(
  { cluster, own }: Omit<UnderLoad, 'traffic'>,
  leaders: readonly number[],
): Promise<void> {
  await own.catalogue(creator, videos)
  await cluster.awaitWhole()
  const { collectorUrl, savesUrl } = own.platform
  const place = { collectorUrl, savesUrl, token: own.token }
  const traffic = await startTraffic({ ...place, creator, videos, seed: 6 })
  for (const kill of leaders) say('recovered', await killLeader(kill, { cluster, own, traffic }))
  await traffic.stop()
  const stoppedAtMs = Date.now()
  const { journal } = traffic
  await expectEqual(own, journal, videos)
  say('equal', {
    events: journal.acts.length,
    requests: journal.acknowledged,
    sent_again: Object.fromEntries(journal.again),
    longest_ms: journal.longestMs,
    lists: journal.saved.size,
    equal_after_ms: Date.now() - stoppedAtMs,
    notices: own.notices,
  })
  expect(journal.acts.length).toBeGreaterThan(1000 * leaders.length)
}

/** Names of processes that ended and were started again. */
function startedAgain({ platform }: OwnPlatform): readonly string[] {
  return [...platform.processes].flatMap(([name, { restarts }]) => (restarts > 0 ? [name] : []))
}

test(`${kills} leaders killed under load: every acknowledged event counts once`, async () => {
  await using stack = new AsyncDisposableStack()
  const folder = openFolder(stack)
  const cluster = stack.use(await openKafkaCluster({ folder: join(folder, 'cluster'), jarsDir }))
  const given = { kafkaBrokers: cluster.brokers }
  const own = stack.use(await openOwnPlatform({ dataDir: join(folder, 'data'), jarsDir, given }))
  await withstand({ cluster, own }, [...Array(kills).keys()])
  // Who lives on without a broker is not started again; the sealer was killed, and took over once.
  expect(startedAgain(own)).toEqual(kills > 1 ? ['sealer'] : [])
  expect(own.platform.processes.get('sealer')?.restarts).toBe(kills > 1 ? 1 : 0)
}, 600_000)

test('over SASL_SSL each process does its work under its own name, and nothing else', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = openFolder(stack)
  const users = Object.fromEntries(
    ['admin', ...kafkaPrincipals.map(({ name }) => name)].map((name) => [name, randomPassword()]),
  )
  const passwordsDir = join(folder, 'passwords')
  mkdirSync(passwordsDir, { mode: 0o700 })
  for (const [name, password] of Object.entries(users)) {
    writeFileSync(join(passwordsDir, name), `${password}\n`, { mode: 0o600 })
  }
  const cluster = stack.use(
    await openKafkaCluster({ folder: join(folder, 'cluster'), jarsDir, users }),
  )
  const caFile = cluster.caFile ?? ''
  const dataDir = join(folder, 'data')
  const keepsake = async (
    variables: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<string> => {
    const env = { ...inheritedEnvironment(), KEEPSAKE_DATA_DIR: dataDir, ...variables }
    const program = ['infra/cli/keepsake.ts', ...args]
    return (await promisify(execFile)(process.execPath, program, { env })).stdout
  }

  const admin = {
    KAFKA_BROKERS: cluster.brokers,
    KAFKA_CA_FILE: caFile,
    KAFKA_USER: 'admin',
    KAFKA_PASSWORD_FILE: join(passwordsDir, 'admin'),
  }
  /** Another broker than the one that took a rule may answer, and learns of it a moment later. */
  const eventuallySays = async (wanted: RegExp, ...options: readonly string[]): Promise<void> =>
    eventually(`acls ${options.join(' ')}`, async () => {
      const text = await keepsake(admin, 'acls', ...options)
      return wanted.test(text) ? { found: undefined } : { seen: text }
    })
  expect(await keepsake(admin, 'acls', '--apply')).toMatch(/: [1-9]\d* given now, 0 were there\n$/)
  await eventuallySays(/: 0 given now, [1-9]\d* were there\n$/, '--apply')
  const kafka = stack.use(openKafkaUsers({ cluster, users }))
  const more = { user: 'facts', resource: 'topic', name: 'dead.v1', operation: 'Read' } as const
  await kafka.as('admin').access.allow([{ ...more, pattern: 'literal' }])
  await eventuallySays(
    /^1 beyond .* taken back:\n {2}facts: Read topic dead\.v1$/m,
    '--apply',
    '--remove',
  )
  await eventuallySays(/ were there\n$/, '--apply')

  const own = stack.use(
    await openOwnPlatform({
      dataDir,
      jarsDir,
      given: { kafkaBrokers: cluster.brokers },
      kafkaAccess: { KAFKA_CA_FILE: caFile, KAFKA_PASSWORDS_DIR: passwordsDir },
    }),
  )
  await withstand({ cluster, own }, [0])
  expect(startedAgain(own)).toEqual([])

  await doTheRest(own)
  // Records that facts has to refuse; the collector has refused an event. The operator imports.
  await kafka.write('simulator', topics.engagement.name)
  await kafka.write('operator', topics.engagement.name)
  const written = { notifications: 1n, imports: 1n, creators: 1n, dead: 3n } as const
  for (const [key, records] of Object.entries(written)) {
    await eventually(`records of ${key}`, async () => {
      const [end] = await kafka.as('operator').offsetsOf(`${key}.v1`)
      const seen = end?.high ?? 0n
      return seen >= records ? { found: true } : { seen: String(seen) }
    })
  }
  const operator = {
    KAFKA_BROKERS: cluster.brokers,
    KAFKA_CA_FILE: caFile,
    KAFKA_PASSWORDS_DIR: passwordsDir,
    COLLECTOR_PORT: '0',
    SAVES_PORT: '0',
    REPORTS_PORT: '0',
  }
  expect(await keepsake(operator, 'doctor')).toContain(
    `all ${Object.keys(topics).length} topics have the partitions and`,
  )
  expect(await keepsake(operator, 'status')).toMatch(/notifications/)
  const as = { ...operator, KAFKA_USER: 'facts', KAFKA_PASSWORD_FILE: join(passwordsDir, 'facts') }
  const asFacts = keepsake({ ...as, KAFKA_PASSWORDS_DIR: '' }, 'doctor', '--json').catch(stdoutOf)
  expect(await asFacts).toMatch(/refuses us: .*authoriz/)

  const { engagement, videos: catalogue, touched, takeovers } = topics
  const refused = [
    ['facts', 'writes', catalogue],
    ['saves-api', 'writes', touched],
    ['saves-api', 'reads', touched],
    ['sealer', 'writes', engagement],
    // In a group that it may read with.
    ['collector', 'reads', engagement, 'table-videos.v1-test'],
    ['simulator', 'makes', { name: 'another.v1' }],
    ['operator', 'allows', engagement],
  ] as const
  for (const [user, attempt, { name }, group] of refused) {
    const outcome = await kafka.refusal(user, attempt, name, group)
    expect([user, attempt, name, outcome]).toEqual([user, attempt, name, 'log_refused'])
  }
  // Nobody coordinates for these: kafkajs keeps to itself that a broker refused them.
  expect(await kafka.refusal('saves', 'reads', engagement.name, 'facts')).toBe('log_unreachable')
  expect(await kafka.refusal('facts', 'fences', takeovers.name)).toBe('log_unreachable')
}, 600_000)

/** What traffic of events and saves leaves out: each topic that a process writes gets a record. */
async function doTheRest({ platform, token }: OwnPlatform): Promise<void> {
  const send = async (method: string, path: string, body: unknown, scope: string) => {
    const url = `${platform.collectorUrl}${path}`
    return (await call(method, url, { token: await token('test', [scope]), body })).status
  }
  const [original, derived] = [8_700_098, 8_700_099]
  const video = { published_at: '2026-01-01T00:00:00Z', duration_ms: 9000, title: 'a video' }
  const stitch = {
    ...video,
    creator_id: '870002',
    kind: 'stitch',
    original_video_id: `${original}`,
  }
  const { make } = createEventMaker(61)
  const at = { user: 870_002, video: original, creator, atMs: Date.now() - 1000 }
  const event = make('stitch', at, { derived_video_id: `${derived}` })
  const import_ = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }
  expect([
    await send('PUT', '/v1/creators/870001', { handle: 'one', time_zone: 'UTC' }, 'videos:write'),
    await send('PUT', `/v1/videos/${original}`, { ...video, creator_id: creator }, 'videos:write'),
    await send('PUT', `/v1/videos/${derived}`, stitch, 'videos:write'),
    await send('POST', '/v1/imports', import_, 'events:backfill'),
    await send('POST', '/v1/events', { events: [event, { type: 'view' }] }, 'events:write'),
  ]).toEqual([200, 201, 201, 201, 202])
}
