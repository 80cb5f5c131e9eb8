// How large the simulated platform is; the same numbers and seed make the same platform.

export interface Scale {
  readonly seed: string
  /** Events of the history, about. */
  readonly events: number
  /** UTC days of history. */
  readonly days: number
  readonly videos: number
  readonly creators: number
  readonly viewers: number
}

export const HOUR_MS = 3600_000
export const DAY_MS = 86_400_000
/** Traffic is made slot by slot. */
export const SLOT_MS = 10_000

export function slotOf(atMs: number): number {
  return Math.floor(atMs / SLOT_MS) * SLOT_MS
}

export function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS) * DAY_MS
}
