// Cuts dates of a time zone into instants; the only place that asks a time-zone database.
import { Temporal } from 'temporal-polyfill'

/** Seconds since 1970 UTC, `toS` not included. */
export interface Span {
  readonly fromS: number
  readonly toS: number
}

/** Where they have no time in common it ends no later than it begins. */
export function overlapOf(a: Span, b: Span): Span {
  return { fromS: Math.max(a.fromS, b.fromS), toS: Math.min(a.toS, b.toS) }
}

/**
 * A row of a report in time, and how it is written: a number where rows are numbered. The span of a
 * row that is made of many pieces of time reaches from the first to the last of them.
 */
export interface Bucket extends Span {
  readonly key: string | number
}

/** Instants are stored as seconds in 32 bits. */
export const INSTANT_MAX_S = 2 ** 32 - 1

/** From the first instant of `startDate` to the last of `endDate` in `tz`. */
export function rangeOf(startDate: string, endDate: string, tz: string): Span {
  const next = Temporal.PlainDate.from(endDate).add({ days: 1 })
  return {
    fromS: startOfDay(Temporal.PlainDate.from(startDate), tz),
    toS: startOfDay(next, tz),
  }
}

/**
 * Calendar days, of 23 to 25 hours where the clock changes. A day that a zone leapt over (Apia,
 * 2011-12-30) has no instant and no bucket.
 */
export function dayBuckets(startDate: string, endDate: string, tz: string): readonly Bucket[] {
  const last = Temporal.PlainDate.from(endDate)
  let day = Temporal.PlainDate.from(startDate)
  let fromS = startOfDay(day, tz)
  const buckets: Bucket[] = []
  while (Temporal.PlainDate.compare(day, last) <= 0) {
    const next = day.add({ days: 1 })
    const toS = startOfDay(next, tz)
    if (toS > fromS) buckets.push({ fromS, toS, key: day.toString() })
    day = next
    fromS = toS
  }
  return buckets
}

/** ISO weeks, `2026-W45`; the first and the last only as far as their days are within the dates. */
export function weekBuckets(startDate: string, endDate: string, tz: string): readonly Bucket[] {
  return joinDays(dayBuckets(startDate, endDate, tz), isoWeek)
}

/** Calendar months, `2026-11`; cut by the dates as weeks are. */
export function monthBuckets(startDate: string, endDate: string, tz: string): readonly Bucket[] {
  return joinDays(dayBuckets(startDate, endDate, tz), (day) => day.slice(0, 7))
}

function joinDays(days: readonly Bucket[], keyOf: (day: string) => string): readonly Bucket[] {
  const joined: Bucket[] = []
  for (const { fromS, toS, key: day } of days) {
    const key = keyOf(String(day))
    const last = joined.at(-1)
    if (last?.key === key) joined[joined.length - 1] = { ...last, toS }
    else joined.push({ fromS, toS, key })
  }
  return joined
}

/** The week of a date is that of its Thursday: early January can lie in the year before. */
function isoWeek(day: string): string {
  const { yearOfWeek, weekOfYear } = Temporal.PlainDate.from(day)
  return `${yearOfWeek}-W${String(weekOfYear).padStart(2, '0')}`
}

/**
 * The 168 clock hours of a week from Monday 00:00 in `tz`, each from its first to its last in the
 * span; one that the span has not is empty.
 */
export function hourOfWeekBuckets(span: Span, tz: string): readonly Bucket[] {
  const hours: Bucket[] = Array.from({ length: 168 }, (_, key) => ({ fromS: 0, toS: 0, key }))
  for (const { fromS, toS, offsetS } of clockSpans(span, tz, 3600)) {
    const key = hourOfWeek(fromS, offsetS)
    const hour = hours[key]
    const first = hour === undefined || hour.toS === 0 ? fromS : hour.fromS
    hours[key] = { fromS: first, toS, key }
  }
  return hours
}

/** 1970 began on a Thursday, three days after a Monday. */
export const MONDAY_BEFORE_1970_S = 3 * 86_400

/** The hour of the week, 0 to 167, of an instant on a clock with this offset. */
export function hourOfWeek(atS: number, offsetS: number): number {
  return Math.floor((atS + offsetS + MONDAY_BEFORE_1970_S) / 3600) % 168
}

/**
 * Clock hours in `tz`. Where the clock changes by a part of an hour (Lord Howe) the change begins a
 * bucket of its own, so that a key is always the first instant of its bucket.
 */
export function hourBuckets(span: Span, tz: string): readonly Bucket[] {
  return clockBuckets(span, tz, 3600)
}

export function minuteBuckets(span: Span, tz: string): readonly Bucket[] {
  return clockBuckets(span, tz, 60)
}

function clockBuckets(span: Span, tz: string, stepS: number): readonly Bucket[] {
  return clockSpans(span, tz, stepS).map(({ fromS, toS, offsetS }) => ({
    fromS,
    toS,
    key: localTime(fromS, offsetS),
  }))
}

function clockSpans(span: Span, tz: string, stepS: number): readonly OffsetSpan[] {
  return clockSpansOf(offsetsOf(span, tz), stepS)
}

/** Spans cut at every full step of the clock, and where the clock changes. */
export function clockSpansOf(offsets: readonly OffsetSpan[], stepS: number): readonly OffsetSpan[] {
  const spans: OffsetSpan[] = []
  for (const { fromS, toS, offsetS } of offsets) {
    let start = fromS
    while (start < toS) {
      // Before 1970 on a local clock the remainder is negative.
      const into = (((start + offsetS) % stepS) + stepS) % stepS
      const end = Math.min(toS, start + stepS - into)
      spans.push({ fromS: start, toS: end, offsetS })
      start = end
    }
  }
  return spans
}

export interface OffsetSpan extends Span {
  readonly offsetS: number
}

/** The parts of a span in which the clocks of `tz` have one offset from UTC. */
export function offsetsOf({ fromS, toS }: Span, tz: string): readonly OffsetSpan[] {
  const parts: OffsetSpan[] = []
  let start = fromS
  while (start < toS) {
    const local = Temporal.Instant.fromEpochMilliseconds(start * 1000).toZonedDateTimeISO(tz)
    const change = local.getTimeZoneTransition('next')
    const end = change === null ? toS : Math.min(toS, secondsOf(change))
    parts.push({ fromS: start, toS: end, offsetS: local.offsetNanoseconds / 1e9 })
    start = end
  }
  return parts
}

function startOfDay(day: Temporal.PlainDate, tz: string): number {
  const seconds = secondsOf(day.toZonedDateTime({ timeZone: tz }))
  return Math.min(INSTANT_MAX_S, Math.max(0, seconds))
}

function secondsOf(instant: Temporal.ZonedDateTime): number {
  return Math.floor(instant.epochMilliseconds / 1000)
}

/** RFC 3339 with the offset, to the second: `2026-11-01T05:00:00+05:30`. */
function localTime(atS: number, offsetS: number): string {
  const minutes = Math.abs(Math.round(offsetS / 60))
  const two = (number: number): string => String(number).padStart(2, '0')
  const sign = offsetS < 0 ? '-' : '+'
  const offset = `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
  return `${new Date((atS + offsetS) * 1000).toISOString().slice(0, 19)}${offset}`
}

/** An instant for answers: RFC 3339 in UTC, `2026-11-01T00:00:00Z`. */
export function instantText(atS: number): string {
  return `${new Date(atS * 1000).toISOString().slice(0, 19)}Z`
}
