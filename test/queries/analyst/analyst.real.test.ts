// The worked SQL runs as the analyst does, and gives the numbers that the reports give.
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { breakdownValues } from '#schemas/breakdowns.ts'
import {
  catalogue,
  eventually,
  eventuallyRows,
  post,
  putVideos,
  store,
  tokens,
} from '../../support/outside.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'
import { publishBuckets } from '../../support/stored-buckets.ts'

const folder = new URL('../../../queries/analyst/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
const creator = '880001'
const video = '8800011'
const young = '8890012'
/** Of a breakdown by hand; nobody does anything to it. */
const broken = '8890013'
const dayMs = 86_400_000
const atMs = Date.now() - 2 * dayMs

async function run(name: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  await using analyst = store('rollups', 'analyst')
  const sql = readFileSync(new URL(name, folder), 'utf8')
  const params = sql.includes('{from:Date}') ? { from: utcDay(atMs - dayMs) } : {}
  return analyst.rows(z.record(z.string(), z.unknown()), sql, params)
}

async function leavesOfYoung(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows = await run('saves-by-leaf.sql')
  return rows.filter((row) => String(row['video_id']) === young)
}

beforeAll(async () => {
  await catalogue(creator, [video])
  const { make } = createEventMaker(80)
  const events = Array.from({ length: 5000 }, (_, index) =>
    make(index % 5 === 0 ? 'like' : 'view', {
      user: index + 1,
      video,
      creator,
      atMs: atMs - index,
    }),
  )
  const now = make('view', { user: 1, video, creator, atMs: Date.now() - 1000 })
  await post([...events, now], 1000)
  const range = { start_date: utcDay(atMs - dayMs), end_date: utcDay(Date.now()) }
  const query = { metrics: 'views,likes', ...range }
  await eventuallyRows(await tokens.creator(creator), query, [[4001, 1000]])
  const people = { metrics: 'viewers,likers', ...range }
  await eventuallyRows(await tokens.creator(creator), people, [[4000, 1000]], 60_000)
  // Leaves of a young video end at midnight at the latest.
  await putVideos([{ videoId: young, creatorId: creator, publishedMs: atMs - dayMs / 2 }])
  await eventually('leaves', async () => {
    const leaves = await leavesOfYoung()
    return leaves.length > 0 ? { found: leaves } : { seen: leaves }
  })
})

test('savers by age have the names and margins of their cells', async () => {
  const span = { fromS: Math.floor((atMs - dayMs) / 1000), toS: Math.floor(atMs / 1000) }
  const people = { [utcDay(atMs - dayMs)]: 300 }
  const cells = { age_band: { '18-24': 190, '25-34': 110, '65+': -3 } }
  await publishBuckets(
    [{ videoId: broken, metric: 'saves', bucket: 1, ...span, people, cells }],
    [],
  )
  const rows = await run('saves-by-age.sql')
  const mine = rows.filter((row) => String(row['video_id']) === broken)
  expect(mine.map((row) => [row['band'], Number(row['savers']), Number(row['margin'])])).toEqual(
    breakdownValues.age_band.map((band) => [
      band,
      band === '18-24' ? 190 : band === '25-34' ? 110 : band === '65+' ? -3 : 0,
      12,
    ]),
  )
})

test('saves have the margin that the policy gives them', async () => {
  const mine = await leavesOfYoung()
  expect(new Set(mine.map(({ margin }) => Number(margin)))).toEqual(new Set([6]))
})

test('every worked example gives rows', async () => {
  expect(files.length).toBeGreaterThanOrEqual(7)
  for (const name of files) {
    expect([name, (await run(name)).length > 0]).toEqual([name, true])
  }
})

test('the most viewed videos have the views that the reports tell', async () => {
  const rows = await run('most-viewed-videos.sql')
  const mine = rows.find((row) => String(row['video_id']) === video)
  expect([Number(mine?.['views']), Number(mine?.['likes'])]).toEqual([4000, 1000])
  expect(mine?.['title']).toBe(`video ${video}`)
})
