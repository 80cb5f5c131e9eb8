// Plans how guarded numbers are read: leaves of the videos that the report is about, and open counts up to the same instants.
import type { GuardedMeasure } from '#schemas/guarded.ts'
import { isGuarded, mixedMeasuresOf } from '#schemas/metric-kinds.ts'
import { metrics } from '#schemas/metrics.ts'
import type { Metric } from '#schemas/metric-kinds.ts'
import type { MetricName } from '#schemas/metrics.ts'
import { startOf } from '#schemas/spans.ts'
import type { StoredSum } from './cell-state.ts'
import type { Horizon } from './horizon.ts'
import type { Piece } from './pieces.ts'
import type { ReadPlan } from './read-plan.ts'
import type { Subject } from './scope.ts'
import type { Bucket, Span } from './time-buckets.ts'
import type { TimeCut } from './time-cut.ts'

export interface GuardedPlan {
  readonly subject: Subject
  readonly measures: readonly GuardedMeasure[]
  readonly byVideo: boolean
  readonly timeCut: TimeCut | null
  readonly span: Span
  /** Ascending: where rows begin that all videos share, the ends of the span among them. */
  readonly edgesS: readonly number[]
  /** Leaves that end later are not read: their views are not all counted yet. */
  readonly countedToS: number
  /** Views are read from quarters up to here. */
  readonly completeThroughS: number
  /** Whether later views are read, from the minutes. */
  readonly open: boolean
  /** Where rows cut no UTC day, views of whole days are read as such, up to here; else -Infinity. */
  readonly daysToS: number
  readonly generation: string
  /**
   * The open counts that go with guarded ones, over all of the span: how much of it is sealed is known
   * when the leaves are. Null: none are asked for.
   */
  readonly openRead: ReadPlan | null
}

export interface GuardedRowsPlanned {
  readonly span: Span
  readonly buckets: readonly Bucket[] | null
  readonly horizon: Horizon
  readonly countedToS: number
  readonly open: boolean
  /** What serves open counts of the span. */
  readonly pieces: readonly Piece[]
}

/** Null where no guarded metric is asked for. */
export function planGuarded(
  names: readonly MetricName[],
  read: Pick<GuardedPlan, 'subject' | 'byVideo' | 'timeCut'>,
  rows: GuardedRowsPlanned,
): GuardedPlan | null {
  const { span, buckets, horizon, countedToS, open, pieces } = rows
  const parts = names
    .map((name): Metric => metrics[name])
    .filter((metric) => isGuarded(metric))
    .map((metric) => mixedMeasuresOf(metric))
  if (parts.length === 0) return null
  const { generation, completeThroughS } = horizon
  const measures = openMeasuresOf(parts.flatMap((part) => part.open))
  const edgesS = edgesOf(read.timeCut, span, buckets)
  return {
    ...read,
    measures: [...new Set(parts.flatMap(({ guarded }) => guarded))],
    span,
    edgesS,
    countedToS,
    completeThroughS,
    open,
    daysToS: fitsDays(read.timeCut, edgesS)
      ? startOf('day', Math.min(completeThroughS, horizon.peopleThroughS))
      : -Infinity,
    generation,
    openRead:
      measures.length === 0 || pieces.length === 0
        ? null
        : { ...read, measures, pieces, generation },
  }
}

function fitsDays(timeCut: TimeCut | null, edgesS: readonly number[]): boolean {
  const isOfEdges = timeCut === null || timeCut.kind === 'edges'
  return isOfEdges && edgesS.every((edge) => edge === startOf('day', edge))
}

/** By views and what is withheld of them a ratio knows whether it may be told. */
function openMeasuresOf(parts: readonly StoredSum[]): readonly StoredSum[] {
  if (parts.length === 0) return []
  return [...new Set<StoredSum>([...parts, 'views', 'withheld_views'])]
}

function edgesOf(
  timeCut: TimeCut | null,
  { fromS, toS }: Span,
  buckets: readonly Bucket[] | null,
): readonly number[] {
  const inner = timeCut?.kind === 'edges' ? (buckets ?? []).map((bucket) => bucket.fromS) : []
  return [...new Set([0, fromS, ...inner, toS])].toSorted((a, b) => a - b)
}
