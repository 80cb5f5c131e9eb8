// What one read of stored spans asks of the rollups: whose, which sums, and by what they are cut.
import type { StoredSum } from './cell-state.ts'
import type { Piece } from './pieces.ts'
import type { Subject } from './scope.ts'
import type { TimeCut } from './time-cut.ts'

/** What is asked of the rollups. */
export interface ReadPlan {
  readonly subject: Subject
  /** Distinct columns to be summed. */
  readonly measures: readonly StoredSum[]
  /** Sums per video, or over all of the subject. */
  readonly byVideo: boolean
  /** Null: sums over all time of the pieces. */
  readonly timeCut: TimeCut | null
  readonly pieces: readonly Piece[]
  readonly generation: string
}
