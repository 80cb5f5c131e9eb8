// Leaves and buckets through a loss: what was published stands byte for byte, and whoever was counted stays counted.
import { expect } from 'vitest'
import { brokenDownNames } from '#schemas/breakdowns.ts'
import { guardedNames } from '#schemas/guarded.ts'
import type { Clickhouse } from '../clickhouse.ts'
import type { Journal } from '../journal.ts'
import { untilSealsEqual } from '../seal-oracle.ts'
import type { SealSources } from '../seal-sources.ts'

export interface KeptSeals {
  /** Every published row, by table and key. */
  readonly rows: ReadonlyMap<string, string>
  /** People marked through each published leaf and bucket, by metric, video and ordinal. */
  readonly sealed: ReadonlyMap<string, number>
}

const LIMIT_MS = 120_000
const MINUTE_MS = 60_000

export const sealTables = ['video_leaves', 'video_buckets', 'pool_buckets'] as const

export async function readSeals({ vault, rollups }: SealSources): Promise<KeptSeals> {
  const leaves = await read(rollups, 'video_leaves')
  const buckets = await read(rollups, 'video_buckets')
  const pools = await read(rollups, 'pool_buckets')
  const [inLeaves, inBuckets] = [
    await readMarks(vault, 'total', guardedNames),
    await readMarks(vault, 'dims', brokenDownNames),
  ]
  return {
    rows: new Map([
      ...leaves.map(([video, leaf, ...cells]) => [`leaf ${video}/${leaf}`, said(cells)] as const),
      ...[...buckets, ...pools].map(
        ([whose, metric, bucket, ...cells]) =>
          [`bucket ${whose} ${metric}/${bucket}`, said(cells)] as const,
      ),
    ]),
    sealed: new Map([
      ...leaves.flatMap(([video = '', leaf]) =>
        guardedNames.map(
          (metric) =>
            [`leaf ${metric} ${video}/${leaf}`, inLeaves(metric, video, Number(leaf))] as const,
        ),
      ),
      ...buckets.map(
        ([video = '', metric = '', bucket]) =>
          [
            `bucket ${metric} ${video}/${bucket}`,
            inBuckets(metric, video, Number(bucket)),
          ] as const,
      ),
    ]),
  }
}

async function read(
  rollups: Clickhouse,
  table: (typeof sealTables)[number],
): Promise<readonly (readonly string[])[]> {
  return rollups.rows(`select * from rollups.${table} final`)
}

function said(cells: readonly string[]): string {
  return cells.join(' ')
}

/** How many people of a metric and video are marked with ordinals up to one. */
async function readMarks(
  vault: Clickhouse,
  packed: 'total' | 'dims',
  metrics: readonly string[],
): Promise<(metric: string, video: string, through: number) => number> {
  const marks = await vault.rows(
    `select metric, video_id, ordinal, count()
     from (
       select metric, video_id, person, bitShiftRight(min(${packed}), 21) as ordinal
       from vault.people
       where metric in (${metrics.map((name) => `'${name}'`).join(', ')})
       group by metric, video_id, person having ordinal < 1000000
     )
     group by metric, video_id, ordinal`,
  )
  return (metric, video, through) =>
    marks
      .filter(([of, id, ordinal]) => of === metric && id === video && Number(ordinal) <= through)
      .reduce((sum, [, , , count]) => sum + Number(count), 0)
}

/** Leaves and buckets equal the log of decisions and the journal, before long. */
export async function expectSealsEqual(
  sources: SealSources,
  journal: Journal,
  countedSinceMs = 0,
): Promise<void> {
  const waiting = { limitMs: LIMIT_MS, countedSinceMs }
  const { differences } = await untilSealsEqual(sources, journal, waiting)
  expect(differences.slice(0, 3)).toEqual([])
}

/** What has to hold after a loss. */
export async function expectSealsKept(
  sources: SealSources,
  journal: Journal,
  { before, restoredMs }: { readonly before: KeptSeals; readonly restoredMs: number },
): Promise<void> {
  // A decision says its minute alone.
  await expectSealsEqual(sources, journal, restoredMs + MINUTE_MS)
  const after = await readSeals(sources)
  const kept = [...after.rows].filter(([key]) => before.rows.has(key))
  expect(new Map(kept)).toEqual(before.rows)
  // Nobody who was counted by one may be there for a later one.
  const lost = [...before.sealed].filter(([key, count]) => (after.sealed.get(key) ?? 0) < count)
  expect(lost).toEqual([])
}
