// How metrics and dimensions are described to clients: the same words in a report and in the catalog.
import { isRatio } from '#schemas/metric-kinds.ts'
import { metrics } from '#schemas/metrics.ts'
import { reportDimensions } from '#schemas/report-dimensions.ts'
import type { Exposure, MeasureSum, Metric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'
import type { ReportDimension } from '#schemas/report-dimensions.ts'

export interface DimensionColumn {
  readonly name: ReportDimension
  readonly role: 'dimension'
  readonly type: (typeof reportDimensions)[ReportDimension]['type']
}

export interface MetricColumn {
  readonly name: MetricName
  readonly role: 'metric'
  readonly type: 'integer' | 'number'
  readonly unit: Metric['unit']
  /** Whether rows may be summed; ratios may not. */
  readonly additive: boolean
  readonly exposure: Exposure
  readonly definition: Metric['definition']
  /** Of a ratio: the stored sum that it is over, as `views` or `viewers`; several as `stitches + duets`. */
  readonly denominator?: string
}

export type Column = DimensionColumn | MetricColumn

export function dimensionColumn(name: ReportDimension): DimensionColumn {
  return { name, role: 'dimension', type: reportDimensions[name].type }
}

export function metricColumn(name: MetricName): MetricColumn {
  const metric: Metric = metrics[name]
  const { unit, exposure, definition } = metric
  return !isRatio(metric)
    ? { name, role: 'metric', type: 'integer', unit, additive: true, exposure, definition }
    : {
        name,
        role: 'metric',
        type: 'number',
        unit,
        additive: false,
        exposure,
        definition,
        denominator:
          metric.kind === 'people_ratio' ? metric.denominator : sumText(metric.denominator),
      }
}

function sumText(parts: MeasureSum): string {
  return parts
    .map(([sign, measure], index) => {
      if (index === 0) return sign < 0 ? `-${measure}` : measure
      return `${sign < 0 ? '-' : '+'} ${measure}`
    })
    .join(' ')
}
