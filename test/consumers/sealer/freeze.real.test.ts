// A day that nothing touched for long is frozen: its facts go, its numbers stay, and what comes later is a dead letter.
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  call,
  catalogue,
  collector,
  eventually,
  eventuallyRows,
  kill,
  post,
  report,
  store,
  tokens,
} from '../../support/outside.ts'
import { openDeadLetterReader } from '../../support/dead-letters.ts'
import { createEventMaker } from '../../support/events.ts'
import { sayFrozenLongAgo } from '../../support/frozen-days.ts'

const creator = '860101'
const heir = '860102'
const video = 8_601_011
const day = '2021-03-04'
const dayS = Date.parse(day) / 1000
const noonMs = dayS * 1000 + 43_200_000
const { make } = createEventMaker(86)
const query = { start_date: day, end_date: day, metrics: 'views,viewers', dimensions: 'day' }

const views = (count: number, from: number) =>
  Array.from({ length: count }, (_, index) =>
    make('view', { user: from + index, video, creator, atMs: noonMs + index * 1000 }),
  )

async function factsOfDay(): Promise<number> {
  await using vault = store('vault', 'admin')
  const [row] = await vault.rows(
    z.object({ facts: z.coerce.number() }),
    'select count() as facts from vault.facts where toDate(slot) = {day:Date}',
    { day },
  )
  return row?.facts ?? 0
}

/** As if hours ago; the sealer and the consumer read it. */
async function freezeLongAgo(): Promise<void> {
  await sayFrozenLongAgo(dayS)
  await kill('facts')
  await kill('sealer')
}

test('a frozen day loses its facts and keeps its numbers', async () => {
  await catalogue(creator, [String(video)])
  await using reader = await openDeadLetterReader('engagement.v1')
  await post(views(20, 1), 100, 'events:backfill')
  const token = await tokens.creator(creator)
  await eventuallyRows(token, query, [[day, 20, 20]], 60_000)
  expect(await factsOfDay()).toBe(20)

  await freezeLongAgo()
  await eventually(
    'the facts to be gone',
    async () => {
      const seen = await factsOfDay()
      return seen === 0 ? { found: true } : { seen }
    },
    60_000,
  )

  // Late by years: kept where an operator finds it, counted nowhere.
  await post(views(3, 500), 100, 'events:backfill')
  const letters = await eventually('dead letters', async () => {
    const frozen = reader.letters.filter(({ letter }) => letter.reason === 'frozen')
    return frozen.length === 3 ? { found: frozen } : { seen: frozen.length }
  })
  expect(letters[0]?.letter).toMatchObject({ field: 'occurred_at', origin: 'engagement.v1' })
  expect(await factsOfDay()).toBe(0)
  expect((await report(token, query)).body['rows']).toEqual([[day, 20, 20]])

  // Another creator takes the video over: its frozen history goes along.
  const transfer = await tokens.service('videos:write', 'videos:transfer')
  const body = { creator_id: heir, published_at: '2026-01-01T00:00:00Z', title: 'inherited' }
  const moved = await call('PUT', collector(`/v1/videos/${video}`), { token: transfer, body })
  expect(moved.status).toBe(200)
  await eventuallyRows(await tokens.creator(heir), query, [[day, 20, 20]], 60_000)
  await eventuallyRows(token, query, [[day, 0, 0]], 60_000)
}, 180_000)
