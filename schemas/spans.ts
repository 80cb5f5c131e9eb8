// The spans in which open totals are stored: aligned UTC lengths of time that every report is made of.

export const spans = {
  minute: { seconds: 60 },
  quarter: { seconds: 900 },
  day: { seconds: 86_400 },
} as const

export type Span = keyof typeof spans

/** Start of the span that holds an instant, both in Unix seconds. */
export function startOf(span: Span, atS: number): number {
  const { seconds } = spans[span]
  return Math.floor(atS / seconds) * seconds
}

/** `YYYY-MM-DD` of the UTC day that holds an instant in Unix seconds. */
export function dayText(atS: number): string {
  return new Date(atS * 1000).toISOString().slice(0, 10)
}
