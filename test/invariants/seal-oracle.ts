// Holds all that is sealed, leaves and buckets, against the log of decisions, the marks of people and the journal.
import { setTimeout as sleep } from 'node:timers/promises'
import { compareBuckets } from './bucket-oracle.ts'
import type { Journal } from './journal.ts'
import { compareLeaves } from './leaf-oracle.ts'
import type { SealSources, SealVerdict } from './seal-sources.ts'

const PAUSE_MS = 1000

/**
 * @param countedSinceMs a vault that was restored has people of what was decided before marked by time,
 * who came in late among them: that has no exact count any more.
 * @throws Error when a server or the log is away.
 */
export async function compareSeals(
  sources: SealSources,
  journal: Journal,
  countedSinceMs = 0,
): Promise<SealVerdict> {
  const leaves = await compareLeaves(sources, journal, countedSinceMs)
  const buckets = await compareBuckets(sources, journal, countedSinceMs)
  return {
    compared: leaves.compared + buckets.compared,
    differences: [...leaves.differences, ...buckets.differences],
  }
}

/** Compares until all is equal or the time is over. */
export async function untilSealsEqual(
  sources: SealSources,
  journal: Journal,
  { limitMs, countedSinceMs }: { readonly limitMs: number; readonly countedSinceMs?: number },
): Promise<SealVerdict> {
  const deadline = Date.now() + limitMs
  for (;;) {
    // A server that is just being started again, or a connection that it has given up.
    const verdict = await compareSeals(sources, journal, countedSinceMs).catch(
      (error: unknown) => ({ compared: 0, differences: [String(error)] }),
    )
    if (verdict.differences.length === 0 || Date.now() > deadline) return verdict
    await sleep(PAUSE_MS)
  }
}
