// Shapes counted sums into the answer of `/v1/reports`: columns, a page of rows, their states, and totals.
import { isReportDimension, REST } from '#schemas/report-dimensions.ts'
import { isGuarded } from '#schemas/metric-kinds.ts'
import { metrics } from '#schemas/metrics.ts'
import type { Metric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'
import { breakdownRowsOf } from './breakdown-rows.ts'
import type { Breakdown } from './breakdown-rows.ts'
import type { Cell, State } from './cell-state.ts'
import type { Cells } from './cells.ts'
import { dimensionColumn, metricColumn } from './columns.ts'
import type { Column } from './columns.ts'
import type { Horizon } from './horizon.ts'
import type { ReportQuery } from './parse-report.ts'
import type { ReportPlan } from './plan.ts'
import { peopleToS, rowsOf } from './report-rows.ts'
import { orderRows } from './row-order.ts'
import type { RowKey } from './row-order.ts'
import { instantText } from './time-buckets.ts'

export type Value = string | number | null

/** The body of a report as JSON, without the token of the next page. */
export interface ReportBody {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Value[])[]
  readonly states: readonly (readonly State[])[]
  /** 95 % half-widths; 0: exact. Only when asked for. */
  readonly margins?: readonly (readonly (number | null)[])[]
  readonly totals: {
    readonly row: readonly Value[]
    readonly states: readonly (State | null)[]
    readonly margins?: readonly (number | null)[]
  }
  readonly freshness: Freshness
  /** Metrics that cover less than was asked, and what they cover. */
  readonly covers: Readonly<Record<string, readonly [string, string]>>
  readonly privacy: {
    /** The newest policy that cells or guarded numbers of the report were published under; null: it has none. */
    readonly policy: string | null
    /** Values of a breakdown that no row has, since they are in the row `rolled_into`. */
    readonly hidden_rows: number
    readonly rolled_into: string | null
  }
}

export interface Freshness {
  readonly watermark: string | null
  readonly complete_through: string | null
  readonly provisional_from: string | null
}

export interface ShapedReport {
  readonly body: ReportBody
  /** Where the next page begins; null after the last. */
  readonly nextOffset: number | null
}

/** What was planned and read for a report. */
export interface ReportParts {
  readonly plan: ReportPlan
  readonly cells: Cells
  /** Left out: it breaks nothing down. Else plan and cells are those of its totals. */
  readonly breakdown?: Breakdown
  readonly offset: number
}

/** A page of the report from row `offset` on. */
export function shapeReport(
  query: ReportQuery,
  { plan, cells, breakdown, offset }: ReportParts,
): ShapedReport {
  const { dimensions } = query
  const broken = breakdown === undefined ? null : breakdownRowsOf(query, { plan, cells, breakdown })
  const rows = broken ?? rowsOf(query, plan, cells)
  const hidden = broken?.hiddenValues ?? 0
  const order = orderRows(rows.count, query.sort.map(sortKey))
  const end = Math.min(rows.count, offset + query.maxResults)
  const page = [...order.subarray(offset, end)].map((row) => ({
    labels: dimensions.map((name) => rows.label(name, row)),
    cells: query.metrics.map((name) => rows.cell(name, row)),
  }))
  const totals = query.metrics.map((name) => rows.total(name))
  const noLabels = dimensions.map(() => null)
  const marginsOf = (values: readonly Cell[]): readonly (number | null)[] => [
    ...noLabels,
    ...values.map(marginOf),
  ]
  const body: ReportBody = {
    columns: [...dimensions.map(dimensionColumn), ...query.metrics.map(metricColumn)],
    rows: page.map((row) => [...row.labels, ...row.cells.map(({ value }) => value)]),
    states: page.map((row) => [
      ...dimensions.map(() => 'value' as const),
      ...row.cells.map(({ state }) => state),
    ]),
    ...(query.margins ? { margins: page.map((row) => marginsOf(row.cells)) } : {}),
    totals: {
      row: [...noLabels, ...totals.map(({ value }) => value)],
      states: [...noLabels, ...totals.map(({ state }) => state)],
      ...(query.margins ? { margins: marginsOf(totals) } : {}),
    },
    freshness: freshnessOf(plan.horizon, query.includeProvisional),
    covers: coversOf(query.metrics, plan, { cells, breakdown }),
    privacy: {
      policy: breakdown?.buckets.policy?.version ?? cells.guarded.policy,
      hidden_rows: hidden,
      rolled_into: hidden > 0 ? REST : null,
    },
  }
  return { body, nextOffset: end < rows.count ? end : null }

  function sortKey({ column, descending }: ReportQuery['sort'][number]): RowKey {
    const of = isReportDimension(column)
      ? (row: number) => rows.index(column, row)
      : (row: number) => rows.cell(column, row).value ?? Number.NaN
    return { of, descending }
  }
}

/** Open metrics are exact. */
function marginOf({ value, margin = 0 }: Cell): number | null {
  return value === null ? null : margin
}

export function freshnessOf(horizon: Horizon | null, includeProvisional: boolean): Freshness {
  if (horizon === null) return { watermark: null, complete_through: null, provisional_from: null }
  const completeThrough = instantText(horizon.completeThroughS)
  return {
    watermark: instantText(horizon.watermarkS),
    complete_through: completeThrough,
    provisional_from: includeProvisional ? completeThrough : null,
  }
}

interface Known {
  readonly cells: Cells
  readonly breakdown: Breakdown | undefined
}

/**
 * Until where a metric is whole: counted, or sealed for all videos. A rate by viewers takes of each video
 * the time in which both parts are told: until where that is so of any.
 */
function wholeToS(name: MetricName, plan: ReportPlan, known: Known): number {
  const { breakdown } = known
  const { guarded } = known.cells
  const metric: Metric = metrics[name]
  if (metric.kind === 'people_ratio') {
    const parts = [metric.numerator, metric.denominator].map((part) => wholeToS(part, plan, known))
    return Math.min(breakdown?.buckets.toldToS(metric.numerator) ?? -Infinity, ...parts)
  }
  if (metric.kind === 'people') return peopleToS(plan)
  if (!isGuarded(metric)) return plan.countedToS
  return plan.horizon === null ? -Infinity : guarded.sealedToS()
}

function coversOf(
  names: readonly MetricName[],
  plan: ReportPlan,
  known: Known,
): ReportBody['covers'] {
  const { asked, span } = plan
  const covers = names.flatMap((name) => {
    const toS = Math.max(span.fromS, Math.min(span.toS, wholeToS(name, plan, known)))
    const isWhole = span.fromS === asked.fromS && toS === asked.toS
    return isWhole ? [] : [[name, [instantText(span.fromS), instantText(toS)] as const] as const]
  })
  return Object.fromEntries(covers)
}
