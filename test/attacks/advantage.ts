// How much better than a coin an attacker guesses in which of two worlds a number was published.

/** What an attacker makes of the published numbers: higher where the target is likelier to be there. */
export interface Scores {
  readonly present: Float64Array
  readonly absent: Float64Array
}

export function openScores(worlds: number): Scores {
  return { present: new Float64Array(worlds), absent: new Float64Array(worlds) }
}

/** Says "present" above zero, throws a coin at zero: the best rule where scores are losses of a known noise. */
export function advantageAtZero({ present, absent }: Scores): number {
  return rateAbove(present, 0) - rateAbove(absent, 0)
}

/**
 * The best threshold and side of the first half of the worlds, held against the second half: so
 * nothing is won by looking for a threshold.
 */
export function advantageOfThreshold({ present, absent }: Scores): number {
  const half = present.length >> 1
  const [known, other] = [present.subarray(0, half), absent.subarray(0, half)]
  const cuts = Float64Array.from([...known, ...other]).toSorted()
  const sorted = { present: known.toSorted(), absent: other.toSorted() }
  let best = { gain: -1, cut: 0, side: 1 }
  let [belowPresent, belowAbsent] = [0, 0]
  for (const cut of cuts) {
    while ((sorted.present[belowPresent] ?? Infinity) <= cut) belowPresent += 1
    while ((sorted.absent[belowAbsent] ?? Infinity) <= cut) belowAbsent += 1
    const gain = (belowAbsent - belowPresent) / half
    if (Math.abs(gain) > best.gain) best = { gain: Math.abs(gain), cut, side: Math.sign(gain) || 1 }
  }
  const isAbove = (scores: Float64Array): number =>
    scores.subarray(half).reduce((sum, score) => sum + (score > best.cut ? 1 : 0), 0) /
    (scores.length - half)
  return best.side * (isAbove(present) - isAbove(absent))
}

/** Standard deviations that a measured advantage may lie above the true one: once in 30,000 by chance. */
const DEVIATIONS = 4

/**
 * An advantage is the difference of two rates, each of `worlds` independent worlds and of a variance of
 * at most 1/4: its standard deviation is at most sqrt(1 / (2 worlds)).
 */
export function samplingError(worlds: number): number {
  return DEVIATIONS * Math.sqrt(0.5 / worlds)
}

function rateAbove(scores: Float64Array, bound: number): number {
  return (
    scores.reduce((sum, score) => sum + (score > bound ? 1 : score === bound ? 0.5 : 0), 0) /
    scores.length
  )
}
