// What is missing or other than it should be is found, and said in words: a fact, a published number, records that nobody stored.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { createLog } from '#infra/runtime/log.ts'
import {
  catalogue,
  eventually,
  keepsakeEnd,
  pidOf,
  platform,
  post,
  store,
} from '../../support/outside.ts'
import type { CommandEnd } from '../../support/outside.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'
import { produce } from '../../support/produce.ts'
import { openPulse } from '../../support/pulse.ts'

const creator = '893401'
const videos = [8_934_011, 8_934_012, 8_934_013]
const DAY = 86_400_000
/** Days of this test alone. */
const firstMs = Math.floor(Date.now() / DAY) * DAY - 620 * DAY
const days = ['--from', utcDay(firstMs), '--to', utcDay(firstMs + 2 * DAY)]
const { make } = createEventMaker(87)
const ALL_IS_WELL = '0 holes, 0 differences'

const views = (count: number, fromMs: number, fromUser: number) =>
  Array.from({ length: count }, (_, index) =>
    make('view', {
      user: fromUser + index,
      video: videos[index % videos.length] ?? 0,
      creator,
      atMs: fromMs + index * 20_000,
    }),
  )

/** A day each. */
const sent = [0, 1, 2].map((day) => views(2000, firstMs + day * DAY, 1 + day * 1000))

const verify = (): Promise<CommandEnd> => keepsakeEnd('verify', ...days)

const lastLine = ({ stdout }: CommandEnd): string | undefined => stdout.trim().split('\n').at(-1)

/** Nothing waits any more, and all is equal. */
async function untilSound(): Promise<CommandEnd> {
  return eventually(
    'a sound platform',
    async () => {
      const end = await verify()
      const isDone = end.code === 0 && !end.stdout.includes('left out')
      return isDone && !/numbers: 0 in/.test(end.stdout) ? { found: end } : { seen: end }
    },
    120_000,
  )
}

/** Every pass of the sealer is awaited here, and an idle one looks up four times a minute only. */
let pulse: AsyncDisposable | null = null

afterAll(() => pulse?.[Symbol.asyncDispose]())

beforeAll(async () => {
  await catalogue(creator, videos.map(String))
  pulse = openPulse(creator)
  await produce(sent.flat())
}, 60_000)

test('a sound platform has no holes and no differences', async () => {
  const { stdout, code } = await untilSound()
  expect(code).toBe(0)
  expect(stdout).toMatch(/^offsets: [\d,]+ in 4 partitions, told of by [\d,]+ stored blocks?$/m)
  expect(stdout).toMatch(/^numbers: [\d,]+ in 3 days, 288 quarters$/m)
  expect(stdout).toMatch(/^leaves:  [\d,]+ decided in decisions.v1$/m)
  expect(stdout).toMatch(/^buckets: [\d,]+ decided in decisions.v1$/m)
  expect(stdout.trim().split('\n').at(-1)).toBe(ALL_IS_WELL)
}, 150_000)

test('a fact that is gone shows in the numbers that counted it', async () => {
  await using vault = store('vault', 'admin')
  const atMs = firstMs + DAY + 3_600_000
  const view = sent[1]?.find((each) => each['occurred_at'] === new Date(atMs).toISOString()) ?? {}
  await vault.command(
    `alter table vault.facts delete where occurred_at = fromUnixTimestamp64Milli({ms:Int64}, 'UTC')
       and hex(event_id) = {id:String}
     settings mutations_sync = 2`,
    { ms: atMs, id: idOf(view) },
  )
  const end = await verify()
  expect(end.code).toBe(1)
  const quarter = new Date(atMs).toISOString()
  expect(end.stdout).toMatch(
    new RegExp(
      `^  video ${videos[0]}, video quarters ${quarter}: views is published as \\d+, and \\d+ by facts; engaged_views`,
      'm',
    ),
  )
  expect(end.stdout).toContain(`video people days ${utcDay(atMs)}: viewers is published as`)
  expect(lastLine(end)).toMatch(/^0 holes, [1-9]\d* differences$/)

  // The same event once more: the fact is there again, and the next test waits until it counts.
  await post([view], 1, 'events:backfill')
}, 300_000)

const rowSchema = z.object({ generation: z.string(), start: z.string() })

test('a published row that was changed shows against facts, days and creators', async () => {
  await using rollups = store('rollups', 'admin')
  const [row] = await rollups.rows(
    rowSchema,
    `select toString(max(generation)) as generation, toString(min(quarter)) as start
     from rollups.video_quarters
     where video_id = {video:UInt64} and quarter >= toDateTime({from_s:UInt32}, 'UTC')`,
    { video: videos[1] ?? 0, from_s: firstMs / 1000 },
  )
  const { generation = '0', start = '' } = row ?? {}
  const forged = { video: videos[1] ?? 0, start, generation: (BigInt(generation) + 1n).toString() }
  await eventually('a later generation', async () => {
    const [last] = await rollups.rows(
      z.object({ newest: z.string() }),
      'select toString(max(generation)) as newest from rollups.generations',
    )
    const isLater = BigInt(last?.newest ?? 0) > BigInt(generation)
    return isLater ? { found: true } : { seen: last }
  })
  await rollups.command(
    `insert into rollups.video_quarters (video_id, quarter, views, likes, generation)
     values ({video:UInt64}, {start:DateTime('UTC')}, 100000, 7, {generation:UInt64})`,
    forged,
  )
  try {
    const end = await verify()
    expect(end.code).toBe(1)
    const id = `video ${videos[1]}`
    const at = `${start.replace(' ', 'T')}.000Z`
    for (const line of [
      `  ${id}, video quarters ${at}: views is published as 100000, and .*; likes 7, 0`,
      `  ${id}, video days .* by published numbers; .*; likes 0, 7`,
      `  creator ${creator}, creator quarters ${at}: .*; likes 0, 7`,
    ]) {
      expect(end.stdout).toMatch(new RegExp(`^${line}$`, 'm'))
    }
  } finally {
    await rollups.command(
      `alter table rollups.video_quarters delete
       where video_id = {video:UInt64} and generation = {generation:UInt64}
       settings mutations_sync = 2`,
      forged,
    )
  }
  await untilSound()
}, 300_000)

test('a leaf that is published otherwise than decided, or without a decision, is counted', async () => {
  await using rollups = store('rollups', 'admin')
  const own = { video: videos[0] ?? 0 }
  const leaves = 'rollups.video_leaves'
  const ofVideo = 'video_id = {video:UInt64}'
  await eventually('leaves of its past', async () => {
    const seen = await rollups.rows(
      z.object({ leaf: z.number() }),
      `select leaf from ${leaves} where ${ofVideo} limit 1`,
      own,
    )
    return seen.length > 0 ? { found: true } : { seen }
  })
  await rollups.command(
    `create table rollups.leaves_before engine = Memory as
     select * from ${leaves} final where ${ofVideo}`,
    own,
  )
  try {
    // One with another number, and one more than there are.
    await rollups.command(
      `insert into ${leaves} select * replace (saves + 1 as saves) from rollups.leaves_before where leaf = 1
       union all select * replace (900000 as leaf)
       from (select * from rollups.leaves_before where leaf = 1)`,
    )
    const end = await verify()
    expect(end.code).toBe(1)
    expect(end.stdout).toMatch(/^leaves:  [\d,]+ decided in decisions.v1$/m)
    expect(end.stdout).toMatch(
      /^  1 leaf published otherwise than decided: what is published stands$/m,
    )
    expect(end.stdout).toMatch(/^  1 leaf published and not decided$/m)
    expect(lastLine(end)).toBe('0 holes, 2 differences')
  } finally {
    await rollups.command(
      `alter table ${leaves} delete where ${ofVideo} settings mutations_sync = 2`,
      own,
    )
    await rollups.command(`insert into ${leaves} select * from rollups.leaves_before`)
    await rollups.command('drop table rollups.leaves_before')
  }
  await untilSound()
}, 300_000)

test('a bucket that is published otherwise than decided is counted', async () => {
  await using rollups = store('rollups', 'admin')
  const own = { video: videos[0] ?? 0 }
  const buckets = 'rollups.video_buckets'
  const ofVideo = 'video_id = {video:UInt64}'
  // Nobody has saved it for months: what there is has passed into a pool.
  await eventually('buckets of its past', async () => {
    const seen = await rollups.rows(
      z.object({ bucket: z.number() }),
      `select bucket from ${buckets} where ${ofVideo} and metric = 'saves' limit 1`,
      own,
    )
    return seen.length > 0 ? { found: true } : { seen }
  })
  await rollups.command(
    `create table rollups.buckets_before engine = Memory as
     select * from ${buckets} final where ${ofVideo}`,
    own,
  )
  try {
    await rollups.command(
      `insert into ${buckets}
       select * replace ([1, 2] as gender)
       from rollups.buckets_before where metric = 'saves' and bucket = 1`,
    )
    const end = await verify()
    expect(end.code).toBe(1)
    expect(end.stdout).toMatch(/^buckets: [\d,]+ decided in decisions.v1$/m)
    expect(end.stdout).toMatch(
      /^  1 bucket published otherwise than decided: what is published stands$/m,
    )
    expect(lastLine(end)).toBe('0 holes, 1 difference')
  } finally {
    await rollups.command(
      `alter table ${buckets} delete where ${ofVideo} settings mutations_sync = 2`,
      own,
    )
    await rollups.command(`insert into ${buckets} select * from rollups.buckets_before`)
    await rollups.command('drop table rollups.buckets_before')
  }
  await untilSound()
}, 300_000)

/** Commits what comes in for the facts consumer, while that one hangs, without storing any of it. */
async function loseRecords(send: () => Promise<void>): Promise<void> {
  const pid = pidOf('facts')
  if (pid === null) throw new Error('the facts consumer does not run')
  const log = createLog({ name: 'test', level: 'silent' })
  await using eventLog = openKafkaEventLog({
    log,
    clientId: 'test',
    brokers: [platform.kafkaBrokers],
  })
  const topic = 'engagement.v1'
  const stored = await eventually('the facts consumer without lag', async () => {
    const [committed, ends] = [
      await eventLog.committedOf('facts', topic),
      await eventLog.offsetsOf(topic),
    ]
    const isDone = ends.every(
      ({ partition, low, high }) => (committed.get(partition) ?? low) >= high,
    )
    return isDone ? { found: committed } : { seen: [...committed] }
  })
  process.kill(pid, 'SIGSTOP')
  try {
    const joined = Promise.withResolvers<void>()
    await using consumer = await eventLog.openConsumer({
      group: 'facts',
      topics: [topic],
      onCrash: joined.reject,
      onAssignment: (partitions) => partitions.length > 0 && joined.resolve(),
      async take({ partition, nextOffset }) {
        await consumer.commit([{ topic, partition, offset: nextOffset }])
      },
    })
    await joined.promise
    await send()
    await eventually('the offsets to be committed', async () => {
      const committed = await eventLog.committedOf('facts', topic)
      const ends = await eventLog.offsetsOf(topic)
      const grown = ends.some(({ partition, high }) => high > (stored.get(partition) ?? 0n))
      const isDone = ends.every(
        ({ partition, low, high }) => (committed.get(partition) ?? low) >= high,
      )
      return grown && isDone ? { found: true } : { seen: [...committed] }
    })
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

test('records that were committed and never stored are a hole, which a replay fills', async () => {
  // What is lost is to be ours alone.
  await pulse?.[Symbol.asyncDispose]()
  const fromTime = new Date().toISOString()
  await loseRecords(() => produce(views(1000, firstMs + DAY + 7200_000, 90_000)))
  const end = await verify()
  expect(end.code).toBe(1)
  expect(end.stdout).toMatch(
    /^  partition \d, offsets \d+ to \d+: \d records? committed and in no stored block$/m,
  )
  expect(end.stdout).toContain('keepsake -- replay')
  expect(lastLine(end)).toMatch(/^[12] holes?, 0 differences$/)

  const replayed = await keepsakeEnd('replay', '--from', fromTime)
  expect(replayed).toMatchObject({ code: 3 })
  expect(lastLine(replayed)).toMatch(/^1,000 events read, 1,000 facts new, 0 replaced; .* changed$/)
  // Whoever comes next finds the consumer back in its group and nothing that waits.
  await untilSound()
}, 300_000)

test('a truth is compared by --truth, and a day that is none is refused in words', async () => {
  const truth = await keepsakeEnd('verify', '--truth', 'none.ndjson')
  expect(truth.stderr).toContain('There is no none.ndjson')
  const day = await keepsakeEnd('verify', '--from', '2026-13-01')
  expect(day).toMatchObject({ code: 2 })
  expect(day.stderr).toContain('--from is a date, YYYY-MM-DD')
  const help = await keepsakeEnd('verify', '--help')
  expect(help.stdout).toContain('--truth [FILE]')
})

function idOf(event: Readonly<Record<string, unknown>>): string {
  return String(event['event_id']).replaceAll('-', '').toUpperCase()
}
