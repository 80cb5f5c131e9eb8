// Renders open counts up to the instant until which each video is sealed: what guarded numbers are added to and divided by.
import { idArray } from '#infra/clickhouse/clickhouse-store.ts'
import { dayText, spans } from '#schemas/spans.ts'
import type { Grain, Piece } from './pieces.ts'
import type { ReadPlan } from './read-plan.ts'
import { bucketOf, boundsOf, newestOf, summedByRow, tablesOf } from './render-read.ts'
import type { Owner, Statement } from './render-read.ts'

export interface SealedBatch {
  readonly videoIds: readonly string[]
  /** Where each of them is sealed until, in the same order. */
  readonly throughS: readonly number[]
}

/** Pieces that are sealed for all videos, and those in which some are sealed for a part. */
export function splitPieces(
  pieces: readonly Piece[],
  sealedToS: number,
): { readonly sealed: readonly Piece[]; readonly rest: readonly Piece[] } {
  const cut = pieces.map((piece) => {
    const { seconds } = spans[spanOf[piece.grain]]
    const atS = Math.min(
      piece.toS,
      Math.max(piece.fromS, Math.floor(sealedToS / seconds) * seconds),
    )
    return { sealed: { ...piece, toS: atS }, rest: { ...piece, fromS: atS } }
  })
  const isNotEmpty = ({ fromS, toS }: Piece): boolean => fromS < toS
  return {
    sealed: cut.map(({ sealed }) => sealed).filter(isNotEmpty),
    rest: cut.map(({ rest }) => rest).filter(isNotEmpty),
  }
}

const spanOf = { days: 'day', quarters: 'quarter', minutes: 'minute' } as const satisfies Record<
  Grain,
  keyof typeof spans
>

/**
 * Rows as of `renderRead`, of videos by name. A quarter in which a video's seal ends counts for its
 * share; of a day in which it ends the quarters are read.
 */
export function renderSealedOpen(read: ReadPlan, batch: SealedBatch): Statement {
  const { measures, byVideo, timeCut, generation } = read
  const owner: Owner = {
    table: 'video',
    column: 'video_id',
    condition: 'video_id in {video_ids:Array(UInt64)}',
    params: { video_ids: idArray(batch.videoIds) },
  }
  const bucket = bucketOf(timeCut, owner)
  // Beside the pieces, of those in days the quarters.
  const days = read.pieces.filter(({ grain }) => grain === 'days')
  const rest = days.map((piece) => ({ ...piece, grain: 'quarters' }) as const)
  const pieces: readonly Piece[] = [...read.pieces, ...rest]
  const selects = pieces.flatMap(({ grain }, bounds) => {
    const isRest = bounds >= read.pieces.length
    const condition = isRest ? ' and toDate(quarter) in {through_days:Array(Date)}' : ''
    const lengthS = spans[spanOf[grain]].seconds
    return tablesOf(grain).map(
      (table) => `
    select *, toUInt32(${lengthS}) as length_s, ${isRest} as is_rest
    from (${newestOf(measures, { owner, table, grain, bounds, condition })})`,
    )
  })
  const sums = measures.map(
    (_, index) =>
      `toFloat64(sum(toInt64(round(m${index} * least(length_s, through_s - at) / length_s))))`,
  )
  const from = `
    select *, transform(owner, {video_ids:Array(UInt64)}, {through_s:Array(UInt32)}, toUInt32(0))
      as through_s
    from (${selects.join('\n    union all')}
    )
    where at < through_s and (length_s < 86400 or at + length_s <= through_s)
      and (not is_rest or at >= through_s - through_s % 86400)`
  return {
    sql: summedByRow({ byVideo, bucket, sums, from }),
    params: {
      ...owner.params,
      ...bucket.params,
      ...Object.fromEntries(pieces.flatMap(boundsOf)),
      ...(rest.length === 0 ? {} : { through_days: distinctDays(batch.throughS) }),
      through_s: batch.throughS,
      generation,
    },
  }
}

function distinctDays(instantsS: readonly number[]): readonly string[] {
  return [...new Set(instantsS.map(dayText))].toSorted()
}
