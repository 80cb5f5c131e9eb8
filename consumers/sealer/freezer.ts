// Freezes days that nothing touches any more, and later drops their facts: the numbers stay as they are published.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { Logger } from '#infra/runtime/log.ts'
import { dayText } from '#schemas/spans.ts'
import { dropFacts } from './fact-days.ts'
import type { FactDays } from './fact-days.ts'
import type { LateSpans } from './late-spans.ts'
import { daysOf } from './pass-plan.ts'

export interface FreezerOptions {
  readonly log: Logger
  readonly vault: ClickhouseStore
  readonly factDays: FactDays
  readonly lateSpans: LateSpans
}

/**
 * Moves ripe days on: marks them frozen, which consumers see within a minute, and drops those that
 * were frozen long enough. A day for which a count is awaited stays as it is.
 */
export async function freezeDays(options: FreezerOptions, nowS: number): Promise<void> {
  const { log, vault, factDays, lateSpans } = options
  const busy = new Set(daysOf(lateSpans.waiting.map(({ startS }) => startS)))
  const { freeze, drop } = factDays.ripe(nowS, (day) => busy.has(day))
  for (const day of freeze) {
    factDays.move(day, 'frozen', nowS)
    log.info({ day: dayText(day) }, 'froze a day: its facts are no longer taken')
  }
  for (const day of drop) {
    await dropFacts(vault, day)
    factDays.move(day, 'dropped', nowS)
    log.info({ day: dayText(day) }, 'dropped the facts of a frozen day')
  }
}
