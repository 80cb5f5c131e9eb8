// Snapshots of whom a seal counts: the sign that one is whole, or that its people are marked by time; which there are, and their end.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { VAULT_FENCE } from './fence.ts'

/**
 * `taken`: who is counted was held fast. `by time`: a vault that was restored has lost that, and
 * everybody who acted in the time that was decided is counted.
 */
export type SnapshotKind = 'taken' | 'by time'

export interface SnapshotSigns {
  /** @param fence generation of the pass that signs. */
  sign(taken: bigint, kind: SnapshotKind, fence: bigint): Promise<void>
  /** Null: there is none, or not a whole one. */
  kindOf(taken: bigint): Promise<SnapshotKind | null>
  drop(taken: bigint): Promise<void>
  /**
   * Generations up to `through` whose snapshots are there, ascending: a later one may be of a sealer
   * that has taken over meanwhile.
   */
  kept(through: bigint): Promise<readonly bigint[]>
}

/** Tables of `generation`, by which they are partitioned, `metric`, `video_id` and `person`. */
export type SnapshotTable = 'seal_snapshots' | 'bucket_snapshots'

/** The person of a row that stands for the snapshot itself: one of nobody is one as well. */
const persons = { taken: 0, 'by time': 1 } as const satisfies Record<SnapshotKind, number>

export function createSnapshotSigns(vault: ClickhouseStore, table: SnapshotTable): SnapshotSigns {
  const signStatement = `
    insert into vault.${table} (generation, metric, video_id, person)
    select {taken:UInt64}, 'others', 0, {sign:UInt64} where ${VAULT_FENCE}`
  return {
    sign: (taken, kind, generation) =>
      vault.insertSelect(signStatement, { taken, generation, sign: persons[kind] }),
    async kindOf(taken) {
      const [sign] = await vault.rows(
        z.object({ person: z.number() }),
        `select toUInt8(person) as person from vault.${table}
         where generation = {taken:UInt64} and video_id = 0 limit 1`,
        { taken },
      )
      if (sign === undefined) return null
      return sign.person === persons.taken ? 'taken' : 'by time'
    },
    // A partition's name cannot be a parameter; this one is made of digits alone.
    drop: (taken) => vault.command(`alter table vault.${table} drop partition ${taken}`),
    async kept(through) {
      const rows = await vault.rows(
        z.object({ taken: z.string() }),
        `select distinct toString(generation) as taken from vault.${table}
         where generation <= {through:UInt64}`,
        { through },
      )
      return rows.map(({ taken }) => BigInt(taken)).toSorted((a, b) => (a < b ? -1 : Number(a > b)))
    },
  }
}
