// Cuts spans into parts of bounded weight, so that no statement holds more than it may, however full a day is.

/** Spans of one statement, in order. */
export type Part = readonly number[]

/** Neighbours share a part while their weights together are at most `weightMax`; a heavy one has its own. */
export function cutSpans(
  startsS: readonly number[],
  weightOf: (startS: number) => number,
  weightMax: number,
): readonly Part[] {
  const parts: number[][] = []
  let weight = Infinity
  for (const startS of startsS) {
    const own = weightOf(startS)
    if (weight + own > weightMax) {
      parts.push([])
      weight = 0
    }
    parts.at(-1)?.push(startS)
    weight += own
  }
  return parts
}
