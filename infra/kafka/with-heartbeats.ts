// Waits for work that takes longer than a group waits for a silent member, and tells the group meanwhile that we live.
import type { Clock } from '../runtime/clock.ts'

/** A fifth of the time after which a group gives a member up. */
const EVERY_MS = 2000

/** @returns what the work gives. @throws what it throws, or what a heartbeat throws before it is done. */
export async function withHeartbeats<T>(
  work: Promise<T>,
  heartbeat: () => Promise<void>,
  clock: Clock,
): Promise<T> {
  const over = work.then(() => true)
  for (;;) {
    const beat = Promise.withResolvers<false>()
    using _timer = clock.after(EVERY_MS, () => beat.resolve(false))
    if (await Promise.race([over, beat.promise])) return work
    await heartbeat()
  }
}
