// Whose numbers: a caller is told of their own creators alone, and no question is needed to refuse the rest.
import { describe, expect, test } from 'vitest'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { HttpProblem } from '#infra/runtime/http.ts'
import type { Caller } from '#infra/runtime/tokens.ts'
import { parseFilters } from '#queries/reports/filters.ts'
import { resolveScope } from '#queries/reports/scope.ts'

/** Fails on use: who is refused is refused before the directory is asked. */
function unread(): never {
  throw new Error('the directory was asked')
}
const store: ClickhouseStore = {
  command: unread,
  rows: unread,
  read: unread,
  insert: unread,
  insertSelect: unread,
  [Symbol.asyncDispose]: async () => undefined,
}

function caller(scopes: readonly string[], creators: readonly string[] = []): Caller {
  return { subject: 'someone', scopes: new Set(scopes), creators: new Set(creators) }
}

async function answerTo(who: Caller, filters = ''): Promise<unknown> {
  try {
    return await resolveScope(store, who, parseFilters(filters))
  } catch (error) {
    if (error instanceof HttpProblem) return error.code
    throw error
  }
}

describe('a token that reads reports', () => {
  test('of one creator means that creator', async () => {
    const scope = { kind: 'creator', creatorId: '900' }
    expect(await answerTo(caller(['reports:read'], ['900']))).toEqual(scope)
    expect(await answerTo(caller(['reports:read'], ['900']), 'creator==900')).toEqual(scope)
  })

  test('of several creators has to choose one', async () => {
    const both = caller(['reports:read'], ['900', '901'])
    expect(await answerTo(both)).toBe('illegal_filter')
    expect(await answerTo(both, 'creator==901')).toEqual({ kind: 'creator', creatorId: '901' })
  })

  test('sees nobody else, known or unknown', async () => {
    const one = caller(['reports:read'], ['900'])
    expect(await answerTo(one, 'creator==901')).toBe('not_found')
    expect(await answerTo(one, 'creator==901;video==77')).toBe('not_found')
  })

  test('of no creator, or of one that is no id, is refused', async () => {
    expect(await answerTo(caller(['reports:read']))).toBe('wrong_scope')
    expect(await answerTo(caller(['reports:read'], ["1' or 1=1"]))).toBe('wrong_scope')
  })
})

describe('a token that reads everybody', () => {
  test('has to say whom', async () => {
    expect(await answerTo(caller(['reports:all']))).toBe('illegal_filter')
    expect(await answerTo(caller(['reports:all'], ['900']))).toBe('illegal_filter')
  })

  test('and that reads one creator of its own may leave it out', async () => {
    expect(await answerTo(caller(['reports:all', 'reports:read'], ['900']))).toEqual({
      kind: 'creator',
      creatorId: '900',
    })
  })
})
