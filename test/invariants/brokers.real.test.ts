// Three brokers: their leaders are killed under load and every acknowledged event is counted once; with users, each process does its work and nothing else.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig } from '#infra/runtime/config.ts'
import { utcDay } from '../support/events.ts'
import { openKafkaCluster } from '../support/kafka-cluster.ts'
import type { KafkaCluster } from '../support/kafka-cluster.ts'
import { call, eventually } from '../support/outside.ts'
import { openOwnPlatform } from '../support/own-platform.ts'
import type { OwnPlatform } from '../support/own-platform.ts'
import { metricNames, tally } from '../support/tally.ts'
import { startTraffic } from './careful-client.ts'
import type { Journal, Traffic } from './careful-client.ts'

/** Enough to see every kind of leader die once; LEADER_KILLS=5 is the long run. */
const kills = Number(process.env['LEADER_KILLS'] ?? 2)
/** Whose leaders are killed in turn; the sealer dies with that of its takeovers, to be fenced anew. */
const targets = ['engagement.v1', 'takeovers.v1', 'touched.v1', '__consumer_offsets', 'videos.v1']
const creator = '870001'
const videos = Array.from({ length: 12 }, (_, index) => 8_700_010 + index)
const { common } = readConfig(['common'])
const jarsDir = common.KEEPSAKE_DATA_DIR

interface Recovery {
  readonly killed: string
  /** Until every partition had another leader. */
  readonly leadersMs: number
  /** Until every client had an acknowledgement again. */
  readonly answeredMs: number
  /** From the broker's start until all replicas were in sync. */
  readonly wholeMs: number
}

async function killLeader(topic: string, { cluster, own, traffic }: Running): Promise<Recovery> {
  const leader = (await cluster.partitions()).find((each) => each.topic === topic)?.leader
  if (leader === undefined) throw new Error(`${topic} has no leader`)
  const killedAtMs = Date.now()
  await cluster.kill(leader)
  const { running = null } = own.platform.processes.get('sealer') ?? {}
  if (topic === 'takeovers.v1' && running !== null) process.kill(running.pid, 'SIGKILL')
  await eventually('other leaders', async () => {
    const led = (await cluster.partitions().catch(() => [])).filter(
      (each) => each.leader === leader,
    )
    return led.length === 0 ? { found: true } : { seen: led.length }
  })
  const leadersMs = Date.now() - killedAtMs
  await eventually('an answer to every client', async () => {
    const { answeredAtMs } = traffic.journal
    // A request that was on its way when the leader died may have been answered before.
    const since = answeredAtMs.filter((atMs) => atMs > killedAtMs + leadersMs)
    return since.length === 4 ? { found: true } : { seen: since.length }
  })
  const answeredMs = Date.now() - killedAtMs
  const startedAtMs = Date.now()
  cluster.start(leader)
  await cluster.awaitWhole()
  return {
    killed: `${topic}, broker ${leader}`,
    leadersMs,
    answeredMs,
    wholeMs: Date.now() - startedAtMs,
  }
}

interface Running {
  readonly cluster: KafkaCluster
  readonly own: OwnPlatform
  readonly traffic: Traffic
}

const rowsSchema = z.array(z.array(z.union([z.string(), z.number(), z.null()])))

/** Published numbers by video equal a tally of the journal, and lists equal the newest acts. */
async function expectEqual(own: OwnPlatform, journal: Journal): Promise<void> {
  const { platform, token } = own
  const analyst = await token('analyst', ['reports:all'])
  const byVideo = Map.groupBy(journal.acts, ({ video }) => video)
  const expected = new Map(
    videos.map((video) => [String(video), Object.values(tally(byVideo.get(video) ?? []))]),
  )
  const query = new URLSearchParams({
    metrics: metricNames.join(),
    dimensions: 'video',
    filters: `video==${videos.join()}`,
    start_date: utcDay(Date.now() - 86_400_000),
    end_date: utcDay(Date.now()),
  })
  await eventually(
    'published numbers equal to the journal',
    async () => {
      const url = `${platform.reportsUrl}/v1/reports?${query.toString()}`
      const { body, status, text } = await call('GET', url, { token: analyst })
      if (status !== 200) return { seen: text }
      const differing = rowsSchema
        .parse(body['rows'])
        .map(([video, ...values]) => ({ video, values, wanted: expected.get(String(video)) }))
        .filter(({ values, wanted }) => JSON.stringify(values) !== JSON.stringify(wanted))
      return differing.length === 0 ? { found: true } : { seen: differing.slice(0, 2) }
    },
    60_000,
  )
  for (const [user, wanted] of journal.saved) {
    const viewer = await token(String(user), ['saves:self'])
    await eventually(`the list of ${user}`, async () => {
      const url = `${platform.savesUrl}/v1/me/saves`
      const { body } = await call('GET', url, { token: viewer })
      const list = z.array(z.object({ video_id: z.string() })).parse(body['saves'])
      const seen = list.map(({ video_id }) => Number(video_id)).toSorted((a, b) => a - b)
      const same = JSON.stringify(seen) === JSON.stringify([...wanted].toSorted((a, b) => a - b))
      return same ? { found: true } : { seen: { seen, wanted: [...wanted] } }
    })
  }
}

function tell(title: string, facts: unknown): void {
  process.stderr.write(`${title}: ${JSON.stringify(facts)}\n`)
}

test(`${kills} leaders killed under load: every acknowledged event counts once`, async () => {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'keepsake-brokers-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const startedAtMs = Date.now()
  const cluster = stack.use(await openKafkaCluster({ folder: join(folder, 'cluster'), jarsDir }))
  const own = stack.use(
    await openOwnPlatform({
      dataDir: join(folder, 'data'),
      jarsDir,
      given: { kafkaBrokers: cluster.brokers },
    }),
  )
  await own.catalogue(creator, videos)
  await cluster.awaitWhole()
  tell('up after ms', Date.now() - startedAtMs)
  const { collectorUrl, savesUrl } = own.platform
  const { token } = own
  const traffic = await startTraffic({ collectorUrl, savesUrl, token, creator, videos, seed: 6 })
  const { journal } = traffic
  for (let kill = 0; kill < kills; kill += 1) {
    const topic = targets[kill % targets.length] ?? ''
    tell('recovered', await killLeader(topic, { cluster, own, traffic }))
  }
  await traffic.stop()
  const stoppedAtMs = Date.now()
  await expectEqual(own, journal)
  tell('equal', {
    events: journal.acts.length,
    requests: journal.acknowledged,
    again: Object.fromEntries(journal.again),
    lists: journal.saved.size,
    equal_after_ms: Date.now() - stoppedAtMs,
    whole_ms: Date.now() - startedAtMs,
    restarts: Object.fromEntries(
      [...own.platform.processes].map(([name, each]) => [name, each.restarts]),
    ),
    notices: own.notices,
  })
  expect(journal.acts.length).toBeGreaterThan(1000 * kills)
}, 600_000)
