// Page tokens: the same caller goes on with the same question for an hour, and nobody else with anything.
import { describe, expect, test } from 'vitest'
import { systemClock } from '#infra/runtime/clock.ts'
import { HttpProblem } from '#infra/runtime/http.ts'
import { createPageTokens, reportPositionSchema } from '#queries/reports/page-token.ts'
import type { PageTokens, ReportPosition } from '#queries/reports/page-token.ts'

const start = Date.parse('2026-11-24T12:00:00Z')
const key = '0123456789abcdef'.repeat(4)
const tokensAt = (nowMs: number, secret = key): PageTokens<ReportPosition> =>
  createPageTokens({
    key: Buffer.from(secret, 'hex'),
    clock: { ...systemClock, nowMs: () => nowMs },
    position: reportPositionSchema,
  })

const binding = { subject: 'creator-900', question: { metrics: ['views'], maxResults: 2 } }
const position = { offset: 200, asOfMs: start - 7 }

async function codeOf(opened: Promise<unknown>): Promise<string> {
  const error: unknown = await opened.then(
    () => null,
    (reason: unknown) => reason,
  )
  return error instanceof HttpProblem ? error.code : 'none'
}

describe('a page token', () => {
  test('brings back where the page begins and of which moment', async () => {
    const { token } = await tokensAt(start).seal(position, binding)
    expect(await tokensAt(start + 3_599_000).open(token, binding)).toEqual(position)
  })

  test('is sealed: it tells its bearer nothing', async () => {
    const { token } = await tokensAt(start).seal(position, binding)
    const parts = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    expect(parts.join()).not.toMatch(/creator-900|offset|200/)
  })

  test('is good for an hour', async () => {
    const { token } = await tokensAt(start).seal(position, binding)
    expect(await codeOf(tokensAt(start + 3_601_000).open(token, binding))).toBe('bad_page_token')
  })

  test('is refused from another caller, with another question, key or letter', async () => {
    const { token } = await tokensAt(start).seal(position, binding)
    const open = (text: string, changed = {}, secret = key): Promise<string> =>
      codeOf(tokensAt(start, secret).open(text, { ...binding, ...changed }))
    expect(await open(token)).toBe('none')
    expect(await open(token, { subject: 'creator-901' })).toBe('bad_page_token')
    const question = { ...binding.question, maxResults: 3 }
    expect(await open(token, { question })).toBe('bad_page_token')
    expect(await open(token, {}, 'f'.repeat(64))).toBe('bad_page_token')
    const middle = Math.floor(token.length / 2)
    const other = token[middle] === 'A' ? 'B' : 'A'
    expect(await open(token.slice(0, middle) + other + token.slice(middle + 1))).toBe(
      'bad_page_token',
    )
    expect(await open('')).toBe('bad_page_token')
    expect(await open('x'.repeat(100_000))).toBe('bad_page_token')
  })
})
