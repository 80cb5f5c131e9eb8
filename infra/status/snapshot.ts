// What runs and how far it is, at one moment; each part on its own is null or says why when its server does not answer.
import type { DiskUse } from '../servers/disk-use.ts'

export interface Snapshot {
  readonly atMs: number
  readonly dataDir: string
  /** Null: nothing runs on this data folder, and the rest is empty. */
  readonly startedAtMs: number | null
  readonly processes: readonly ProcessView[]
  readonly consumers: readonly ConsumerView[]
  readonly numbers: Numbers
  /** Closed quarters and days that wait to be counted again; null while the sealer does not say. */
  readonly late: { readonly spans: number; readonly oldestS: number } | null
  readonly deadLetters: number | null
  /** Event ids that came with two payloads since the facts consumer started. */
  readonly conflicts: number | null
  readonly disk: DiskUse | null
}

export interface ProcessView {
  readonly name: string
  /** Null while it is being started again, and of a server that is not ours. */
  readonly pid: number | null
  readonly port: number | null
  readonly opsPort: number | null
  readonly memoryBytes: number | null
  /** Null where nobody counts. */
  readonly restarts: number | null
  readonly state: 'ready' | 'not ready' | 'does not answer' | 'starting again'
  /** Of one that is not ready. */
  readonly why: string | null
}

export interface ConsumerView {
  readonly group: string
  readonly topic: string
  /** Records not yet stored; null while the log does not answer. */
  readonly behind: number | null
}

export type Numbers =
  | { readonly is: 'published'; readonly ageMs: number; readonly completeThroughMs: number }
  | { readonly is: 'none' }
  | { readonly is: 'unknown' }
