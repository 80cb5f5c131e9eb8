// `GET /v1/catalog`: what can be asked, made from the tables and the rule that reports are planned by.
import type { FastifyInstance } from 'fastify'
import { authenticate } from '#infra/runtime/http.ts'
import type { TokenVerifier } from '#infra/runtime/tokens.ts'
import { isMetricName, metrics } from '#schemas/metrics.ts'
import { isReportDimension, reportDimensions } from '#schemas/report-dimensions.ts'
import type { ReportDimension } from '#schemas/report-dimensions.ts'
import { sendCached, writeJson } from './cached-answer.ts'
import { dimensionColumn, metricColumn } from './columns.ts'
import type { DimensionColumn, MetricColumn } from './columns.ts'
import { FILTER_VIDEOS_MAX } from './filters.ts'
import { legalSets } from './legality.ts'
import { reportLimits } from './parse-report.ts'
import { reportScopes } from './scope.ts'

interface Described {
  readonly title: string
  readonly description: string
}

export interface Catalog {
  readonly metrics: readonly (MetricColumn & Described)[]
  readonly dimensions: readonly (DimensionColumn & Described)[]
  /** Every legal report of a single metric; metrics that share a set of dimensions go together. */
  readonly matrix: readonly {
    readonly metric: string
    readonly dimensions: readonly (readonly ReportDimension[])[]
  }[]
  readonly filters: readonly { readonly name: string; readonly values_max: number }[]
  readonly limits: Readonly<Record<string, number>>
}

export function createCatalog(): Catalog {
  const names = Object.keys(metrics).filter(isMetricName)
  return {
    metrics: names.map((name) => {
      const { title, description } = metrics[name]
      return { ...metricColumn(name), title, description }
    }),
    dimensions: Object.keys(reportDimensions)
      .filter(isReportDimension)
      .map((name) => {
        const { title, description } = reportDimensions[name]
        return { ...dimensionColumn(name), title, description }
      }),
    matrix: names.map((metric) => ({ metric, dimensions: legalSets(metric) })),
    filters: [
      { name: 'video', values_max: FILTER_VIDEOS_MAX },
      { name: 'creator', values_max: 1 },
    ],
    limits: {
      days_max: reportLimits.days,
      days_by_hour_max: reportLimits.daysByHour,
      minutes_max: reportLimits.minutes,
      results_default: reportLimits.resultsDefault,
      results_max: reportLimits.resultsMax,
    },
  }
}

export function addCatalogRoute(app: FastifyInstance, verifier: TokenVerifier): void {
  const written = writeJson(createCatalog(), null)
  app.get('/v1/catalog', async (request, reply) => {
    await authenticate(request, verifier, reportScopes)
    return sendCached(request, reply, written)
  })
}
