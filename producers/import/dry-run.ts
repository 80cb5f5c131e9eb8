// Reads a whole log and sends nothing: what an import of it would do, in bounded memory.
import type { FlatEvent } from '#infra/kafka/engagement-encoder.ts'
import { columnsOf } from './import-map.ts'
import type { ImportMap } from './import-map.ts'
import type { OpenRows } from './open-rows.ts'
import type { RowPlan } from './row-plan.ts'
import type { Row } from './rows.ts'
import { countEvents } from './tally.ts'
import type { Tally } from './tally.ts'
import type { VideoPlan } from './video-plan.ts'

/** Counts different values exactly up to a limit: some 70 MB for a million. */
export interface DistinctCount {
  readonly count: number
  /** Whether there are more than `count`. */
  readonly full: boolean
  /** @returns whether the value was there before. */
  has(value: bigint): boolean
}

export function createDistinctCount(max: number): DistinctCount {
  const seen = new Set<bigint>()
  let full = false
  return {
    get count() {
      return seen.size
    },
    get full() {
      return full
    },
    has(value) {
      if (seen.has(value)) return true
      if (seen.size < max) seen.add(value)
      else full = true
      return false
    },
  }
}

export interface DryRun {
  readonly tally: Tally
  readonly videos: DistinctCount
  readonly creators: DistinctCount
  readonly users: DistinctCount
  /** Event ids: a repeat is an event of a row that stands in the file twice. */
  readonly ids: DistinctCount
  duplicates: number
  /** Columns of the file that the map does not read. */
  unused: readonly string[]
}

export interface DryRunOptions {
  readonly rows: OpenRows
  readonly map: ImportMap
  readonly plan: RowPlan
  readonly videoPlan: VideoPlan | null
  readonly tally: Tally
  readonly nowMs: number
  readonly stop: AbortSignal
  readonly onRow: (row: number) => void
  /** Exclusive `toMs`; rows of another time are left out. */
  readonly time: { readonly fromMs: number; readonly toMs: number }
  readonly distinctMax?: number
}

const DISTINCT_MAX = 500_000

export async function dryRun(options: DryRunOptions): Promise<DryRun> {
  const { rows, map, stop, onRow, tally, distinctMax = DISTINCT_MAX } = options
  const run: DryRun = {
    tally,
    videos: createDistinctCount(distinctMax),
    creators: createDistinctCount(distinctMax),
    users: createDistinctCount(distinctMax),
    ids: createDistinctCount(distinctMax),
    duplicates: 0,
    unused: [],
  }
  for await (const batch of rows.batches) {
    for (const row of batch) look(row, run, options)
    onRow(tally.rows)
    if (stop.aborted) break
  }
  const used = columnsOf(map)
  run.unused = rows.columns.names.filter((name) => !used.has(name))
  return run
}

function look(row: Row, run: DryRun, { plan, videoPlan, nowMs, time }: DryRunOptions): void {
  const { tally } = run
  tally.rows = row.number
  const planned = row.fault ?? plan.read(row.cells, nowMs)
  if ('code' in planned) {
    tally.refusals.add(row.number, planned)
    return
  }
  const { events, atMs } = planned
  if (events.length === 0) tally.withoutEvent++
  else if (atMs < time.fromMs || atMs >= time.toMs) {
    tally.outside++
    return
  }
  const video = videoPlan?.read(row.cells, planned)
  if (video?.kind === 'new') tally.videos.told++
  if (video?.kind === 'refused') tally.videos.refused++
  if (video?.kind === 'other_creator') tally.videos.otherCreator++
  if (events.length === 0) return
  countEvents(tally, events, atMs)
  for (const event of events) lookAt(event, run)
}

function lookAt({ event_id, video_id, creator_id, user_id }: FlatEvent, run: DryRun): void {
  run.videos.has(BigInt(video_id))
  run.creators.has(BigInt(creator_id))
  run.users.has(BigInt(user_id))
  if (run.ids.has(BigInt(`0x${event_id.replaceAll('-', '')}`))) run.duplicates++
}
