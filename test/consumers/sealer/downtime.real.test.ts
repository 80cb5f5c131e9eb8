// A sealer that was away for days closes every quarter and day of them, in little memory, and changes no number.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import {
  catalogue,
  eventually,
  eventuallyRows,
  halt,
  platform,
  report,
  store,
  tokens,
} from '../../support/outside.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'
import { produce } from '../../support/produce.ts'

const creator = '840101'
const videos = [8_401_011, 8_401_012]
const DAY = 86_400_000
const today = Math.floor(Date.now() / DAY) * DAY
const AWAY_DAYS = 5
const VIEWS = 50_000
const MEMORY_MAX = 300e6

const { make } = createEventMaker(84)

function* views() {
  const fromMs = today - AWAY_DAYS * DAY
  for (let index = 0; index < VIEWS; index++) {
    const atMs = fromMs + Math.floor((index / VIEWS) * AWAY_DAYS * DAY)
    yield make('view', { user: 1 + (index % 20_000), video: videos[index % 2] ?? 0, creator, atMs })
  }
}

const lastSchema = z.object({ complete_s: z.number(), people_s: z.number() })

async function lastGeneration(): Promise<z.infer<typeof lastSchema> | undefined> {
  await using rollups = store('rollups', 'reports_reader')
  const [row] = await rollups.rows(
    lastSchema,
    `select toUnixTimestamp(complete_through) as complete_s,
       toUnixTimestamp(people_through) as people_s
     from rollups.generations order by generation desc, finished_at desc limit 1`,
  )
  return row
}

/** Says in the rollups that the last pass was days ago, as it is after a downtime. */
async function fallBehind(): Promise<void> {
  await using admin = store('rollups', 'admin')
  await admin.command(
    `insert into rollups.generations
       (finished_at, generation, watermark, complete_through, people_through)
     select now64(3), max(generation) + 1, now64(3) - interval {days:UInt8} day,
       toDateTime({day:Date}, 'UTC'), toDateTime({day:Date}, 'UTC')
     from rollups.generations`,
    { days: AWAY_DAYS, day: utcDay(today - AWAY_DAYS * DAY) },
  )
  await admin.command(
    `delete from rollups.video_people_days where video_id in (${videos.join(', ')})`,
  )
  await admin.command(`delete from rollups.creator_people_days where creator_id = ${creator}`)
}

async function memoryOfSealer(): Promise<number> {
  const state = readPlatformState(platform.dataDir)
  const port = state?.processes.find(({ name }) => name === 'sealer')?.ops_port
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1])
}

test('days of downtime are caught up, closed and counted, in bounded memory', async () => {
  await catalogue(creator, videos.map(String))
  await produce(views())
  const dates = { start_date: utcDay(today - AWAY_DAYS * DAY), end_date: utcDay(today - DAY) }
  const query = { metrics: 'views,viewers', dimensions: 'video', ...dates }
  const token = await tokens.creator(creator)
  const perVideo = VIEWS / 2
  // Of 20,000 users, each of even or odd number, half are at each video.
  const rows = videos.map((video) => [String(video), perVideo, 10_000])
  await eventuallyRows(token, query, rows, 90_000)
  const before = await report(token, { ...query, dimensions: 'day' })

  const closed = await lastGeneration()
  // It would catch up within its next pass what is said to be behind.
  const pid = await halt('sealer')
  await fallBehind()
  process.kill(pid, 'SIGKILL')
  let memory = 0
  await eventually(
    'all to be closed again',
    async () => {
      memory = Math.max(memory, await memoryOfSealer().catch(() => 0))
      const seen = await lastGeneration()
      const done =
        seen !== undefined &&
        closed !== undefined &&
        seen.complete_s >= closed.complete_s &&
        seen.people_s >= closed.people_s
      return done ? { found: true } : { seen }
    },
    90_000,
  )
  const after = await report(token, { ...query, dimensions: 'day' })
  expect(after.body['rows']).toEqual(before.body['rows'])
  expect(memory).toBeGreaterThan(50e6)
  expect(memory).toBeLessThan(MEMORY_MAX)
}, 240_000)
