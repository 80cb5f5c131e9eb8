// What leaves and buckets of a platform are held against, and what comes of it.
import type { Decision } from '#schemas/decision.ts'
import type { Clickhouse } from './clickhouse.ts'

export interface SealSources {
  readonly vault: Clickhouse
  readonly rollups: Clickhouse
  /** Every decision that the log has, in order. */
  decisions(): Promise<readonly Decision[]>
  /** Folder of the keys that noise is drawn by. */
  readonly noiseKeys: string
}

export interface SealVerdict {
  readonly compared: number
  readonly differences: readonly string[]
}
