// Where nothing tells any more what was touched, every day that has facts is counted again: to the same numbers.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { awaitAllAgain } from '#infra/backup/settle.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'
import {
  catalogue,
  eventually,
  eventuallyRows,
  kill,
  post,
  report,
  store,
  tokens,
} from '../../support/outside.ts'

const creator = '860201'
const video = 8_602_011
const DAY = 86_400_000
const yesterday = Math.floor(Date.now() / DAY) * DAY - DAY
const { make } = createEventMaker(8602)

test('every closed quarter and day with facts waits, and is counted again', async () => {
  await catalogue(creator, [String(video)])
  const views = Array.from({ length: 40 }, (_, user) =>
    make('view', { user: 1 + user, video, creator, atMs: yesterday + 3_600_000 + user * 60_000 }),
  )
  await post(views)
  const token = await tokens.creator(creator)
  const day = utcDay(yesterday)
  const query = { metrics: 'views', dimensions: 'day', start_date: day, end_date: day }
  await eventuallyRows(token, query, [[day, 40]])

  await using vault = store('vault', 'admin')
  await using rollups = store('rollups', 'admin')
  const waiting = async (): Promise<readonly string[]> => {
    const rows = await vault.rows(
      z.object({ text: z.string() }),
      `select span || ' ' || toString(count()) as text from vault.late_spans final
       where waiting and toDate(start) = {day:Date} group by span order by span`,
      { day },
    )
    return rows.map(({ text }) => text)
  }
  await awaitAllAgain({ vault, rollups })
  expect(await waiting()).toEqual(['quarter 96', 'day 1'])
  await kill('sealer')
  await eventually(
    'all to be counted again',
    async () => {
      const seen = await waiting()
      return seen.length === 0 ? { found: seen } : { seen }
    },
    90_000,
  )
  expect((await report(token, query)).body['rows']).toEqual([[day, 40]])
})
