// `GET /v1/videos`: a creator's own videos, each with what it counted in all its life.
import type { FastifyInstance } from 'fastify'
import { authenticate } from '#infra/runtime/http.ts'
import type { HttpProblem } from '#infra/runtime/http.ts'
import type { Caller } from '#infra/runtime/tokens.ts'
import { isGuarded } from '#schemas/metric-kinds.ts'
import { metrics } from '#schemas/metrics.ts'
import type { Metric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'
import { sendCached, writeJson } from './cached-answer.ts'
import type { Written } from './cached-answer.ts'
import { cellOf, peopleCell } from './cell-state.ts'
import type { Cell } from './cell-state.ts'
import { readCells } from './cells.ts'
import type { Cells } from './cells.ts'
import { readListOfCreator } from './directory.ts'
import type { ListedVideo } from './directory.ts'
import { illegalFilter, parseFilters } from './filters.ts'
import type { ReportFilter } from './filters.ts'
import { guardedCell, unpublishedCell } from './guarded-cell.ts'
import { guardedParts } from './guarded.ts'
import { readHorizon } from './horizon.ts'
import { maxResultsOf, readParameters, searchOf, sortOf } from './parameters.ts'
import type { SortKey } from './parameters.ts'
import { reportLimits } from './parse-report.ts'
import { lifetimeMetrics, planLifetime } from './plan-lifetime.ts'
import type { ReportPlan } from './plan.ts'
import type { ReportsOptions } from './report-route.ts'
import { orderRows } from './row-order.ts'
import { readScope, reportScopes } from './scope.ts'
import { freshnessOf } from './shape-report.ts'

type VideoColumn = MetricName | 'video_id' | 'published_at'

const columns: readonly VideoColumn[] = ['video_id', 'published_at', ...lifetimeMetrics]

interface VideosQuery {
  readonly filter: ReportFilter
  readonly sort: readonly SortKey<VideoColumn>[]
  readonly maxResults: number
}

export function addVideosRoute(app: FastifyInstance, options: ReportsOptions): void {
  app.get('/v1/videos', async (request, reply) => {
    const caller = await authenticate(request, options.verifier, reportScopes)
    const search = searchOf(request.url)
    return sendCached(request, reply, await answerVideos(options, caller, search))
  })
}

async function answerVideos(
  { store, policies, pageTokens, clock }: ReportsOptions,
  caller: Caller,
  search: URLSearchParams,
): Promise<Written> {
  const { query, pageToken } = parseVideos(search)
  const binding = { subject: caller.subject, question: ['videos', query] }
  const begin = pageToken === null ? null : await pageTokens.open(pageToken, binding)
  const [horizon, { creatorId, videos }] = await Promise.all([
    readHorizon(store, begin?.asOfMs ?? null),
    readScope(store, caller, query.filter, async (scope) => {
      if (scope.kind !== 'creator') throw onlyByCreator()
      return { creatorId: scope.creatorId, videos: await readListOfCreator(store, scope.creatorId) }
    }),
  ])
  const own = caller.creators.has(creatorId)
  const videoIds = videos.map(({ videoId }) => videoId)
  const plan = planLifetime({ creatorId, videoIds, horizon, nowMs: clock.nowMs() })
  const totalOf = totalsOf(await readCells({ store, policies }, plan), plan)

  const order = orderRows(
    videos.length,
    query.sort.map(({ column, descending }) => ({
      of: (row) => {
        if (column === 'video_id') return row
        if (column === 'published_at') return videos[row]?.publishedAtMs ?? Number.NaN
        return totalOf(column, row).value ?? Number.NaN
      },
      descending,
    })),
  )
  const offset = begin?.offset ?? 0
  const end = Math.min(videos.length, offset + query.maxResults)
  const page = [...order.subarray(offset, end)].flatMap((row) => {
    const video = videos[row]
    if (video === undefined) return []
    const totals = lifetimeMetrics.map((name) => [name, totalOf(name, row)] as const)
    const counted = totals.map(([name, { value }]) => [name, value])
    // Numbers with noise are not told without how far off they may be.
    const margins = totals.flatMap(([name, { margin }]) =>
      margin === undefined ? [] : [[name, margin]],
    )
    return [
      {
        ...describe(video, own),
        ...Object.fromEntries(counted),
        margins: Object.fromEntries(margins),
      },
    ]
  })
  const position = { offset: end, asOfMs: horizon?.finishedAtMs ?? 0 }
  const next = end < videos.length ? await pageTokens.seal(position, binding) : null
  return writeJson({ videos: page, freshness: freshnessOf(horizon, true) }, next)
}

/** @throws HttpProblem with a code of reports. */
function parseVideos(search: URLSearchParams): { query: VideosQuery; pageToken: string | null } {
  const parameters = readParameters(search, ['filters', 'sort', 'max_results', 'page_token'])
  const filter = parseFilters(parameters.get('filters') ?? '')
  if (filter.videoIds !== null) throw onlyByCreator()
  const given = sortOf(parameters, 'sort', columns)
  const newestFirst = [{ column: 'published_at', descending: true }] as const
  const query = {
    filter,
    sort: given.length === 0 ? newestFirst : given,
    maxResults: maxResultsOf(parameters, 'max_results', {
      fallback: reportLimits.resultsDefault,
      max: reportLimits.resultsMax,
    }),
  }
  return { query, pageToken: parameters.get('page_token') ?? null }
}

function onlyByCreator(): HttpProblem {
  return illegalFilter('videos are filtered by creator==ID alone')
}

/** Counted so far, which for a lifetime is the value; null when nothing was ever published. */
function totalsOf(
  { sums, people, guarded }: Cells,
  { span: life, countedToS, horizon }: ReportPlan,
): (name: MetricName, row: number) => Cell {
  const span = { fromS: 0, toS: countedToS, countedToS, leavesOut: false }
  return (name, row) => {
    const metric: Metric = metrics[name]
    if (metric.kind === 'people') return peopleCell(people.countOf(metric.of, row), span)
    if (metric.kind === 'people_ratio') return { value: null, state: 'not_applicable' }
    if (!isGuarded(metric)) return cellOf(metric, (column) => sums.get(column)?.[row] ?? 0, span)
    if (horizon === null) return unpublishedCell(life)
    return guardedCell(metric, guardedParts(guarded, row, false))
  }
}

/** What is not public is named to its owner alone. */
function describe(video: ListedVideo, own: boolean): Record<string, unknown> {
  const { videoId, title, publishedAtMs, durationMs, visibility, kind, thumbnailUrl } = video
  const named = own || visibility === 'public'
  return {
    video_id: videoId,
    ...(named ? { title } : {}),
    published_at: new Date(publishedAtMs).toISOString(),
    ...(durationMs === 0 ? {} : { duration_ms: durationMs }),
    visibility,
    kind,
    ...(named && thumbnailUrl !== '' ? { thumbnail_url: thumbnailUrl } : {}),
  }
}
