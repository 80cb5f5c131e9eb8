// The days whose facts are no longer taken, as the sealer has marked them: read at the start, and again now and then.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable } from '#infra/runtime/errors.ts'
import { DAYS_MAX } from '../engagement/engagement-decoder.ts'

export interface FrozenDays {
  /** 1 at the number of each frozen day since 1970; changed in place. */
  readonly map: Uint8Array
  /**
   * Reads the days again when the last time was long ago. Called before facts are stored: the sealer
   * drops a frozen day only an hour later, so whatever an older list let through is counted before.
   * @throws PipelineError of the vault.
   */
  refresh(): Promise<void>
}

export interface FrozenDaysOptions {
  readonly vault: ClickhouseStore
  readonly clock: Clock
  readonly stop: AbortSignal
}

const REFRESH_MS = 30_000
const RETRY_MS = 1000

const rowSchema = z.object({ day: z.number() })

/** Opens the list once the vault has told it: without it, facts of a day that is gone would be taken. */
export async function openFrozenDays(options: FrozenDaysOptions): Promise<FrozenDays> {
  const { vault, clock, stop } = options
  const map = new Uint8Array(DAYS_MAX)
  let refreshedAtMs = -Infinity
  async function refresh(): Promise<void> {
    const nowMs = clock.nowMs()
    if (nowMs < refreshedAtMs + REFRESH_MS) return
    const rows = await vault.rows(
      rowSchema,
      `select toUInt32(toInt32(day)) as day from vault.fact_days final where state != 'open'`,
    )
    for (const { day } of rows) map[day] = 1
    refreshedAtMs = nowMs
  }
  while (!stop.aborted && refreshedAtMs === -Infinity) {
    try {
      await refresh()
    } catch (error) {
      if (!isRetryable(error)) throw error
      await clock.sleep(RETRY_MS, stop)
    }
  }
  return { map, refresh }
}
