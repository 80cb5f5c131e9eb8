// `GET /v1/reports`: a question in a query string becomes published numbers of videos that the caller may see.
import type { FastifyInstance } from 'fastify'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { authenticate } from '#infra/runtime/http.ts'
import type { Caller, TokenVerifier } from '#infra/runtime/tokens.ts'
import { sendCached } from './cached-answer.ts'
import type { Written } from './cached-answer.ts'
import { readCells } from './cells.ts'
import { readHiddenOfCreator, readIdsOfCreator, readVideosOfCreator } from './directory.ts'
import type { OwnedVideo } from './directory.ts'
import { readHorizon } from './horizon.ts'
import type { NoisePolicies } from './noise-policies.ts'
import type { NextPage, PageTokens, ReportPosition } from './page-token.ts'
import { searchOf } from './parameters.ts'
import { parseReport } from './parse-report.ts'
import type { ReportQuery, ReportRequest } from './parse-report.ts'
import { breakdownOf, planBuckets } from './plan-breakdown.ts'
import { planReport } from './plan.ts'
import { readBuckets } from './read-buckets.ts'
import { writeReport } from './report-formats.ts'
import { readScope, reportScopes } from './scope.ts'
import type { Scope } from './scope.ts'
import { shapeReport } from './shape-report.ts'

export interface ReportsOptions {
  readonly verifier: TokenVerifier
  readonly store: ClickhouseStore
  readonly policies: NoisePolicies
  readonly pageTokens: PageTokens<ReportPosition>
  readonly clock: Clock
}

export function addReportRoute(app: FastifyInstance, options: ReportsOptions): void {
  app.get('/v1/reports', async (request, reply) => {
    const caller = await authenticate(request, options.verifier, reportScopes)
    const answer = await answerReport(options, caller, parseReport(searchOf(request.url)))
    if (answer.next !== null) reply.header('x-next-page-token', answer.next.token)
    return sendCached(request, reply, answer.written)
  })
}

interface ReportAnswer {
  readonly written: Written
  readonly next: NextPage | null
}

/** parse -> plan -> render -> run -> shape -> write. @throws HttpProblem with a code of reports. */
async function answerReport(
  { store, policies, pageTokens, clock }: ReportsOptions,
  caller: Caller,
  { query, pageToken, format }: ReportRequest,
): Promise<ReportAnswer> {
  const binding = { subject: caller.subject, question: ['reports', query] }
  const begin = pageToken === null ? null : await pageTokens.open(pageToken, binding)
  const asked = breakdownOf(query)
  const counted = asked?.totals ?? query
  const [horizon, { scope, listed, hidden, brokenDown }] = await Promise.all([
    readHorizon(store, begin?.asOfMs ?? query.asOfMs),
    readScope(store, caller, query.filter, (found) =>
      asked === null ? videosOf(store, found, counted) : brokenDownOf(store, found),
    ),
  ])
  const plan = planReport(counted, { scope, listed, hidden, horizon, nowMs: clock.nowMs() })
  const sources = { store, policies }
  const [cells, buckets] = await Promise.all([
    readCells(sources, plan),
    asked === null
      ? null
      : readBuckets(sources, planBuckets(asked, plan, { scope, videoIds: brokenDown })),
  ])
  const breakdown = asked === null || buckets === null ? {} : { breakdown: { asked, buckets } }
  const offset = begin?.offset ?? 0
  const { body, nextOffset } = shapeReport(query, { plan, cells, ...breakdown, offset })
  const position = { offset: nextOffset ?? 0, asOfMs: horizon?.finishedAtMs ?? 0 }
  const next = nextOffset === null ? null : await pageTokens.seal(position, binding)
  return { written: writeReport(body, format, next), next }
}

/** What the catalogue says of the videos that a report is about. */
interface ReportVideos {
  readonly scope: Scope
  /** Those that rows are by, where none was named. */
  readonly listed: readonly OwnedVideo[]
  /** Ids of those that are not public. */
  readonly hidden: ReadonlySet<string>
  /** Ids of those whose buckets are read. */
  readonly brokenDown: readonly string[]
}

async function videosOf(
  store: ClickhouseStore,
  scope: Scope,
  { dimensions }: ReportQuery,
): Promise<ReportVideos> {
  const none = { scope, listed: [], brokenDown: [] }
  if (scope.kind === 'videos') return { ...none, hidden: hiddenOf(scope.videos) }
  if (!dimensions.includes('video')) {
    return { ...none, hidden: await readHiddenOfCreator(store, scope.creatorId) }
  }
  const listed = await readVideosOfCreator(store, scope.creatorId)
  return { ...none, listed, hidden: hiddenOf(listed) }
}

/** Of a breakdown, which has no rows by video. */
async function brokenDownOf(store: ClickhouseStore, scope: Scope): Promise<ReportVideos> {
  const videos =
    scope.kind === 'videos' ? scope.videos : await readIdsOfCreator(store, scope.creatorId)
  return {
    scope,
    listed: [],
    hidden: hiddenOf(videos),
    brokenDown: videos.map(({ videoId }) => videoId),
  }
}

function hiddenOf(videos: readonly Pick<OwnedVideo, 'videoId' | 'hidden'>[]): ReadonlySet<string> {
  return new Set(videos.filter(({ hidden }) => hidden).map(({ videoId }) => videoId))
}
