// How far long work is, in one line: done of all, the rate, and the time that is left.

export interface Progress {
  readonly done: number
  /** Null: not known yet. */
  readonly all: number | null
  /** Since the work began, without what an earlier run had done. */
  readonly elapsedMs: number
  /** What an earlier run had done; the rate leaves it out. */
  readonly before?: number
  /** As `events`. */
  readonly unit: string
}

/** As `1,203,000 of 3,000,000 events  95,200/s  19 s left`: at most 70 characters for a short unit. */
export function renderProgress({ done, all, elapsedMs, before = 0, unit }: Progress): string {
  const rate = elapsedMs <= 0 ? 0 : ((done - before) * 1000) / elapsedMs
  const amount = all === null ? `${count(done)} ${unit}` : `${count(done)} of ${count(all)} ${unit}`
  const left = all === null || rate <= 0 ? '' : `  ${duration((all - done) / rate)} left`
  return `${amount}  ${count(rate)}/s${left}`
}

/** Whole numbers with their thousands told apart. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** As `1 hole` or `2,000 holes`. */
export function some(amount: number, noun: string): string {
  return `${count(amount)} ${noun}${amount === 1 ? '' : 's'}`
}

/** Seconds as people say them: `19 s`, `2 min 05 s`, `3 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${pad(whole % 60)} s`
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
