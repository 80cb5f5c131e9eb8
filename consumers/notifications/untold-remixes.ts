// Derived videos of which nothing was told: not public, not catalogued, or not what an event claims. Each is asked about again, ever more rarely.

export interface UntoldRemixes {
  readonly size: number
  /** Keeps a derived video; where there are too many, the one that has waited longest gives way. */
  add(derivedVideoId: bigint, nowMs: number): void
  remove(derivedVideoId: bigint): void
  /** Those whose time has come, at most `max`; each has a new time from then on. */
  takeDue(nowMs: number, max: number): readonly bigint[]
}

export interface UntoldLimits {
  readonly untoldMax: number
  readonly waitFirstMs: number
  readonly waitLongestMs: number
}

/** A tenth of the time that it has waited goes by until the next question. */
const WAIT_SHARE = 0.1

export function createUntoldRemixes(limits: UntoldLimits): UntoldRemixes {
  const { untoldMax, waitFirstMs, waitLongestMs } = limits
  // In the order of `sinceMs`: a Map keeps the place of a key that is set again.
  const untold = new Map<bigint, { readonly sinceMs: number; readonly dueMs: number }>()
  const put = (derivedVideoId: bigint, sinceMs: number, nowMs: number): void => {
    const waitMs = Math.max((nowMs - sinceMs) * WAIT_SHARE, waitFirstMs)
    untold.set(derivedVideoId, { sinceMs, dueMs: nowMs + Math.min(waitMs, waitLongestMs) })
  }
  return {
    get size() {
      return untold.size
    },
    add(derivedVideoId, nowMs) {
      if (untold.has(derivedVideoId)) return
      const [first] = untold.size < untoldMax ? [] : untold.keys()
      if (first !== undefined) untold.delete(first)
      put(derivedVideoId, nowMs, nowMs)
    },
    remove: (derivedVideoId) => void untold.delete(derivedVideoId),
    takeDue(nowMs, max) {
      const due: bigint[] = []
      for (const [derivedVideoId, { sinceMs, dueMs }] of untold) {
        if (due.length >= max) break
        if (dueMs > nowMs) continue
        due.push(derivedVideoId)
        put(derivedVideoId, sinceMs, nowMs)
      }
      return due
    },
  }
}
