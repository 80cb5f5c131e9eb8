// What a `GET /v1/me/saves` asks for, read from its query: strictly, so that a misspelt parameter is told and not ignored.
import { HttpProblem } from '#infra/runtime/http.ts'
import type { Cursor, PageTokens, SaveOrder } from './page-tokens.ts'

export interface ListRequest {
  readonly order: SaveOrder
  readonly limit: number
  /** Null: from the beginning. */
  readonly cursor: Cursor | null
}

/** Rows of a page: a list is read whole by few requests, and an answer stays below 600 KB. */
const limits = { rowsDefault: 50, rowsMax: 200 } as const

const LIST_PARAMETERS = ['collection', 'order', 'limit', 'page_token'] as const

/**
 * Reads the query of a list's page.
 * @throws HttpProblem `unknown_parameter`, `bad_parameter`, `bad_page_token`, or `not_found` for a
 * collection, of which nobody has any yet.
 */
export async function parseListRequest(
  query: unknown,
  userId: string,
  tokens: PageTokens,
): Promise<ListRequest> {
  const given = parametersOf(query, LIST_PARAMETERS)
  const limit = parseLimit(given.get('limit'))
  const order = parseOrder(given.get('order'))
  if (given.has('collection')) throw new HttpProblem('not_found', 'There is no such collection')
  const token = given.get('page_token')
  if (token === undefined) return { order: order ?? 'newest', limit, cursor: null }
  const state = await tokens.open(token, userId)
  if (state === null || (order !== undefined && order !== state.order)) {
    throw new HttpProblem(
      'bad_page_token',
      'Begin again without page_token: a token lasts an hour and holds for one list in one order',
    )
  }
  return { ...state, limit }
}

/** Refuses parameters where none is known. @throws HttpProblem `unknown_parameter`. */
export function refuseParameters(query: unknown): void {
  parametersOf(query, [])
}

function parametersOf(query: unknown, known: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  if (typeof query !== 'object' || query === null) return given
  for (const [name, value] of Object.entries(query)) {
    // A stranger's name may be of any length and content: it is echoed only as far as a name goes.
    const parameter = name.slice(0, 64)
    if (!known.includes(name)) {
      throw new HttpProblem('unknown_parameter', `${parameter} is not a parameter here`, {
        parameter,
      })
    }
    if (typeof value !== 'string') throw badParameter(parameter, 'may be given once')
    given.set(name, value)
  }
  return given
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return limits.rowsDefault
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= limits.rowsMax) return limit
  throw badParameter('limit', `must be 1 to ${limits.rowsMax}`)
}

function parseOrder(text: string | undefined): SaveOrder | undefined {
  if (text === undefined || text === 'newest' || text === 'oldest') return text
  throw badParameter('order', 'must be newest or oldest')
}

function badParameter(parameter: string, why: string): HttpProblem {
  return new HttpProblem('bad_parameter', `${parameter} ${why}`, { parameter })
}
