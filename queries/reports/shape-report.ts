// Shapes counted sums into the answer of `/v1/reports`: columns, a page of rows, their states, and totals.
import { isReportDimension } from '#schemas/report-dimensions.ts'
import { isGuarded } from '#schemas/metric-kinds.ts'
import { metrics } from '#schemas/metrics.ts'
import type { GuardedMetric, Metric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'
import type { ReportDimension } from '#schemas/report-dimensions.ts'
import { cellOf, peopleCell } from './cell-state.ts'
import type { Cell, State, SumOf } from './cell-state.ts'
import type { Cells } from './cells.ts'
import { dimensionColumn, metricColumn } from './columns.ts'
import type { Column } from './columns.ts'
import { guardedCell, unpublishedCell } from './guarded-cell.ts'
import { guardedParts } from './guarded.ts'
import type { Horizon } from './horizon.ts'
import type { ReportQuery } from './parse-report.ts'
import type { ReportPlan } from './plan.ts'
import { placesOf, rowGridOf } from './row-grid.ts'
import { orderRows } from './row-order.ts'
import type { RowKey } from './row-order.ts'
import { instantText } from './time-buckets.ts'
import type { Bucket, Span } from './time-buckets.ts'

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
    /** The newest policy that guarded numbers of the report were published under; null: it has none. */
    readonly policy: string | null
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

/** A page of the report from row `offset` on. */
export function shapeReport(
  query: ReportQuery,
  { plan, cells, offset }: { plan: ReportPlan; cells: Cells; offset: number },
): ShapedReport {
  const { dimensions } = query
  const rows = rowsOf(query, plan, cells)
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
    covers: coversOf(query.metrics, plan, cells),
    privacy: { policy: cells.guarded.policy, hidden_rows: 0, rolled_into: null },
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

interface Rows {
  readonly count: number
  /** Place of a row's value among those of the dimension, ascending. */
  index(name: ReportDimension, row: number): number
  label(name: ReportDimension, row: number): string | number
  cell(name: MetricName, row: number): Cell
  /** Over all rows; ratios from the sums. */
  total(name: MetricName): Cell
}

/** Rows numbered in their default order: by the dimensions as named, each ascending. */
function rowsOf(query: ReportQuery, plan: ReportPlan, cells: Cells): Rows {
  const { sums, totals, people, guarded, leftOut } = cells
  const grid = rowGridOf(plan)
  const places = placesOf(grid)
  const lineAt = (place: number): number => places.line[place] ?? 0
  const bucketAt = (place: number): Bucket | undefined =>
    grid.lines[lineAt(place)]?.buckets?.[places.bucket[place] ?? 0]
  const timeAt = (place: number): number => {
    const key = bucketAt(place)?.key
    return typeof key === 'number' ? key : (places.bucket[place] ?? 0)
  }
  const timeFirst = query.dimensions.length > 1 && query.dimensions[0] !== 'video'
  const order = timeFirst ? groupedBy(timeAt, grid.count) : null
  const placeOf = (row: number): number => order?.[row] ?? row
  const counted = (span: Span, videoId: string | null) => ({
    ...span,
    countedToS: plan.countedToS,
    leavesOut: leftOut.leavesOut(videoId, span),
  })
  const guardedAt = (metric: GuardedMetric, row: number | null, videoId: string | null): Cell => {
    const span = row === null ? plan.span : (bucketAt(row) ?? plan.span)
    if (plan.horizon === null) return unpublishedCell(span)
    return guardedCell(metric, guardedParts(guarded, row, leftOut.leavesOut(videoId, span)))
  }
  const countedPeople = (span: Span) => ({ ...span, countedToS: peopleToS(plan) })
  return {
    count: grid.count,
    index: (name, row) => (name === 'video' ? lineAt(placeOf(row)) : timeAt(placeOf(row))),
    label(name, row) {
      const place = placeOf(row)
      return (name === 'video' ? grid.lines[lineAt(place)]?.videoId : bucketAt(place)?.key) ?? ''
    },
    cell(name, row) {
      const place = placeOf(row)
      const metric: Metric = metrics[name]
      const span = bucketAt(place) ?? plan.span
      if (metric.kind === 'people') {
        return peopleCell(people.countOf(metric.of, place), countedPeople(span))
      }
      const videoId = grid.lines[lineAt(place)]?.videoId ?? null
      if (isGuarded(metric)) return guardedAt(metric, place, videoId)
      const sumOf: SumOf = (column) => sums.get(column)?.[place] ?? 0
      return cellOf(metric, sumOf, counted(span, videoId))
    },
    total(name) {
      const metric: Metric = metrics[name]
      if (metric.kind === 'people') {
        return peopleCell(people.totalOf(metric.of), countedPeople(plan.span))
      }
      if (isGuarded(metric)) return guardedAt(metric, null, null)
      return cellOf(metric, (column) => totals.get(column) ?? 0, counted(plan.span, null))
    },
  }
}

/** Numbers 0 to `count` - 1 by what they belong to (small whole numbers), then by themselves. */
function groupedBy(groupOf: (place: number) => number, count: number): readonly number[] {
  const groups: number[][] = []
  for (let place = 0; place < count; place++) (groups[groupOf(place)] ??= []).push(place)
  return groups.flat()
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

/** Where the days end whose people are counted. */
function peopleToS({ horizon }: ReportPlan): number {
  return horizon?.peopleThroughS ?? -Infinity
}

/** Until where a metric is whole: counted, or sealed for all videos. */
function wholeToS(name: MetricName, plan: ReportPlan, { guarded }: Cells): number {
  const metric: Metric = metrics[name]
  if (metric.kind === 'people') return peopleToS(plan)
  if (!isGuarded(metric)) return plan.countedToS
  return plan.horizon === null ? -Infinity : guarded.sealedToS()
}

function coversOf(
  names: readonly MetricName[],
  plan: ReportPlan,
  cells: Cells,
): ReportBody['covers'] {
  const { asked, span } = plan
  const covers = names.flatMap((name) => {
    const toS = Math.max(span.fromS, Math.min(span.toS, wholeToS(name, plan, cells)))
    const isWhole = span.fromS === asked.fromS && toS === asked.toS
    return isWhole ? [] : [[name, [instantText(span.fromS), instantText(toS)] as const] as const]
  })
  return Object.fromEntries(covers)
}
