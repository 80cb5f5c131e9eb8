// The routes of a save list: one's own alone, paged to its end while it changes, and strict in what they take.
import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { createHttpService } from '#infra/runtime/http.ts'
import { takeBodies } from '#infra/runtime/http-body.ts'
import { createLog } from '#infra/runtime/log.ts'
import { createPageTokens } from '#queries/saves/page-tokens.ts'
import { createSaveActs } from '#queries/saves/save-acts.ts'
import { addSavesRoutes } from '#queries/saves/saves-routes.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { createLogByHand, createVaultByHand } from './list-by-hand.ts'

const encoder = openEngagementEncoder()
const pageSchema = z.object({
  saves: z.array(z.looseObject({ video_id: z.string() })),
  next_page_token: z.string().optional(),
})

/** A token is taken as `subject` or `subject scope`. */
function open() {
  const clock = createManualClock()
  const store = createVaultByHand()
  const producer = createLogByHand()
  const verifier = {
    async verify(token: string) {
      const [subject = '', scope = 'saves:self'] = token.split(',')
      return { subject, scopes: new Set([scope]), creators: new Set<string>() }
    },
  }
  const log = createLog({ name: 'test', level: 'silent' })
  const app = createHttpService({ log, readiness: () => ({ ready: true }), bodyBytesMax: 4096 })
  takeBodies(app, ['application/json'], 4096)
  const tokens = createPageTokens(Buffer.alloc(32, 1), clock)
  const acts = createSaveActs({ store, producer, encoder, clock, randomBytes })
  addSavesRoutes(app, { verifier, tokens, store, acts })
  const call = async (method: 'GET' | 'PUT' | 'DELETE', url: string, token = '61') => {
    const answer = app.inject({ method, url, headers: { authorization: `Bearer ${token}` } })
    void answer.then(() => undefined)
    await clock.advance(30)
    return answer
  }
  const save = (videoId: string, savedAtMs: number, userId = '61'): void => {
    const row = { userId, videoId, saved: true, savedAtMs, version: BigInt(savedAtMs) << 21n }
    store.rows.set(`${userId}/${videoId}`, row)
  }
  return { app, clock, store, producer, call, save }
}

describe('paging', () => {
  test('lists every save that was there throughout, once and in order, while others come and go', async () => {
    const changes = fc.array(
      fc.record({ video: fc.integer({ min: 1, max: 60 }), add: fc.boolean() }),
      { maxLength: 30 },
    )
    const lists = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(
        lists,
        changes,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('newest', 'oldest'),
        async (list, steps, limit, order) => {
          const { app, clock, store, call, save } = open()
          await using _closed = { [Symbol.asyncDispose]: () => app.close() }
          // Few instants, so that the order within one matters.
          for (const video of list) save(String(video), 1_700_000_000_000 + (video % 4))
          const touched = new Set<string>()
          const seen: string[] = []
          let next = `/v1/me/saves?limit=${limit}&order=${order}`
          const left = [...steps]
          for (;;) {
            const page = pageSchema.parse((await call('GET', next)).json())
            seen.push(...page.saves.map(({ video_id }) => video_id))
            for (const { video, add } of left.splice(0, 3)) {
              touched.add(String(video))
              if (add) save(String(video), clock.nowMs())
              else store.rows.delete(`61/${video}`)
            }
            if (page.next_page_token === undefined) break
            next = `/v1/me/saves?limit=${limit}&page_token=${page.next_page_token}`
          }
          const place = (video: number): number => (video % 4) * 100 + video
          const kept = list
            .filter((video) => !touched.has(String(video)))
            .sort((a, b) => (order === 'newest' ? place(b) - place(a) : place(a) - place(b)))
          expect(seen.filter((video) => !touched.has(video))).toEqual(kept.map(String))
        },
      ),
      { numRuns: 40 },
    )
  }, 30_000)

  test('gives 50 rows unless asked otherwise, and no token at the end', async () => {
    const { call, save } = open()
    for (let video = 1; video <= 51; video++) save(String(video), 1_700_000_000_000 + video)
    const first = pageSchema.parse((await call('GET', '/v1/me/saves')).json())
    expect(first.saves).toHaveLength(50)
    const rest = await call('GET', `/v1/me/saves?page_token=${first.next_page_token}`)
    expect(rest.json()).toMatchObject({ saves: [{ video_id: '1' }] })
    expect(rest.json()).not.toHaveProperty('next_page_token')
  })
})

describe('a list', () => {
  test('is its owner’s: nobody else sees it, by any token of a page', async () => {
    const { call, save } = open()
    for (let video = 1; video <= 3; video++) save(String(video), 1_700_000_000_000 + video)
    const mine = pageSchema.parse((await call('GET', '/v1/me/saves?limit=1')).json())
    expect((await call('GET', '/v1/me/saves', '62')).json()).toEqual({ saves: [] })
    const url = `/v1/me/saves?page_token=${mine.next_page_token}`
    const stolen = await call('GET', url, '62')
    expect([stolen.statusCode, stolen.json().code]).toEqual([400, 'bad_page_token'])
  })

  test('shows no more of a video that may not be seen than that it was saved', async () => {
    const { store, call, save } = open()
    const title = { creatorId: '900', title: 'a film', durationMs: 9000, thumbnailUrl: '' }
    save('1', 1_700_000_000_001)
    save('2', 1_700_000_000_002)
    save('3', 1_700_000_000_003)
    store.catalogue.set('1', { ...title, visible: true })
    store.catalogue.set('2', { ...title, visible: false })
    const rows = pageSchema.parse((await call('GET', '/v1/me/saves?order=oldest')).json()).saves
    const saved_at = '2023-11-14T22:13:20.00'
    expect(rows).toEqual([
      {
        video_id: '1',
        saved_at: `${saved_at}1Z`,
        collections: [],
        available: true,
        creator_id: '900',
        title: 'a film',
        duration_ms: 9000,
      },
      { video_id: '2', saved_at: `${saved_at}2Z`, collections: [], available: false },
      { video_id: '3', saved_at: `${saved_at}3Z`, collections: [], available: false },
    ])
  })

  test('shows a save and an unsave to their user at once', async () => {
    const { call } = open()
    const put = await call('PUT', '/v1/me/saves/4242')
    expect(put.statusCode).toBe(200)
    expect((await call('GET', '/v1/me/saves')).json()).toEqual({ saves: [put.json()] })
    expect((await call('DELETE', '/v1/me/saves/4242')).statusCode).toBe(204)
    expect((await call('GET', '/v1/me/saves')).json()).toEqual({ saves: [] })
  })

  test('is for no cache', async () => {
    const { call } = open()
    expect((await call('GET', '/v1/me/saves')).headers['cache-control']).toBe('no-store')
  })
})

describe('a request', () => {
  test.each([
    ['GET', '/v1/me/saves?user_id=62', 400, 'unknown_parameter'],
    ['GET', '/v1/me/saves?user_id=62&sub=62', 400, 'unknown_parameter'],
    ['GET', '/v1/me/saves?limit=0', 400, 'bad_parameter'],
    ['GET', '/v1/me/saves?limit=201', 400, 'bad_parameter'],
    ['GET', '/v1/me/saves?limit=1e2', 400, 'bad_parameter'],
    ['GET', '/v1/me/saves?limit=5&limit=6', 400, 'bad_parameter'],
    ['GET', '/v1/me/saves?order=up', 400, 'bad_parameter'],
    ['GET', '/v1/me/saves?collection=7', 404, 'not_found'],
    ['GET', '/v1/me/saves?page_token=nonsense', 400, 'bad_page_token'],
    ['PUT', '/v1/me/saves/0', 404, 'not_found'],
    ['PUT', '/v1/me/saves/9223372036854775808', 404, 'not_found'],
    ['PUT', '/v1/me/saves/1%20or%201', 404, 'not_found'],
    ['PUT', '/v1/me/saves/5?user_id=62', 400, 'unknown_parameter'],
    ['DELETE', '/v1/me/saves/5?user_id=62', 400, 'unknown_parameter'],
    ['GET', '/v1/users/62/saves', 404, 'not_found'],
  ] as const)('%s %s is answered %i %s', async (method, url, status, code) => {
    const { call, producer } = open()
    const answer = await call(method, url)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(producer.batches).toEqual([])
  })

  test.each(['a-service', '0', '61 ', '-61', '9223372036854775808'])(
    'of subject %j, which is no user, is refused',
    async (subject) => {
      const { call } = open()
      const answer = await call('GET', '/v1/me/saves', `${subject},saves:self`)
      expect([401, 403]).toContain(answer.statusCode)
    },
  )

  test('without scope saves:self is refused', async () => {
    const { call } = open()
    expect((await call('GET', '/v1/me/saves', '61,events:write')).statusCode).toBe(403)
  })

  test('is told to come again when the log is away, and what came of it when the vault is', async () => {
    const { clock, store, producer, app } = open()
    const put = async () => {
      const headers = { authorization: 'Bearer 61' }
      const answer = app.inject({ method: 'PUT', url: '/v1/me/saves/5', headers })
      void answer.then(() => undefined)
      await clock.advance(30_000)
      return answer
    }
    producer.state = 'away'
    const refused = await put()
    expect([refused.statusCode, refused.json().code]).toEqual([503, 'log_unavailable'])
    expect(refused.headers['retry-after']).toBe('2')
    producer.state = 'answers'
    store.away = true
    expect((await put()).statusCode).toBe(202)
    store.away = false
    expect((await put()).statusCode).toBe(202)
  })
})
