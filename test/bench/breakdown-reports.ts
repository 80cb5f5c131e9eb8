// `node test/bench/breakdown-reports.ts`: how long breakdowns of a creator with many videos take to be answered, over HTTP.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { openClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { runCommand } from '#infra/cli/command.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { breakdownValues } from '#schemas/breakdowns.ts'
import { call, eventually } from '../support/client.ts'
import { utcDay } from '../support/events.ts'
import { openOwnPlatform } from '../support/own-platform.ts'

const help = `usage: node test/bench/breakdown-reports.ts [--videos N] [--days N]

Starts a platform of its own, puts a bucket of viewers a day and video into its
rollups, and asks for breakdowns of the creator. Prints the median of 31 answers in
ms for each question, the report without a breakdown among them.
  --videos N   default 200
  --days N     default 28
`

const DAY_MS = 86_400_000
const CREATOR = '930101'
const FIRST_VIDEO = 9_301_000_001
const ROUNDS = 31
const generationSchema = z.object({ generation: z.string() })

await runCommand(help, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      videos: { type: 'string', default: '200' },
      days: { type: 'string', default: '28' },
    },
  })
  const [videos, days] = [Number(values.videos), Number(values.days)]
  const dataDir = mkdtempSync(join(tmpdir(), 'keepsake-breakdown-reports-'))
  const jarsDir = readConfig(['common']).common.KEEPSAKE_DATA_DIR
  try {
    await using own = await openOwnPlatform({ dataDir, jarsDir })
    const { ground, passwordFile, reportsUrl } = own.platform
    await using rollups = openClickhouseStore({
      url: ground.rollupsUrl,
      user: 'admin',
      password: readFileSync(passwordFile('rollups', 'admin'), 'utf8').trim(),
      application: 'breakdown-reports',
    })
    const fromMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - days * DAY_MS
    const ids = Array.from({ length: videos }, (_, index) => FIRST_VIDEO + index)
    await own.catalogue(CREATOR, ids, fromMs)
    await fill(rollups, { videos, days, fromMs })
    const token = await own.token('bench', ['reports:all'])
    const range = { start_date: utcDay(fromMs), end_date: utcDay(fromMs + (days - 1) * DAY_MS) }
    const ask = (question: Readonly<Record<string, string>>) => {
      const search = new URLSearchParams({ ...range, filters: `creator==${CREATOR}`, ...question })
      return call('GET', `${reportsUrl}/v1/reports?${search.toString()}`, { token })
    }
    await eventually('the creator', async () => {
      const { status, text } = await ask({ metrics: 'viewers', dimensions: 'region' })
      return status === 200 && text.includes('"DE"') ? { found: true } : { seen: text }
    })
    for (const [metrics, dimensions] of [
      ['viewers', 'day'],
      ['viewers', 'region'],
      ['viewers', 'age_band'],
      ['viewers', 'region,day'],
      ['like_rate_viewers', 'region'],
    ] as const) {
      const times: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const began = performance.now()
        await ask({ metrics, dimensions })
        times.push(performance.now() - began)
      }
      const sorted = times.toSorted((a, b) => a - b)
      const [least, median] = [sorted[0], sorted[(ROUNDS - 1) / 2]].map((time) =>
        Math.round(time ?? 0),
      )
      const busy = `${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} cores`
      process.stdout.write(`${JSON.stringify({ metrics, dimensions, least, median, busy })}\n`)
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

interface Filling {
  readonly videos: number
  readonly days: number
  readonly fromMs: number
}

/** A thousand viewers a day and video, all of them in a bucket, and a tenth as many likers. */
async function fill(rollups: ClickhouseStore, { videos, days, fromMs }: Filling): Promise<void> {
  const { generation } = await eventually('a finished pass', async () => {
    const [last] = await rollups.rows(
      generationSchema,
      'select toString(max(generation)) as generation from rollups.generations having count() > 0',
    )
    return last === undefined ? { seen: 'none' } : { found: last }
  })
  const params = {
    videos,
    days,
    from_s: fromMs / 1000,
    first: FIRST_VIDEO,
    creator: CREATOR,
    generation,
  }
  const day = `toDate(toDateTime({from_s:UInt32}, 'UTC')) + number % {days:UInt32}`
  await rollups.insertSelect(
    `insert into rollups.video_people_days (video_id, day, viewers, likers, generation)
     select {first:UInt64} + intDiv(number, {days:UInt32}), ${day}, 1000, 100, {generation:UInt64}
     from numbers({videos:UInt32} * {days:UInt32})`,
    params,
  )
  await rollups.insertSelect(
    `insert into rollups.creator_people_days (creator_id, day, viewers, likers, generation)
     select {creator:UInt64}, ${day}, 1000 * {videos:UInt32}, 100 * {videos:UInt32}, {generation:UInt64}
     from numbers({days:UInt32})`,
    params,
  )
  const cells = Object.entries(breakdownValues).map(([name, { length }]) => {
    const first = name === 'region' ? breakdownValues.region.indexOf('DE') : 1
    return `arrayMap(place -> toInt32(if(place = ${first}, 0.6 * some, if(place = ${first} + 1, 0.4 * some, 0))),
       range(${length})) as ${name}`
  })
  await rollups.insertSelect(
    `insert into rollups.video_buckets (video_id, metric, bucket, from_at, to_at, days, people,
       policy, generation, ${Object.keys(breakdownValues).join(', ')})
     select {first:UInt64} + intDiv(number, {days:UInt32}), metric.1, number % {days:UInt32} + 1,
       toDateTime({from_s:UInt32}, 'UTC') + (number % {days:UInt32}) * 86400 as begin, begin + 86400,
       [toDate(begin)], [metric.2 as some],
       (select argMax(version, since) from rollups.policy), {generation:UInt64}, ${cells.join(', ')}
     from numbers({videos:UInt32} * {days:UInt32})
     array join [('viewers', 1000), ('likers', 100)] as metric`,
    params,
  )
}
