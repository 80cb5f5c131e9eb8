// What many runs come to.
import type { Answer } from './answers.ts'

/**
 * Root of the mean squared error, by the mean of the truth. It is the measure that the margins of reports
 * speak of: their half-width is 1.96 of it, so that 95 % of answers lie within about twice of it.
 */
export function relativeError(answers: readonly Answer[]): number {
  const squares = meanOf(answers.map(({ shown, truth }) => (shown - truth) ** 2))
  return Math.sqrt(squares) / meanOf(answers.map(({ truth }) => truth))
}

/** How far off 95 % of answers are at most, by the mean of the truth. */
export function worstError(answers: readonly Answer[]): number {
  const errors = answers.map(({ shown, truth }) => Math.abs(shown - truth))
  return percentile(errors, 0.95) / meanOf(answers.map(({ truth }) => truth))
}

/** Share of answers whose truth lies within their margin. */
export function coverage(answers: readonly Answer[]): number {
  const within = answers.filter(({ shown, truth, margin }) => Math.abs(shown - truth) <= margin)
  return within.length / answers.length
}

/** NaN of none. */
export function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length
}

/** The lowest of the numbers that at least `part` of them do not exceed. NaN of none. */
export function percentile(numbers: readonly number[], part: number): number {
  const sorted = Float64Array.from(numbers).toSorted()
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}
