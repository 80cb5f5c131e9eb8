// Guarded leaves through a loss: what was published stands byte for byte, and whoever was counted stays counted.
import { expect } from 'vitest'
import { guardedNames } from '#schemas/guarded.ts'
import type { Journal } from '../journal.ts'
import { untilSealsEqual } from '../seal-oracle.ts'
import type { SealSources } from '../seal-sources.ts'

export interface KeptLeaves {
  /** Every published row, by video and leaf. */
  readonly rows: ReadonlyMap<string, string>
  /** People marked through each published leaf, by metric, video and leaf. */
  readonly sealed: ReadonlyMap<string, number>
}

const LIMIT_MS = 120_000
const MINUTE_MS = 60_000

export async function readLeaves({ vault, rollups }: SealSources): Promise<KeptLeaves> {
  const rows = await rollups.rows(
    'select * from rollups.video_leaves final order by video_id, leaf',
  )
  const marks = await vault.rows(
    `select metric, video_id, leaf, count()
     from (
       select metric, video_id, person, bitShiftRight(min(total), 21) as leaf from vault.people
       where metric in (${guardedNames.map((name) => `'${name}'`).join(', ')})
       group by metric, video_id, person having leaf < 1000000
     )
     group by metric, video_id, leaf`,
  )
  return {
    rows: new Map(rows.map(([video, leaf, ...cells]) => [`${video}/${leaf}`, cells.join(' ')])),
    sealed: new Map(
      rows.flatMap(([video, ordinal]) =>
        guardedNames.map((measure) => {
          const through = marks.filter(
            ([metric, of, leaf]) =>
              metric === measure && of === video && Number(leaf) <= Number(ordinal),
          )
          const people = through.reduce((sum, [, , , count]) => sum + Number(count), 0)
          return [`${measure} ${video}/${ordinal}`, people] as const
        }),
      ),
    ),
  }
}

/** Leaves equal the log of decisions and the journal, before long. */
export async function expectLeavesEqual(
  sources: SealSources,
  journal: Journal,
  countedSinceMs = 0,
): Promise<void> {
  const waiting = { limitMs: LIMIT_MS, countedSinceMs }
  const { differences } = await untilSealsEqual(sources, journal, waiting)
  expect(differences.slice(0, 3)).toEqual([])
}

/** What has to hold after a loss. */
export async function expectLeavesKept(
  sources: SealSources,
  journal: Journal,
  { before, restoredMs }: { readonly before: KeptLeaves; readonly restoredMs: number },
): Promise<void> {
  // A decision says its minute alone.
  await expectLeavesEqual(sources, journal, restoredMs + MINUTE_MS)
  const after = await readLeaves(sources)
  const kept = [...after.rows].filter(([key]) => before.rows.has(key))
  expect(new Map(kept)).toEqual(before.rows)
  // Nobody who was counted by a leaf may be there for a later one.
  const lost = [...before.sealed].filter(([key, count]) => (after.sealed.get(key) ?? 0) < count)
  expect(lost).toEqual([])
}
