// Holds a block of events against the facts that are stored, before anything is written: what of it is new, and what would win over a fact.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { factsColumns } from '#schemas/tables.ts'

export interface BlockComparison {
  /** Event ids that no fact has. */
  readonly fresh: number
  /** Event ids whose fact has a lower payload hash, and so would be replaced. */
  readonly replaced: number
}

export interface StoredComparison {
  /** @param block a block of facts in Native format. @throws PipelineError of the vault. */
  compare(block: readonly Uint8Array[]): Promise<BlockComparison>
}

const comparisonSchema = z.object({ fresh: z.coerce.number(), replaced: z.coerce.number() })

const columns = factsColumns.map(({ name }) => name).join(', ')

/**
 * Facts are looked up by key: a block of neighbouring slots reads their granules, one that is spread
 * over days reads those days. What is held is as much as the block has, however many facts there are.
 * The greater hash of a key counts on either side, as where parts of facts are merged.
 */
const compareStatement = `
  select countIf(stored.found = 0) as fresh,
    countIf(stored.found = 1 and stored.hash < events.hash) as replaced
  from (
    select slot, event_id, max(payload_hash) as hash from replayed group by slot, event_id
  ) as events
  left join (
    select slot, event_id, max(payload_hash) as hash, toUInt8(1) as found
    from vault.facts
    where slot in (select slot from replayed) and event_id in (select event_id from replayed)
    group by slot, event_id
  ) as stored using (slot, event_id)`

/**
 * @param session a store with a session of its own. The events lie in a temporary table of it, which
 * computes payload hashes as facts do, and which the server forgets with the session: so nothing stays,
 * also when this process is killed.
 */
export function createStoredComparison(session: ClickhouseStore): StoredComparison {
  return {
    async compare(block) {
      // Anew each time: a session that had nothing to do for a minute is gone.
      await session.command('drop temporary table if exists replayed')
      await session.command('create temporary table replayed as vault.facts engine = Memory')
      await session.insert(`insert into replayed (${columns}) format Native`, block)
      const [counts] = await session.rows(comparisonSchema, compareStatement)
      await session.command('drop temporary table if exists replayed')
      return counts ?? { fresh: 0, replaced: 0 }
    },
  }
}
