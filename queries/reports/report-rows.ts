// The rows of a report: their labels, the cell of each metric in them, and its total over all of them.
import { isGuarded } from '#schemas/metric-kinds.ts'
import { metrics } from '#schemas/metrics.ts'
import type { GuardedMetric, Metric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'
import type { ReportDimension } from '#schemas/report-dimensions.ts'
import { cellOf, peopleCell } from './cell-state.ts'
import type { Cell, SumOf } from './cell-state.ts'
import type { Cells } from './cells.ts'
import { guardedCell, unpublishedCell } from './guarded-cell.ts'
import { guardedParts } from './guarded.ts'
import type { ReportQuery } from './parse-report.ts'
import type { ReportPlan } from './plan.ts'
import { placesOf, rowGridOf } from './row-grid.ts'
import type { Bucket, Span } from './time-buckets.ts'

export interface Rows {
  readonly count: number
  /** Place of a row's value among those of the dimension, ascending. */
  index(name: ReportDimension, row: number): number
  label(name: ReportDimension, row: number): string | number
  cell(name: MetricName, row: number): Cell
  /** Over all rows; ratios from the sums. */
  total(name: MetricName): Cell
}

/** No report without a breakdown has such a metric. */
const onlyBrokenDown: Cell = { value: null, state: 'not_applicable' }

/** Rows numbered in their default order: by the dimensions as named, each ascending. */
export function rowsOf(query: ReportQuery, plan: ReportPlan, cells: Cells): Rows {
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
      if (metric.kind === 'people_ratio') return onlyBrokenDown
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
      if (metric.kind === 'people_ratio') return onlyBrokenDown
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

/** Where the days end whose people are counted. */
export function peopleToS({ horizon }: ReportPlan): number {
  return horizon?.peopleThroughS ?? -Infinity
}
