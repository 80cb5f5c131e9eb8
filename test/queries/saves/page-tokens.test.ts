// Page tokens of a save list: sealed, of one user, and of one hour.
import { describe, expect, test } from 'vitest'
import { createPageTokens } from '#queries/saves/page-tokens.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const key = Buffer.alloc(32, 7)
const state = {
  userId: '61',
  order: 'oldest',
  cursor: { savedAtMs: 1_790_000_000_123, videoId: '9223372036854775807' },
} as const

describe('a page token', () => {
  test('brings back order and cursor to its user', async () => {
    const tokens = createPageTokens(key, createManualClock())
    const opened = await tokens.open(await tokens.seal(state), '61')
    expect(opened).toEqual({ order: 'oldest', cursor: state.cursor })
  })

  test('is nothing to another user', async () => {
    const tokens = createPageTokens(key, createManualClock())
    expect(await tokens.open(await tokens.seal(state), '62')).toBeNull()
  })

  test('holds for an hour', async () => {
    const clock = createManualClock()
    const tokens = createPageTokens(key, clock)
    const token = await tokens.seal(state)
    await clock.advance(3_599_000)
    expect(await tokens.open(token, '61')).not.toBeNull()
    await clock.advance(2000)
    expect(await tokens.open(token, '61')).toBeNull()
  })

  test('tells nothing to who reads it', async () => {
    const token = await createPageTokens(key, createManualClock()).seal(state)
    const parts = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    expect(parts.join(' ')).not.toMatch(/9223372036854775807|1790000000123|oldest/)
  })

  test('is refused when changed, cut, sealed under another key, or no token at all', async () => {
    const clock = createManualClock()
    const tokens = createPageTokens(key, clock)
    const token = await tokens.seal(state)
    const foreign = await createPageTokens(Buffer.alloc(32, 8), clock).seal(state)
    const changed = `${token.slice(0, -4)}${token.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`
    for (const bad of [changed, token.slice(0, -9), foreign, '', 'a.b.c', 'x'.repeat(100_000)]) {
      expect(await tokens.open(bad, '61')).toBeNull()
    }
  })
})
