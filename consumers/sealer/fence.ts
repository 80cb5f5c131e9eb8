// The fence around what is published: a count carries its sealer's epoch, and an older epoch is refused by the statement itself.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'

/** Bits of a generation below the epoch: a trillion touched records. */
const EPOCH_SHIFT = 40n

export function generationOf(epoch: bigint, touchedOffset: bigint): bigint {
  return (epoch << EPOCH_SHIFT) | touchedOffset
}

export function epochOf(generation: bigint): bigint {
  return generation >> EPOCH_SHIFT
}

/**
 * A condition for every statement that publishes under the parameter `{generation}`: true, or the
 * statement fails with PipelineError `fenced` since a newer sealer has taken over. The server looks
 * it up once, when the statement begins; those that began before are ended by a takeover.
 */
export const FENCE = fenceOf('directory.takeovers')

/** The same for statements on the vault. */
export const VAULT_FENCE = fenceOf('vault.takeovers')

function fenceOf(takeovers: 'directory.takeovers' | 'vault.takeovers'): string {
  return `(
      select throwIf(max(epoch) > bitShiftRight({generation:UInt64}, ${EPOCH_SHIFT}))
      from ${takeovers}
    ) = 0`
}

/** @throws PipelineError `fenced` when a newer sealer has taken over. */
export async function assertInCharge(rollups: ClickhouseStore, generation: bigint): Promise<void> {
  await rollups.command(`select 1 where ${FENCE} format Null`, { generation })
}
