// `GET /v1/notifications`: who made a stitch or duet of a creator's videos, newest first; only videos that are public now are named.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { authenticate } from '#infra/runtime/http.ts'
import type { HttpProblem } from '#infra/runtime/http.ts'
import type { Caller, TokenVerifier } from '#infra/runtime/tokens.ts'
import { isId } from '#schemas/ids.ts'
import { sendCached, writeJson } from './cached-answer.ts'
import type { Written } from './cached-answer.ts'
import { illegalFilter, parseFilters } from './filters.ts'
import type { ReportFilter } from './filters.ts'
import { readEntries, readHandles } from './notification-entries.ts'
import type { Entry } from './notification-entries.ts'
import type { PageTokens } from './page-token.ts'
import { maxResultsOf, readParameters, searchOf } from './parameters.ts'
import { reportLimits } from './parse-report.ts'
import { reportScopes, resolveScope } from './scope.ts'

/**
 * The last entry of a page. The next page begins behind it, wherever that is by then: an offset would
 * move with every entry that comes or goes.
 */
export const entryPositionSchema = z.object({
  occurredAtMs: z.int().min(0),
  derivedVideoId: z.string().refine(isId),
})

export type EntryPosition = Readonly<z.infer<typeof entryPositionSchema>>

export interface NotificationsOptions {
  readonly verifier: TokenVerifier
  readonly store: ClickhouseStore
  readonly pageTokens: PageTokens<EntryPosition>
}

interface NotificationsQuery {
  readonly filter: ReportFilter
  readonly maxResults: number
}

export function addNotificationsRoute(app: FastifyInstance, options: NotificationsOptions): void {
  app.get('/v1/notifications', async (request, reply) => {
    const caller = await authenticate(request, options.verifier, reportScopes)
    const search = searchOf(request.url)
    return sendCached(request, reply, await answerNotifications(options, caller, search))
  })
}

async function answerNotifications(
  { store, pageTokens }: NotificationsOptions,
  caller: Caller,
  search: URLSearchParams,
): Promise<Written> {
  const { query, pageToken } = parseNotifications(search)
  const binding = { subject: caller.subject, question: ['notifications', query] }
  const after = pageToken === null ? null : await pageTokens.open(pageToken, binding)
  const scope = await resolveScope(store, caller, query.filter)
  if (scope.kind !== 'creator') throw onlyByCreator()
  // One more than the page holds, to know whether another one follows.
  const limit = query.maxResults + 1
  const found = await readEntries(store, { creatorId: scope.creatorId, after, limit })
  const page = found.slice(0, query.maxResults)
  const handles = await readHandles(store, new Set(page.map(({ creatorId }) => creatorId)))
  const last = found.length > page.length ? page.at(-1) : undefined
  const next = last === undefined ? null : await pageTokens.seal(positionOf(last), binding)
  return writeJson({ notifications: page.map((entry) => describe(entry, handles)) }, next)
}

/** @throws HttpProblem with a code of reports. */
function parseNotifications(search: URLSearchParams): {
  query: NotificationsQuery
  pageToken: string | null
} {
  const parameters = readParameters(search, ['filters', 'max_results', 'page_token'])
  const filter = parseFilters(parameters.get('filters') ?? '')
  if (filter.videoIds !== null) throw onlyByCreator()
  const maxResults = maxResultsOf(parameters, 'max_results', {
    fallback: reportLimits.resultsDefault,
    max: reportLimits.resultsMax,
  })
  return { query: { filter, maxResults }, pageToken: parameters.get('page_token') ?? null }
}

function onlyByCreator(): HttpProblem {
  return illegalFilter('notifications are filtered by creator==ID alone')
}

function positionOf({ occurredAtMs, derivedVideoId }: Entry): EntryPosition {
  return { occurredAtMs, derivedVideoId }
}

/** Everything that is named is public. The time is cut to the minute: a finer one tells of acts. */
function describe(entry: Entry, handles: ReadonlyMap<string, string>): Record<string, string> {
  const { type, videoId, title, derivedVideoId, derivedTitle, creatorId, occurredAtMs } = entry
  const handle = handles.get(creatorId)
  const minuteMs = occurredAtMs - (occurredAtMs % 60_000)
  return {
    type,
    video_id: videoId,
    ...(title === '' ? {} : { title }),
    derived_video_id: derivedVideoId,
    ...(derivedTitle === '' ? {} : { derived_title: derivedTitle }),
    creator_id: creatorId,
    ...(handle === undefined ? {} : { handle }),
    occurred_at: new Date(minuteMs).toISOString(),
  }
}
