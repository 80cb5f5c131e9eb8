// What a play is: the mistake that it shows, who makes it, and what happens.
import type { Mutation } from './mutations.ts'
import type { Scene } from './scene.ts'
import type { ProcessName } from './strike-points.ts'

export interface Play {
  readonly mutation: Mutation
  /** Processes that load the mutation. */
  readonly processes: readonly ProcessName[]
  /** Whether it shows in leaves or buckets alone: those of open totals may have late counts to do. */
  readonly isOfSeals?: boolean
  readonly play: (scene: Scene) => Promise<void>
}
