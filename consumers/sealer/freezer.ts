// Freezes days that nothing touches any more, and later drops their facts: the numbers stay as they are published.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { Logger } from '#infra/runtime/log.ts'
import { dayText } from '#schemas/spans.ts'
import { daysWithFacts, dropFacts } from './fact-days.ts'
import type { FactDays } from './fact-days.ts'
import type { LateSpans } from './late-spans.ts'
import { daysOf } from './pass-plan.ts'

export interface RipeDaysOptions {
  readonly log: Logger
  readonly factDays: FactDays
  readonly lateSpans: LateSpans
}

/**
 * Moves ripe days on: frozen, which consumers see within a minute once it is written down, and
 * dropped when they were frozen long enough. A day for which a count is awaited stays as it is.
 */
export function moveRipeDays(options: RipeDaysOptions, nowS: number): void {
  const { log, factDays, lateSpans } = options
  const busy = new Set(daysOf(lateSpans.waiting.map(({ startS }) => startS)))
  const { freeze, drop } = factDays.ripe(nowS, (day) => busy.has(day))
  for (const day of freeze) {
    factDays.move(day, 'frozen', nowS)
    log.info({ day: dayText(day) }, 'froze a day: its facts are no longer taken')
  }
  for (const day of drop) factDays.move(day, 'dropped', nowS)
}

export interface DropOptions {
  readonly log: Logger
  readonly vault: ClickhouseStore
  readonly factDays: FactDays
}

/**
 * Drops facts of days that are written down as dropped: in this order, so that whoever dies in
 * between leaves facts that are dropped next time, and never a day that seems to have none.
 */
export async function dropFrozenFacts({ log, vault, factDays }: DropOptions): Promise<void> {
  for (const day of await daysWithFacts(vault, factDays.dropped())) {
    await dropFacts(vault, day)
    log.info({ day: dayText(day) }, 'dropped the facts of a frozen day')
  }
}
