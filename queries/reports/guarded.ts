// Reads guarded numbers of a report, some videos at a time, and adds them up with the open counts of the same spans.
import type { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { batchesOf, batchOf, cutOf, guardedLimits } from './guarded-batches.ts'
import type { GuardedParts } from './guarded-cell.ts'
import { leavesSchema, sealedVideosOf, sealsOf, sealsSchema, viewsSchema } from './guarded-rows.ts'
import type { VideoSeals } from './guarded-rows.ts'
import { createGuardedTally } from './guarded-tally.ts'
import type { GuardedSums } from './guarded-tally.ts'
import type { NoisePolicies, NoisePolicy } from './noise-policies.ts'
import type { ReportPlan } from './plan.ts'
import type { ReadPlan } from './read-plan.ts'
import { renderLeaves, renderLeafViews, renderSeals } from './render-guarded.ts'
import { renderRead } from './render-read.ts'
import type { Statement } from './render-read.ts'
import { renderSealedOpen, splitPieces } from './render-sealed-open.ts'
import { rowGridOf } from './row-grid.ts'
import { cellRowSchema, layOutSums } from './sums.ts'
import type { CellRow, Sums } from './sums.ts'

/** All that guarded cells of a report are made of. */
export interface Guarded extends GuardedSums {
  /** Open counts up to where each video is sealed. */
  readonly open: Sums
  /** The newest policy that the numbers were published under; null: there are none. */
  readonly policy: string | null
}

export async function readGuarded(
  { store, policies }: { readonly store: ClickhouseStore; readonly policies: NoisePolicies },
  plan: ReportPlan,
): Promise<Guarded> {
  const tally = createGuardedTally(plan)
  const { guarded } = plan
  if (guarded === null) return guardedOf(plan, tally, { open: [], used: [] })
  const ask = <T>(row: z.ZodType<T>, { sql, params }: Statement): Promise<T[]> =>
    store.rows(row, sql, params)

  const videos = sealsOf(await ask(sealsSchema, renderSeals(guarded)), guarded.countedToS)
  const used = new Map<string, NoisePolicy>()
  for (let from = 0; from < videos.length; from += guardedLimits.videosMax) {
    const some = videos.slice(from, from + guardedLimits.videosMax)
    const leaves = await ask(leavesSchema, renderLeaves(guarded, batchOf(some)))
    const noise = await policies.read(new Set(leaves.map(({ policy }) => policy)))
    for (const policy of noise.values()) used.set(policy.version, policy)
    const leavesOf = Map.groupBy(leaves, ({ id }) => id)
    for (const few of batchesOf(guarded, some, leavesOf)) {
      const cut = cutOf(guarded, few, leavesOf)
      const views = cut === null ? [] : await ask(viewsSchema, renderLeafViews(guarded, cut))
      for (const video of sealedVideosOf(few, leavesOf, views)) tally.add(video, noise)
    }
  }
  const open =
    guarded.openRead === null
      ? []
      : await readOpen(ask, guarded.openRead, { videos, sealedToS: tally.sealedToS() })
  return guardedOf(plan, tally, { open, used: [...used.values()] })
}

export interface GuardedRead {
  readonly open: readonly CellRow[]
  readonly used: readonly NoisePolicy[]
}

/** What was added up, with what was read beside it. */
export function guardedOf(
  plan: ReportPlan,
  tally: GuardedSums,
  { open, used }: GuardedRead,
): Guarded {
  const newest = used.toSorted((a, b) => b.sinceMs - a.sinceMs)[0]
  return {
    ...tally,
    open: layOutSums(rowGridOf(plan), plan.guarded?.openRead?.measures ?? [], open),
    policy: newest?.version ?? null,
  }
}

/** What the cell of a row, or of the total (null), is made from. */
export function guardedParts(
  guarded: Guarded,
  row: number | null,
  leavesOut: boolean,
): GuardedParts {
  const { sums, totals } = guarded.open
  return {
    worth: guarded.worthOf(row),
    sumOf: (measure) => guarded.sumOf(measure, row),
    openOf: (column) => (row === null ? totals.get(column) : sums.get(column)?.[row]) ?? 0,
    leavesOut,
  }
}

interface SealedSpans {
  readonly videos: readonly VideoSeals[]
  readonly sealedToS: number
}

/** Up to where all videos are sealed, sums as for open metrics; from there on video by video. */
async function readOpen(
  ask: <T>(row: z.ZodType<T>, statement: Statement) => Promise<T[]>,
  read: ReadPlan,
  { videos, sealedToS }: SealedSpans,
): Promise<readonly CellRow[]> {
  const { sealed, rest } = splitPieces(read.pieces, sealedToS)
  const rows =
    sealed.length === 0 ? [] : await ask(cellRowSchema, renderRead({ ...read, pieces: sealed }))
  const fromS = rest[0]?.fromS ?? Infinity
  // Of a video that is sealed no further nothing counts any more.
  const further = videos.filter(({ throughS }) => throughS > fromS)
  for (let from = 0; from < further.length; from += guardedLimits.videosMax) {
    const some = further.slice(from, from + guardedLimits.videosMax)
    const batch = {
      videoIds: some.map(({ videoId }) => videoId),
      throughS: some.map(({ throughS }) => throughS),
    }
    const statement = renderSealedOpen({ ...read, pieces: rest }, batch)
    for (const row of await ask(cellRowSchema, statement)) rows.push(row)
  }
  return rows
}
