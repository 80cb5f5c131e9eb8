// The rows of a breakdown: values that are shown at least once, `rest` and `not_yet`, by themselves or in every row in time.
import { breakdownValues, isBrokenDown } from '#schemas/breakdowns.ts'
import type { BrokenDownMeasure } from '#schemas/breakdowns.ts'
import type { MetricName } from '#schemas/metrics.ts'
import { NOT_YET, REST } from '#schemas/report-dimensions.ts'
import { rateCell, tellPeople, tellRate, toldCell } from './breakdown-cells.ts'
import type { Label, Told } from './breakdown-cells.ts'
import type { Buckets } from './buckets.ts'
import type { Cell } from './cell-state.ts'
import type { Cells } from './cells.ts'
import type { ReportQuery } from './parse-report.ts'
import { rateOf, timeRowsOf } from './plan-breakdown.ts'
import type { BreakdownQuery, RateNumerator } from './plan-breakdown.ts'
import type { ReportPlan } from './plan.ts'
import { rowsOf } from './report-rows.ts'
import type { Rows } from './report-rows.ts'
import type { Span } from './time-buckets.ts'

/** A breakdown that was asked for, and what was read of it. */
export interface Breakdown {
  readonly asked: BreakdownQuery
  readonly buckets: Buckets
}

export interface BreakdownRows extends Rows {
  /** Values of the dimension that no row tells, since they are in `rest`. */
  readonly hiddenValues: number
}

/** Rows in their default order: by the dimensions as named, values in the order of their domain. */
export function breakdownRowsOf(
  query: ReportQuery,
  { plan, cells, breakdown }: { plan: ReportPlan; cells: Cells; breakdown: Breakdown },
): BreakdownRows {
  const { asked, buckets } = breakdown
  const base = rowsOf(asked.totals, plan, cells)
  const times = timeRowsOf(plan)
  const people = new Map(
    asked.measures.map((measure) => [
      measure,
      times.map(({ toS }, row) =>
        tellPeople({
          total: base.cell(measure, row),
          sums: buckets.sumsOf(measure, row),
          hasGap: toS > buckets.gapFromS(measure),
        }),
      ),
    ]),
  )
  const toldOf = (measure: BrokenDownMeasure, row: number): Told =>
    people.get(measure)?.[row] ?? untold
  const isSure = ({ state }: Cell): boolean => state === 'value' || state === 'small'
  const rates = new Map(
    asked.rates.map((numerator) => [
      numerator,
      times.map(({ toS }, row) =>
        tellRate({
          top: toldOf(numerator, row),
          viewers: toldOf('viewers', row),
          parts: buckets.partsOf(numerator, row),
          hasGap: toS > gapOfRate(buckets, numerator),
          isEstimated: ![base.cell(numerator, row), base.cell('viewers', row)].every(isSure),
        }),
      ),
    ]),
  )
  const told = new Map<MetricName, readonly Told[]>(
    query.metrics.map((name) => {
      const rate = rateOf(name)
      if (rate !== null) return [name, rates.get(rate.numerator) ?? []]
      return [name, isBrokenDown(name) ? (people.get(name) ?? []) : []]
    }),
  )
  const values = breakdownValues[asked.dimension]
  const labels = labelsOf([...told.values()].flat(), values.length)
  const byTime = query.dimensions.length > 1 && query.dimensions[0] !== asked.dimension
  const timeAt = (row: number): number =>
    byTime ? Math.floor(row / labels.length) : row % times.length
  const labelAt = (row: number): number =>
    byTime ? row % labels.length : Math.floor(row / times.length)
  const hasRest = [...told.values()].some((rows) => rows.some(({ cells: of }) => of.has(REST)))
  const shown = labels.filter((label) => typeof label === 'number').length

  return {
    count: labels.length * times.length,
    index: (name, row) => (name === asked.dimension ? labelAt(row) : base.index(name, timeAt(row))),
    label(name, row) {
      if (name !== asked.dimension) return base.label(name, timeAt(row))
      const label = labels[labelAt(row)] ?? REST
      return typeof label === 'number' ? (values[label] ?? '') : label
    },
    cell(name, row) {
      const label = labels[labelAt(row)] ?? REST
      return toldCell(told.get(name)?.[timeAt(row)] ?? untold, label)
    },
    total(name) {
      const rate = rateOf(name)
      if (rate === null) return base.total(name)
      return rateTotal(rate.numerator, { buckets, base, times })
    },
    hiddenValues: hasRest ? values.length - shown : 0,
  }
}

const untold: Told = { cells: new Map(), other: 'not_yet', folded: null }

/** Values in their order, then `rest`, then `not_yet`. */
function labelsOf(told: readonly Told[], valuesCount: number): readonly Label[] {
  const found = new Set<Label>(told.flatMap(({ cells }) => [...cells.keys()]))
  const places = Array.from({ length: valuesCount }, (_, place): Label => place)
  const all: readonly Label[] = [...places, REST, NOT_YET]
  const labels = all.filter((label) => found.has(label))
  // Where nothing has a number, one row says why.
  const isNobody = told.every(({ other }) => other === 'zero' || other === 'not_applicable')
  return labels.length > 0 || isNobody ? labels : [NOT_YET]
}

/** From when on one of its parts is not told of. */
function gapOfRate(buckets: Buckets, numerator: RateNumerator): number {
  return Math.min(buckets.gapFromS(numerator), buckets.gapFromS('viewers'))
}

interface RateRows {
  readonly buckets: Buckets
  readonly base: Rows
  readonly times: readonly Span[]
}

/** All people of one kind over all of the other, as far as both are told. */
function rateTotal(numerator: RateNumerator, { buckets, base, times }: RateRows): Cell {
  const parts = times.flatMap((_, row) => buckets.partsOf(numerator, row) ?? [])
  if (parts.length === 0) {
    const { value, state } = base.total(numerator)
    return { value: null, state: value === null ? state : 'not_yet' }
  }
  const [of, over] = (['of', 'viewers'] as const).map((part) =>
    Math.max(0, Math.round(parts.reduce((sum, each) => sum + each[part].people, 0))),
  )
  const [top, bottom] = [base.total(numerator), base.total('viewers')]
  const isPart = (times.at(-1)?.toS ?? 0) > gapOfRate(buckets, numerator)
  const isSure = [top, bottom].every(({ state }) => state === 'value' || state === 'small')
  return rateCell(of ?? 0, over ?? 0, {
    state: isPart ? 'partial' : isSure ? 'value' : 'estimated',
    variances: [((top.margin ?? 0) / 1.96) ** 2, 0],
  })
}
