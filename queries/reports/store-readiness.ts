// Watches whether the rollups answer, so that `/ready` tells it without asking at every call.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { isRetryable } from '#infra/runtime/errors.ts'
import type { Readiness } from '#infra/runtime/ops-server.ts'

export interface StoreReadiness extends Disposable {
  now(): Readiness
}

/** Rare while all is well, since idling must cost nothing; often while a caller waits for it. */
const CHECK_EVERY_MS = { ready: 5000, away: 500 } as const

/** Asks in the background until disposed. */
export function watchStore(store: ClickhouseStore, clock: Clock): StoreReadiness {
  const stop = new AbortController()
  let state: Readiness = { ready: false, why: 'the rollups were not reached yet' }
  void watch()
  return {
    now: () => state,
    [Symbol.dispose]() {
      stop.abort()
    },
  }

  async function watch(): Promise<void> {
    while (!stop.signal.aborted) {
      state = await readinessOf(store)
      await clock.sleep(state.ready ? CHECK_EVERY_MS.ready : CHECK_EVERY_MS.away, stop.signal)
    }
  }
}

/** The newest generation is what every report begins with: its table must be there and readable. */
async function readinessOf(store: ClickhouseStore): Promise<Readiness> {
  try {
    await store.command('select 1 from rollups.generations limit 1 format Null')
    return { ready: true }
  } catch (error) {
    const why = isRetryable(error) ? 'the rollups do not answer' : 'the rollups cannot be read'
    return { ready: false, why }
  }
}
