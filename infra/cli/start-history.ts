// Waits until the simulated past is in the log, and then until all of it is counted, and tells how far both are.
import type { Clock } from '../runtime/clock.ts'
import { readMetrics, readReadiness } from '../runtime/ops-client.ts'
import type { Platform } from '../servers/platform.ts'
import { readPlatformState } from '../servers/platform-state.ts'
import { readNumbers } from '../status/numbers-view.ts'
import { count, duration, renderProgress } from './progress.ts'
import { openAs } from './start-logins.ts'
import type { TellDetail } from './start-steps.ts'

export interface WaitOptions {
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly tell: TellDetail
}

const POLL_MS = 250
/** Longer than any history of a laptop takes; the table is shown all the same then. */
const COUNTED_LIMIT_MS = 10 * 60_000
/** What is known of the size of a history before this part of it is made is no more than a guess. */
const PART_KNOWN = 0.02

/** Resolves when the simulator has sent everything up to now. @throws the reason of `stop`. */
export async function awaitHistory(
  platform: Platform,
  { clock, stop, tell }: WaitOptions,
): Promise<void> {
  const startedAtMs = clock.nowMs()
  for (;;) {
    stop.throwIfAborted()
    const opsPort = opsPortOf(platform, 'simulator')
    if (opsPort !== undefined) {
      if ((await readReadiness(opsPort))?.ready === true) return
      const metrics = await readMetrics(opsPort)
      const part = metrics?.get('simulator_history_part') ?? 0
      const done = metrics?.get('simulator_history_events') ?? 0
      const all = part > PART_KNOWN ? Math.round(done / part / 10_000) * 10_000 : null
      const elapsedMs = clock.nowMs() - startedAtMs
      if (done > 0) tell(renderProgress({ done, all, elapsedMs, unit: 'events' }))
    }
    await clock.sleep(POLL_MS, stop)
  }
}

/**
 * Resolves once what the log holds now is in published numbers and nothing waits to be counted
 * again; after ten minutes anyway. @throws the reason of `stop`.
 */
export async function awaitCounted(
  platform: Platform,
  { clock, stop, tell }: WaitOptions,
): Promise<void> {
  const startedAtMs = clock.nowMs()
  await using rollups = openAs(platform, 'rollups', 'reports_reader')
  while (clock.nowMs() < startedAtMs + COUNTED_LIMIT_MS) {
    stop.throwIfAborted()
    const nowMs = clock.nowMs()
    const numbers = await readNumbers(rollups, nowMs)
    const behindMs = numbers.is === 'published' ? startedAtMs - (nowMs - numbers.ageMs) : null
    const opsPort = opsPortOf(platform, 'sealer')
    const metrics = opsPort === undefined ? null : await readMetrics(opsPort)
    const waiting = metrics?.get('sealer_late_spans') ?? 1
    if (behindMs !== null && behindMs <= 0 && waiting === 0) return
    tell(
      behindMs === null || behindMs > 0
        ? `the numbers are ${behindMs === null ? 'to come' : `${duration(behindMs / 1000)} behind`}`
        : `${count(waiting)} quarters and days wait to be counted`,
    )
    await clock.sleep(POLL_MS, stop)
  }
}

function opsPortOf({ dataDir }: Platform, name: string): number | undefined {
  const processes = readPlatformState(dataDir)?.processes ?? []
  return processes.find((each) => each.name === name)?.ops_port
}
