// The collector over HTTP: every fault has its status and code, and a bad neighbour harms no good event.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { call, collector, platform, tokens } from '../../support/outside.ts'
import { createEventMaker } from '../../support/events.ts'

const { make } = createEventMaker(40)
const view = (more: Readonly<Record<string, unknown>> = {}) =>
  make('view', { user: 1, video: 8_400_001, creator: 840_001, atMs: Date.now() - 5 }, more)

const rejectedSchema = z.array(
  z.object({ index: z.number(), code: z.string(), field: z.string(), message: z.string() }),
)
const problemSchema = z.object({ code: z.string(), status: z.number(), title: z.string() })

async function postEvents(body: unknown, contentType = 'application/json') {
  const token = await tokens.service('events:write')
  return call('POST', collector('/v1/events'), { token, body, contentType })
}

describe('POST /v1/events', () => {
  test('takes the good and names the bad by index, code and field', async () => {
    const events = [view(), view({ surprise: 1 }), view(), view({ region: 'QQ' }), view()]
    const { status, body } = await postEvents({ events })
    expect(status).toBe(202)
    expect(body['accepted']).toBe(3)
    expect(rejectedSchema.parse(body['rejected'])).toMatchObject([
      { index: 1, code: 'unknown_field', field: 'surprise' },
      { index: 3, code: 'not_allowed', field: 'region' },
    ])
  })

  test('takes NDJSON, and a line that is not JSON is only that line’s fault', async () => {
    const lines = [JSON.stringify(view()), '{broken', '', JSON.stringify(view())].join('\n')
    const { status, body } = await postEvents(lines, 'application/x-ndjson')
    expect([status, body['accepted']]).toEqual([202, 2])
    expect(rejectedSchema.parse(body['rejected'])).toMatchObject([
      { index: 1, code: 'invalid_json' },
    ])
  })

  test('answers 422 when no event was good, and 202 when there was none', async () => {
    const none = await postEvents({ events: [view({ user_id: '0' })] })
    expect([none.status, none.body['code']]).toEqual([422, 'no_event_accepted'])
    expect(await postEvents({ events: [] })).toMatchObject({ status: 202, body: { accepted: 0 } })
  })

  test.each([
    ['no JSON', '{', 'application/json', 400, 'invalid_json'],
    ['a list', '[]', 'application/json', 400, 'invalid_json'],
    ['nothing', '', 'application/json', 400, 'invalid_json'],
    ['no UTF-8', new Uint8Array([255, 254]), 'application/json', 400, 'invalid_json'],
    ['no events', '{}', 'application/json', 400, 'invalid_json'],
    ['text', '{}', 'text/plain', 415, 'unsupported_media_type'],
    ['9 MiB', 'x'.repeat(9 << 20), 'application/json', 413, 'too_large'],
    ['deep nesting', `{"events":${'['.repeat(100_000)}`, 'application/json', 400, 'invalid_json'],
  ])('refuses a body of %s', async (_what, body, contentType, status, code) => {
    const answer = await postEvents(body, contentType)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(problemSchema.parse(answer.body)).toMatchObject({ status, code })
    expect(answer.status).toBe(status)
  })

  test('refuses more than 10,000 events', async () => {
    const answer = await postEvents('{}\n'.repeat(10_001), 'application/x-ndjson')
    expect([answer.status, answer.body['code']]).toEqual([413, 'too_large'])
  })

  test('wants a good token with the right scope, before it reads the body', async () => {
    const url = collector('/v1/events')
    expect((await call('POST', url, { body: { events: [] } })).status).toBe(401)
    expect((await call('POST', url, { token: 'a.b.c', body: '{' })).status).toBe(401)
    const reader = await tokens.creator('1')
    expect((await call('POST', url, { token: reader, body: { events: [] } })).status).toBe(403)
  })

  test('takes old events only with the scope for it', async () => {
    const old = make('view', { user: 1, video: 1, creator: 2, atMs: Date.now() - 30 * 86_400_000 })
    const refused = await postEvents({ events: [old] })
    expect(refused.body['rejected']).toMatchObject([{ code: 'too_old', field: 'occurred_at' }])
    const token = await tokens.service('events:backfill')
    const taken = await call('POST', collector('/v1/events'), { token, body: { events: [old] } })
    expect(taken.status).toBe(202)
  })

  test('does not log what it is sent', async () => {
    const { readFile } = await import('node:fs/promises')
    await postEvents({ events: [view({ user_id: '840777888999', region: 'QQ' })] })
    const log = await readFile(`${platform.dataDir}/logs/collector.log`, 'utf8')
    expect(log).toContain('started')
    expect(log).not.toContain('840777888999')
  })
})

describe('the catalogue', () => {
  const video = { creator_id: '840001', published_at: '2026-01-01T00:00:00Z', title: 'a' }
  const put = async (videoId: string, body: unknown, ...scopes: string[]) => {
    const token = await tokens.service('videos:write', ...scopes)
    return call('PUT', collector(`/v1/videos/${videoId}`), { token, body })
  }

  test('keeps creator and first date frozen, unless a transfer is allowed', async () => {
    expect((await put('8400101', video)).status).toBe(201)
    expect((await put('8400101', { ...video, title: 'b' })).status).toBe(200)
    const other = { ...video, creator_id: '840002' }
    expect(await put('8400101', other)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    const later = { ...video, published_at: '2026-01-02T00:00:00Z' }
    expect((await put('8400101', later)).status).toBe(409)
    expect((await put('8400101', other, 'videos:transfer')).status).toBe(200)
  })

  test('deletes for good', async () => {
    const token = await tokens.service('videos:write')
    const url = collector('/v1/videos/8400102')
    expect((await call('DELETE', url, { token })).status).toBe(404)
    await put('8400102', video)
    expect((await call('DELETE', url, { token })).status).toBe(204)
    expect((await call('DELETE', url, { token })).status).toBe(204)
    expect((await put('8400102', video)).status).toBe(409)
  })

  test('takes videos in bulk and names the bad lines', async () => {
    const token = await tokens.service('videos:write')
    const lines = [
      { video_id: '8400201', ...video },
      { video_id: '0', ...video },
      { video_id: '8400202', ...video, visibility: 'hidden' },
      { video_id: '8400201', ...video, creator_id: '5' },
    ]
    const answer = await call('POST', collector('/v1/videos'), {
      token,
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
      contentType: 'application/x-ndjson',
    })
    expect(answer.status).toBe(202)
    expect(answer.body['accepted']).toBe(1)
    expect(rejectedSchema.parse(answer.body['rejected'])).toMatchObject([
      { index: 1, code: 'out_of_range', field: 'video_id' },
      { index: 2, code: 'not_allowed', field: 'visibility' },
      { index: 3, code: 'conflict', field: 'creator_id' },
    ])
  })

  test('names the field of a body that is not acceptable', async () => {
    const answer = await put('8400103', { ...video, titel: 'x' })
    expect(answer.body).toMatchObject({ status: 422, code: 'unknown_field', field: 'titel' })
    expect((await put('abc', video)).status).toBe(404)
    const token = await tokens.service('videos:write')
    const url = collector('/v1/creators/840001')
    const zone = { handle: 'mira', time_zone: 'Mars/Olympus' }
    expect((await call('PUT', url, { token, body: zone })).body['field']).toBe('time_zone')
    const good = { ...zone, time_zone: 'Asia/Kolkata' }
    expect((await call('PUT', url, { token, body: good })).status).toBe(200)
  })
})
