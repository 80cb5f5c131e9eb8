// Spans that late facts touched, until they are counted again: which are due, and which only if that is cheap.
import { spans } from '#schemas/spans.ts'
import type { Span } from '#schemas/spans.ts'
import type { SpanStarts } from './pass-plan.ts'

export interface LateSpan {
  readonly span: Span
  /** Start in Unix seconds. */
  readonly startS: number
  /** When it was first touched since it was last counted, or `FIRST_COUNT`. */
  readonly sinceS: number
}

export interface CountTime {
  readonly beganAtS: number
  readonly nowS: number
}

/** `sinceS` of a day that closed and was never counted: it is due at once. */
export const FIRST_COUNT = 0

export interface LateSpans {
  /** Adds touched spans; one that waits already keeps its time. */
  add(starts: SpanStarts, nowS: number): void
  /** Takes spans with the time since which they wait, as those that an earlier sealer wrote down. */
  restore(waiting: readonly LateSpan[]): void
  /** Spans that reached an age: counted whatever it costs. Oldest wait first, minutes before quarters before days. */
  due(nowS: number): readonly LateSpan[]
  /** Spans that may be counted within the budget, in the same order; without what was counted just now. */
  ready(nowS: number): readonly LateSpan[]
  /**
   * Forgets spans that were counted. One that was touched since its count began waits anew: a count
   * may take long, and passes go on meanwhile.
   */
  counted(span: Span, startsS: readonly number[], time: CountTime): void
  /** Forgets minutes before `fromS`, which are of no use any more. */
  forgetMinutes(fromS: number): void
  /** How many wait. */
  readonly size: number
  /** All that waits. */
  readonly waiting: readonly LateSpan[]
}

const HOUR_S = 3600
const DAY_S = 86_400

/** Ages of a span at which it is counted again if it was touched, in seconds after its end. */
const AGES_S = [
  3 * HOUR_S,
  6 * HOUR_S,
  12 * HOUR_S,
  DAY_S,
  2 * DAY_S,
  4 * DAY_S,
  7 * DAY_S,
] as const

/** A span past the last age is counted when it has waited this long: history that comes in late. */
const OLD_WAITS_S = DAY_S

/**
 * A span that was counted is not counted again for so many passes unless it is due: bursts share a
 * count. A pass may come a little early.
 */
const REST_PASSES = { minute: 0.8, quarter: 0.8, day: 4 } as const satisfies Record<Span, number>

/**
 * A day, whose people cost many times as much as its sums, is counted before it is due only when
 * nothing has touched it for so many passes: once after an import, at its ages while late facts trickle
 * in.
 */
const DAY_QUIET_PASSES = 2

const order = ['minute', 'quarter', 'day'] as const satisfies readonly Span[]

/** When a span that was touched at `sinceS` must be counted, Unix seconds. */
export function dueAtS({ span, startS, sinceS }: LateSpan): number {
  if (sinceS === FIRST_COUNT) return 0
  const endS = startS + spans[span].seconds
  const age = AGES_S.find((each) => endS + each > sinceS)
  return age === undefined ? sinceS + OLD_WAITS_S : endS + age
}

function timesBySpan(): Record<Span, Map<number, number>> {
  return { minute: new Map(), quarter: new Map(), day: new Map() }
}

/** @param passEveryMs how often passes begin, by which rests are measured. */
export function createLateSpans(passEveryMs: number): LateSpans {
  const passS = passEveryMs / 1000
  const waiting = { minute: new Map(), quarter: new Map(), day: new Map() } satisfies Record<
    Span,
    Map<number, LateSpan>
  >
  const waitingOf = (span: Span): Map<number, LateSpan> => waiting[span]
  const countedAtS = timesBySpan()
  const touchedAtS = timesBySpan()
  const list = (keep: (late: LateSpan) => boolean): readonly LateSpan[] =>
    order.flatMap((span) =>
      [...waitingOf(span).values()].filter(keep).toSorted((a, b) => a.sinceS - b.sinceS),
    )
  const addTo = (span: Span, startsS: readonly number[], nowS: number): void => {
    for (const startS of startsS) {
      touchedAtS[span].set(startS, nowS)
      if (!waitingOf(span).has(startS)) waitingOf(span).set(startS, { span, startS, sinceS: nowS })
    }
  }
  return {
    add({ minutes, quarters, days }, nowS) {
      addTo('minute', minutes, nowS)
      addTo('quarter', quarters, nowS)
      addTo('day', days, nowS)
    },
    restore(written) {
      for (const late of written) waitingOf(late.span).set(late.startS, late)
    },
    due: (nowS) => list((late) => late.span !== 'minute' && dueAtS(late) <= nowS),
    ready: (nowS) =>
      list(({ span, startS }) => {
        const rested = (countedAtS[span].get(startS) ?? 0) + REST_PASSES[span] * passS <= nowS
        const quietS = span === 'day' ? DAY_QUIET_PASSES * passS : 0
        return rested && (touchedAtS[span].get(startS) ?? 0) + quietS <= nowS
      }),
    counted(span, startsS, { beganAtS, nowS }) {
      for (const startS of startsS) {
        const touchedS = touchedAtS[span].get(startS) ?? 0
        waitingOf(span).delete(startS)
        touchedAtS[span].delete(startS)
        countedAtS[span].set(startS, nowS)
        if (touchedS > beganAtS) addTo(span, [startS], touchedS)
      }
      for (const [startS, atS] of countedAtS[span]) {
        if (atS + REST_PASSES[span] * passS < nowS) countedAtS[span].delete(startS)
      }
    },
    forgetMinutes(fromS) {
      for (const startS of waitingOf('minute').keys()) {
        if (startS < fromS) waitingOf('minute').delete(startS)
      }
      for (const startS of touchedAtS.minute.keys()) {
        if (startS < fromS) touchedAtS.minute.delete(startS)
      }
    },
    get size() {
      return order.reduce((sum, span) => sum + waitingOf(span).size, 0)
    },
    get waiting() {
      return list(() => true)
    },
  }
}
