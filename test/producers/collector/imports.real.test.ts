// The hold of an import over HTTP: opened, kept alive, ended; kept through a restart; and every fault has its code and field.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { call, collector, eventually, kill, pidOf, tokens } from '../../support/outside.ts'
import type { Answer } from '../../support/outside.ts'

const range = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00+05:30' }
/** Names a creator of its own: a hold of all would hold what other files wait for. */
const own = { ...range, creators: ['841001'] }
const holdSchema = z.strictObject({
  import_id: z.uuidv7(),
  state: z.enum(['open', 'ended', 'expired']),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  creators: z.array(z.string()).optional(),
  videos: z.array(z.string()).optional(),
  opened_at: z.iso.datetime(),
  heartbeat_every_s: z.number(),
  expires_at: z.iso.datetime().optional(),
  ended_at: z.iso.datetime().optional(),
})

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const token = await tokens.service('events:backfill')
  return call(method, collector(`/v1/imports${path}`), { token, body })
}

async function open(body: Readonly<Record<string, unknown>> = own) {
  const answer = await ask('POST', '', body)
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)])
  const hold = holdSchema.parse(answer.body)
  expect(answer.headers.get('location')).toBe(`/v1/imports/${hold.import_id}`)
  return hold
}

const ms = (instant: string | undefined): number => Date.parse(instant ?? '')

describe('the hold of an import', () => {
  test('is opened for what it names, and tells until when it lasts unheard', async () => {
    const hold = await open({ ...range, videos: ['8410011', '8410012'] })
    expect(hold).toMatchObject({
      state: 'open',
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-31T18:30:00.000Z',
      videos: ['8410011', '8410012'],
      heartbeat_every_s: 30,
    })
    expect(ms(hold.expires_at) - ms(hold.opened_at)).toBe(90_000)
    expect((await ask('GET', `/${hold.import_id}`)).body).toEqual(hold)
  })

  test('is of everything in its range where it names neither creators nor videos', async () => {
    const longAgo = { from: '1971-01-01T00:00:00Z', to: '1972-01-01T00:00:00Z' }
    const { import_id: id, ...hold } = await open(longAgo)
    expect((await ask('DELETE', `/${id}`)).status).toBe(204)
    expect(Object.keys(hold)).not.toContain('creators')
    expect(Object.keys(hold)).not.toContain('videos')
  })

  test('lasts longer with every heartbeat, and ends when it is ended', async () => {
    const hold = await open()
    // One that comes within ten seconds of the last is answered and not kept.
    const heard = await eventually('a heartbeat that is kept', async () => {
      const answer = await ask('POST', `/${hold.import_id}/heartbeat`)
      expect(answer.status).toBe(200)
      const found = holdSchema.parse(answer.body)
      return ms(found.expires_at) > ms(hold.expires_at) ? { found } : { seen: found.expires_at }
    })
    expect(ms(heard.expires_at) - ms(hold.expires_at)).toBeGreaterThanOrEqual(10_000)
    expect({ ...heard, expires_at: hold.expires_at }).toEqual(hold)

    expect((await ask('DELETE', `/${hold.import_id}`)).status).toBe(204)
    expect((await ask('DELETE', `/${hold.import_id}`)).status).toBe(204)
    const ended = holdSchema.parse((await ask('GET', `/${hold.import_id}`)).body)
    expect(ended).toMatchObject({ state: 'ended', creators: ['841001'] })
    expect(ms(ended.ended_at)).toBeGreaterThanOrEqual(ms(hold.opened_at))
    const late = await ask('POST', `/${hold.import_id}/heartbeat`)
    expect(late).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })

  test('is known after the collector was killed and started again', async () => {
    const [kept, ended] = [await open(), await open()]
    await ask('DELETE', `/${ended.import_id}`)
    const killed = await kill('collector')
    await eventually('another collector', async () => {
      const pid = pidOf('collector')
      return pid === null || pid === killed ? { seen: pid } : { found: pid }
    })
    const answer = await eventually('its answer', async () => {
      const found = await ask('GET', `/${kept.import_id}`).catch(() => null)
      return found?.status === 200 ? { found } : { seen: found?.text ?? 'no answer' }
    })
    expect(answer.body).toEqual(kept)
    expect((await ask('GET', `/${ended.import_id}`)).body).toMatchObject({ state: 'ended' })
    expect((await ask('POST', `/${kept.import_id}/heartbeat`)).status).toBe(200)
    expect((await ask('DELETE', `/${kept.import_id}`)).status).toBe(204)
  })

  test('that nobody opened is not there', async () => {
    const path = '/019a3b6d-2500-7c1d-9a2b-3c4d5e6f7a8b'
    for (const [method, end] of [
      ['GET', ''],
      ['POST', '/heartbeat'],
      ['DELETE', ''],
    ] as const) {
      const answer = await ask(method, `${path}${end}`)
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
    }
  })

  test('is for those who may bring in old events', async () => {
    const { import_id: id } = await open()
    const token = await tokens.service('events:write', 'videos:write')
    for (const [method, path, body] of [
      ['POST', '', range],
      ['GET', `/${id}`, undefined],
      ['POST', `/${id}/heartbeat`, undefined],
      ['DELETE', `/${id}`, undefined],
    ] as const) {
      const url = collector(`/v1/imports${path}`)
      const refused = await call(method, url, { token, body })
      expect(refused).toMatchObject({ status: 403, body: { code: 'wrong_scope' } })
      expect((await call(method, url, { body })).status).toBe(401)
    }
    expect((await ask('GET', `/${id}`)).body).toMatchObject({ state: 'open' })
  })
})

describe('a body of an import', () => {
  const many = Array.from({ length: 1001 }, (_, index) => String(index + 1))

  test.each<readonly [string, Readonly<Record<string, unknown>>, string, string]>([
    ['no beginning', { from: undefined }, 'missing_field', 'from'],
    ['a day for an instant', { to: '2026-02-01' }, 'wrong_type', 'to'],
    ['a number for an instant', { from: 5 }, 'wrong_type', 'from'],
    ['an end before its beginning', { to: '2025-12-31T23:59:59Z' }, 'out_of_range', 'to'],
    ['nothing between', { to: range.from }, 'out_of_range', 'to'],
    ['a time before 1970', { from: '1969-12-31T23:59:59Z' }, 'out_of_range', 'from'],
    ['an empty list', { creators: [] }, 'out_of_range', 'creators'],
    ['too many', { videos: many }, 'out_of_range', 'videos'],
    ['no list', { videos: '5' }, 'wrong_type', 'videos'],
    ['null for none', { creators: null }, 'wrong_type', 'creators'],
    ['an id that is none', { creators: ['1', 'x'] }, 'wrong_type', 'creators'],
    ['an id out of bounds', { videos: ['0'] }, 'out_of_range', 'videos'],
    ['both lists', { creators: ['1'], videos: ['2'] }, 'not_allowed', 'videos'],
    ['another field', { video: ['2'] }, 'unknown_field', 'video'],
  ])('with %s is named by code and field', async (_what, change, code, field) => {
    const answer = await ask('POST', '', { ...range, ...change })
    expect(answer).toMatchObject({ status: 422, body: { code, field } })
  })

  test('may name a thousand', async () => {
    const hold = await open({ ...range, videos: many.slice(1) })
    expect(hold.videos?.length).toBe(1000)
  })

  test('that is no JSON object is refused', async () => {
    expect(await ask('POST', '', '{')).toMatchObject({
      status: 400,
      body: { code: 'invalid_json' },
    })
    expect(await ask('POST', '', [])).toMatchObject({ status: 422, body: { code: 'wrong_type' } })
  })
})
