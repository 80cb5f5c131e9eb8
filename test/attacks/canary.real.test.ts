// A17: ids of somebody who acted are searched for wherever people with other rights than the vault's can look.
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createEventMaker } from '../support/events.ts'
import { answers, logs, records, tablesOf } from '../support/everywhere.ts'
import { importPast } from '../support/history.ts'
import { call, collector, eventually, reports, saves, store, tokens } from '../support/outside.ts'
import { publishedLeaves } from '../support/published-leaves.ts'

const DAY_MS = 86_400_000
const creator = '776001'
const video = '7760011'
/** Of sixteen digits that nothing else counts. */
const user = '7761928374650913'
const publishedMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - 9 * DAY_MS
const { make } = createEventMaker(776)

const acts = ['view', 'like', 'save', 'unsave', 'share', 'comment'].map((type, index) =>
  make(type, { user, video, creator, atMs: publishedMs + DAY_MS + index * 60_000 }),
)
const eventIds = acts.map((event) => String(event['event_id']))
let pseudonym = ''

const personSchema = z.object({ person: z.string() })

/** What must not be found, each as it would be written. */
function canaries(): readonly string[] {
  const ids = eventIds.flatMap((id) => [id, id.replaceAll('-', '')])
  const hex = [user, pseudonym].map((each) => BigInt(each).toString(16).padStart(16, '0'))
  return [user, pseudonym, ...hex, ...ids]
}

function placesOf(texts: ReadonlyMap<string, string>): readonly string[] {
  return [...texts].flatMap(([place, text]) =>
    canaries()
      .filter((canary) => text.includes(canary))
      .map((canary) => `${canary} in ${place}`),
  )
}

beforeAll(async () => {
  await importPast([{ videoId: video, creatorId: creator, publishedMs }], acts)
  await eventually('leaves of a week', async () => {
    const last = (await publishedLeaves([video])).at(-1)
    const isDone = last !== undefined && last.to_s * 1000 > publishedMs + 2 * DAY_MS
    return isDone ? { found: true } : { seen: last }
  })
  await using vault = store('vault', 'admin')
  const people = await vault.rows(
    personSchema,
    'select distinct toString(person) as person from vault.facts where video_id = {video:UInt64}',
    { video },
  )
  expect(people).toHaveLength(1)
  pseudonym = people[0]?.person ?? ''
}, 120_000)

test('the search finds them in the vault, where they belong', async () => {
  const places = placesOf(await tablesOf('vault'))
  expect(places).toContain(`${user} in vault vault.saves`)
  expect(places).toContain(`${pseudonym} in vault vault.people`)
})

test('they are in no table of the rollups server, in no log, in nothing that processes say', async () => {
  const everywhere = new Map([
    ...(await tablesOf('rollups')),
    ...(await records()),
    ...logs(),
    ...(await answers(creator)),
  ])
  expect(everywhere.size).toBeGreaterThan(30)
  expect(placesOf(everywhere)).toEqual([])
})

test('they are in no refusal: not even to who sent them', async () => {
  const [service, own, viewer] = await Promise.all([
    tokens.service('events:write'),
    tokens.creator(creator),
    tokens.viewer('7760999'),
  ])
  const post = (body: unknown) => call('POST', collector('/v1/events'), { token: service, body })
  const [first] = acts
  const get = (url: string, token: string) => call('GET', url, { token })
  const refused = await Promise.all([
    post({ events: [{ ...first, event_id: undefined }] }),
    post({ events: [{ ...first, event_id: undefined, user_id: `${user}x` }] }),
    post({ events: [{ ...first, event_id: undefined, region: user }] }),
    post({ events: [{ ...first, event_id: undefined, type: user }] }),
    post(`{"events":[{"user_id":"${user}"`),
    post({ user_id: user }),
    get(reports(`/v1/reports?metrics=saves&filters=user_id==${user}`), own),
    get(reports(`/v1/notifications?filters=creator==${user}`), own),
    get(saves(`/v1/me/saves/${user}/${pseudonym}`), viewer),
  ])
  for (const { status, text } of refused) {
    expect([status >= 400, text]).toEqual([true, text])
    expect(placesOf(new Map([['a refusal', text]]))).toEqual([])
  }
})
