// Holds all published numbers against the facts, day by day; what differs on a running system is looked at again before it is told.
import type { Clock } from '#infra/runtime/clock.ts'
import { readLastGeneration } from '../sealer/generations.ts'
import type { Generation } from '../sealer/generations.ts'
import { explain, lookAtDay } from './day-comparison.ts'
import type { Difference, Stores, Suspect } from './day-comparison.ts'
import { isAwaited, readDays, readWaiting } from './frontier.ts'
import type { AuditDay } from './frontier.ts'
import { patiently } from './patiently.ts'

export interface NumbersAudit {
  readonly days: number
  readonly quarters: number
  readonly numbers: number
  /** Spans that differ and wait to be counted again: left out. */
  readonly waiting: number
  /** Days whose facts are dropped: only what is published was compared with itself. */
  readonly daysWithoutFacts: number
  /** Numbers that differ, however often they were looked at; of the first spans that hold any. */
  readonly differences: readonly Difference[]
  /** Further spans that differ. */
  readonly furtherSpans: number
  /** Whether the sealer finished no pass while differing spans were to be looked at again. */
  readonly sealerStands: boolean
}

export interface NumbersAuditOptions extends Stores {
  readonly clock: Clock
  readonly stop: AbortSignal
  /** UTC days in Unix seconds, both included. */
  readonly fromS: number
  readonly toS: number
  /** Hears of days done, of all. */
  readonly onProgress: (done: number, all: number) => void
  /** Hears that some spans differ and are looked at again after the sealer's next pass. */
  readonly onAgain: (spans: number) => void
  /** Longest wait for a pass of the sealer. */
  readonly passLimitMs?: number
}

const limits = {
  /** A span is looked at again so often: each time after a pass that knew all that was stored before. */
  looksAgain: 2,
  /** Passes come every 15 s at the latest; a long one counts for half a minute. */
  passLimitMs: 60_000,
  pollMs: 250,
  /** Spans whose numbers are named one by one. */
  explainedSpans: 20,
} as const

export async function auditNumbers(options: NumbersAuditOptions): Promise<NumbersAudit> {
  const { vault, rollups, fromS, toS, stop, clock, onProgress, onAgain } = options
  const days = (await readDays(vault, rollups)).filter(({ dayS }) => dayS >= fromS && dayS <= toS)
  let suspects: readonly Suspect[] = []
  const sums = { quarters: 0, numbers: 0 }
  let lookedAtMs = clock.nowMs()
  for (const [done, day] of days.entries()) {
    stop.throwIfAborted()
    onProgress(done, days.length)
    const last = await readLastGeneration(rollups)
    if (last === null) break
    lookedAtMs = clock.nowMs()
    const look = await patiently(options, () => lookAtDay(options, { day, last }))
    sums.quarters += look.quarters
    sums.numbers += look.numbers
    suspects = [...suspects, ...look.suspects]
  }
  let waiting = 0
  let sealerStands = false
  let last: Generation | null = await readLastGeneration(rollups)
  for (let look = 0; suspects.length > 0 && last !== null; look++) {
    const ledger = await readWaiting(vault)
    const unexplained = suspects.filter(
      ({ comparison, startS }) => !isAwaited(comparison, startS, ledger),
    )
    waiting += suspects.length - unexplained.length
    suspects = unexplained
    if (suspects.length === 0 || look === limits.looksAgain) break
    onAgain(suspects.length)
    last = await passAfter(lookedAtMs, last, options)
    sealerStands = last === null
    if (last === null) break
    lookedAtMs = clock.nowMs()
    suspects = await lookAgain(options, suspects, last)
  }
  const differences: Difference[] = []
  const newest = await readLastGeneration(rollups)
  if (newest !== null) {
    for (const suspect of suspects.slice(0, limits.explainedSpans)) {
      differences.push(...(await explain(options, suspect, newest)))
    }
  }
  return {
    ...sums,
    days: days.length,
    waiting,
    daysWithoutFacts: days.filter(({ hasFacts }) => !hasFacts).length,
    differences,
    furtherSpans: Math.max(0, suspects.length - limits.explainedSpans),
    sealerStands,
  }
}

/**
 * The first finished pass that knew everything that was stored at `atMs`, or where the facts consumer
 * is behind, the newest after a while; null: no pass was finished meanwhile.
 */
async function passAfter(
  atMs: number,
  before: Generation,
  { rollups, clock, stop, passLimitMs = limits.passLimitMs }: NumbersAuditOptions,
): Promise<Generation | null> {
  const deadline = clock.nowMs() + passLimitMs
  for (;;) {
    stop.throwIfAborted()
    const last = await readLastGeneration(rollups)
    if (last !== null && last.watermarkMs > atMs) return last
    if (clock.nowMs() > deadline) {
      return last !== null && last.generation > before.generation ? last : null
    }
    await clock.sleep(limits.pollMs, stop)
  }
}

async function lookAgain(
  options: NumbersAuditOptions,
  suspects: readonly Suspect[],
  last: Generation,
): Promise<readonly Suspect[]> {
  const still: Suspect[] = []
  const byDay = Map.groupBy(suspects, ({ day }): AuditDay => day)
  for (const [day, wanted] of byDay) {
    options.stop.throwIfAborted()
    const look = await patiently(options, () => lookAtDay(options, { day, last, wanted }))
    still.push(...look.suspects)
  }
  return still
}
