// What a report says of given leaves and views: read as a plan wants them, added up and shaped by the code of the reports.
import type { SealedVideo } from '#queries/reports/guarded-tally.ts'
import type { ReportPlan } from '#queries/reports/plan.ts'
import { rowGridOf } from '#queries/reports/row-grid.ts'
import { rowPiecesOf } from '#queries/reports/row-pieces.ts'
import { shapeReport } from '#queries/reports/shape-report.ts'
import type { ReportBody } from '#queries/reports/shape-report.ts'
import type { CellRow } from '#queries/reports/sums.ts'
import type { LeafSample, Published } from '../../support/leaves.ts'
import { cellsOf, planOf, requestOf, standard, video } from './report-samples.ts'

type Changes = Readonly<Record<string, string | undefined>>

/** A video as it is read for a plan: leaves that rows cut with their views by piece, others as they are. */
function sealed(plan: ReportPlan, videoId: string, { leaves, viewsS }: Video): SealedVideo {
  const { span, guarded } = plan
  const line = rowGridOf(plan).lines.find(
    (each) => each.videoId === null || each.videoId === videoId,
  )
  const rows = rowPiecesOf(span, guarded?.timeCut ?? null)(line?.buckets ?? null)
  const partOf = (atS: number): number => {
    if (atS < span.fromS) return 0
    if (atS >= span.toS) return span.toS
    const piece = rows.pieces[rows.firstAfter(atS)]
    return piece !== undefined && piece.fromS <= atS ? piece.fromS : span.fromS
  }
  const touching = leaves
    .map((leaf, index) => ({ ...leaf, leaf: index + 1 }))
    .filter(({ fromS, toS }) => toS > span.fromS && fromS < span.toS)
  const isCut = ({ fromS, toS }: LeafSample): boolean => partOf(fromS) !== partOf(toS - 1)
  return {
    videoId,
    beginS: leaves[0]?.fromS ?? span.fromS,
    throughS: leaves.at(-1)?.toS ?? span.fromS,
    ended: false,
    leaves: touching.map((leaf) => ({
      leaf: isCut(leaf) ? leaf.leaf : null,
      count: 1,
      partS: partOf(leaf.fromS),
      fromS: leaf.fromS,
      toS: leaf.toS,
      policy: standard.version,
      people: (guarded?.measures ?? []).map((measure) => leaf[measure]),
    })),
    views: new Map(
      touching.filter(isCut).map((leaf) => {
        const inside = viewsS.filter((atS) => atS >= leaf.fromS && atS < leaf.toS)
        const parts = new Map<number, number>()
        for (const atS of inside) parts.set(partOf(atS), (parts.get(partOf(atS)) ?? 0) + 900)
        const sorted = [...parts].toSorted(([a], [b]) => a - b)
        return [
          leaf.leaf,
          { partsS: sorted.map(([part]) => part), views: sorted.map(([, views]) => views) },
        ]
      }),
    ),
  }
}

type Video = Pick<Published, 'leaves' | 'viewsS'>

export interface Asked {
  readonly changes: Changes
  readonly videos: ReadonlyMap<string, Video>
  readonly open?: readonly CellRow[]
}

/** The body of a report on videos of creator 900. */
export function answer({ changes, videos, open = [] }: Asked): ReportBody {
  const listed = [...videos.keys()].map((id) => video(id))
  const plan = planOf(changes, { listed })
  const all = [...videos].map(([id, published]) => sealed(plan, id, published))
  const { query } = requestOf(changes)
  const cells = cellsOf(plan, [], { sealed: all, open })
  return shapeReport(query, { plan, cells, offset: 0 }).body
}
