// One id is one event, whatever a second payload says; and operators are told that there was one.
import { expect, test } from 'vitest'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import {
  catalogue,
  eventually,
  eventuallyRows,
  keepsake,
  platform,
  post,
  report,
  tokens,
} from '../../support/outside.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'

const creator = '831001'
const [video, other] = [8_310_011, 8_310_012]

async function conflictingIds(): Promise<number> {
  const { processes = [] } = readPlatformState(platform.dataDir) ?? {}
  const port = processes.find(({ name }) => name === 'facts')?.ops_port
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/^facts_conflicting_ids_total (\d+)$/m.exec(text)?.[1])
}

test('an id with two payloads counts once and is told of; exact repeats are not', async () => {
  await catalogue(creator, [String(video), String(other)])
  const nowMs = Date.now()
  const { make } = createEventMaker(31)
  const place = { user: 7, video, creator, atMs: nowMs - 500 }
  const [repeated, longer, moved] = [make('view', place), make('view', place), make('view', place)]
  const before = await conflictingIds()
  await post([repeated, repeated, longer, moved])
  await post([repeated])

  const token = await tokens.creator(creator)
  const query = {
    metrics: 'views',
    start_date: utcDay(nowMs - 86_400_000),
    end_date: utcDay(nowMs),
  }
  await eventuallyRows(token, query, [[3]])
  expect(await conflictingIds()).toBe(before)

  await post([{ ...longer, watched_ms: 4001 }])
  await post([
    { ...moved, video_id: String(other) },
    { ...moved, video_id: String(other) },
  ])
  await eventually('two ids with two payloads', async () => {
    const found = (await conflictingIds()) - before
    return found === 2 ? { found } : { seen: found }
  })
  // A marker, so that what came before it is counted by now.
  await post([make('like', place)])
  await eventuallyRows(token, { ...query, metrics: 'likes' }, [[1]])
  expect((await report(token, query)).body['rows']).toEqual([[3]])
  expect(await keepsake('status')).toMatch(/conflicts +\d+ ids with two payloads$/m)
})
