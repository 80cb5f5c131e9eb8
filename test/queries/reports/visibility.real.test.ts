// Videos that are not public: what is done to them is told by the UTC day alone, and how few people watched is not told.
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { call, collector, eventually, post, report, store, tokens } from '../../support/outside.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'

const creator = '890101'
const open = '8901011'
const hidden = '8901012'
const few = '8901013'
const turned = '8901014'
const deleted = '8901015'
const DAY = 86_400_000
const today = Math.floor(Date.now() / DAY) * DAY
const yesterday = { start_date: utcDay(today - DAY), end_date: utcDay(today - DAY) }

async function put(video: string, visibility: string): Promise<void> {
  const token = await tokens.service('videos:write')
  const body = {
    creator_id: creator,
    published_at: '2026-01-01T00:00:00Z',
    title: video,
    visibility,
  }
  const { status } = await call('PUT', collector(`/v1/videos/${video}`), { token, body })
  expect(status).toBeLessThan(300)
}

const { make } = createEventMaker(89)

function views(video: string, viewers: number, fromMs: number) {
  return Array.from({ length: viewers }, (_, user) =>
    make('view', { user: user + 1, video, creator, atMs: fromMs + user * 1000 }),
  )
}

const answerSchema = z.object({
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  states: z.array(z.array(z.string())),
  totals: z.object({
    row: z.array(z.number().nullable()),
    states: z.array(z.string().nullable()),
  }),
})

async function ask(query: Readonly<Record<string, string>>) {
  const token = await tokens.creator(creator)
  const { status, body, text } = await report(token, { ...yesterday, ...query })
  if (status !== 200) throw new Error(text)
  return answerSchema.parse(body)
}

/** Asks until the totals are these. */
function totalsOf(query: Readonly<Record<string, string>>, row: readonly (number | null)[]) {
  return eventually(
    `totals ${JSON.stringify(row)}`,
    async () => {
      const answer = await ask(query)
      const found = JSON.stringify(answer.totals.row) === JSON.stringify(row)
      return found ? { found: answer } : { seen: answer.totals }
    },
    90_000,
  )
}

beforeAll(async () => {
  for (const video of [open, turned, deleted]) await put(video, 'public')
  await put(hidden, 'private')
  await put(few, 'unlisted')
  const noon = today - DAY / 2
  await post([
    ...views(open, 20, noon),
    ...views(hidden, 12, noon),
    ...views(few, 3, noon),
    ...views(turned, 5, noon),
    ...views(deleted, 7, noon),
  ])
  await totalsOf({ metrics: 'views' }, [47])
})

describe('a video that is not public', () => {
  test('is in the whole UTC day, of its own and of its creator', async () => {
    const byDay = await ask({ metrics: 'views', dimensions: 'day' })
    expect([byDay.rows, byDay.states]).toEqual([[[yesterday.start_date, 47]], [['value', 'value']]])
    const byVideo = await ask({ metrics: 'views', dimensions: 'video' })
    expect(byVideo.rows).toEqual([
      [open, 20],
      [hidden, 12],
      [few, 3],
      [turned, 5],
      [deleted, 7],
    ])
  })

  test('is left out of whatever cuts the day, which then says that it is partial', async () => {
    const byHour = await ask({ metrics: 'views', dimensions: 'hour' })
    expect(byHour.totals).toEqual({ row: [null, 32], states: [null, 'partial'] })
    expect(new Set(byHour.states.map(([, state]) => state))).toEqual(new Set(['partial']))
    const own = await ask({ metrics: 'views', dimensions: 'hour', filters: `video==${open}` })
    expect(own.totals).toEqual({ row: [null, 20], states: [null, 'value'] })
    const none = await ask({ metrics: 'views', dimensions: 'hour', filters: `video==${hidden}` })
    expect(none.totals).toEqual({ row: [null, 0], states: [null, 'partial'] })
    // Yesterday in India cuts two UTC days.
    const abroad = await ask({ metrics: 'views', tz: 'Asia/Kolkata' })
    expect(abroad.totals.states).toEqual(['partial'])
  })

  test('tells how it was watched from ten viewers on', async () => {
    const metrics = 'views,watch_time_ms,avg_watch_ms,like_rate'
    const byVideo = await ask({ metrics, dimensions: 'video' })
    const rows = new Map(byVideo.rows.map((row, index) => [row[0], [row, byVideo.states[index]]]))
    expect(rows.get(hidden)).toEqual([
      [hidden, 12, 48_000, 4000, 0],
      ['value', 'value', 'value', 'value', 'zero'],
    ])
    expect(rows.get(few)).toEqual([
      [few, 3, null, null, null],
      ['value', 'value', 'suppressed', 'suppressed', 'suppressed'],
    ])
    expect(byVideo.totals.row).toEqual([null, 47, 44 * 4000, 4000, 0])
    expect(byVideo.totals.states).toEqual([null, 'value', 'partial', 'partial', 'zero'])
  })

  test('is in no table of parts of a day that an analyst reads', async () => {
    await using analyst = store('rollups', 'analyst')
    for (const table of ['video_minutes', 'video_quarters', 'video_days']) {
      const rows = await analyst.rows(
        z.object({ views: z.coerce.number() }),
        `select sum(views) as views from rollups.${table} where video_id in (${hidden}, ${few})`,
      )
      expect([table, rows[0]?.views]).toEqual([table, 0])
    }
  })

  test('that turns private keeps what was, and shows no part of what is done since', async () => {
    await put(turned, 'private')
    await post(views(turned, 4, Date.now() + 1000))
    await post(views(open, 6, Date.now() - 10_000))
    const dates = { start_date: utcDay(today), end_date: utcDay(today) }
    const query = { metrics: 'views', dimensions: 'hour', ...dates }
    const answer = await totalsOf(query, [null, 6])
    expect(answer.totals.states).toEqual([null, 'partial'])
    const before = await ask({ metrics: 'views', filters: `video==${turned}` })
    expect(before.totals).toEqual({ row: [5], states: ['value'] })
  })
})

test('a deleted video is gone from lists at once, its numbers stay in those of its creator', async () => {
  const token = await tokens.service('videos:write')
  await call('DELETE', collector(`/v1/videos/${deleted}`), { token })
  await eventually('the deletion', async () => {
    const { rows } = await ask({ metrics: 'views', dimensions: 'video' })
    return rows.some(([video]) => video === deleted) ? { seen: rows } : { found: rows }
  })
  const { totals } = await ask({ metrics: 'views' })
  expect(totals).toEqual({ row: [47], states: ['value'] })
})
