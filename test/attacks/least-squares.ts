// Regularized least squares: the best linear guess at unknown bits from sums of them with noise.

/** A sum of unknowns: which ones, what was published, and the variance of its noise. */
export interface Equation {
  readonly of: readonly number[]
  readonly sum: number
  readonly variance: number
}

/** A coin of 0 and 1 has the mean 1/2 and the variance 1/4. */
const PRIOR_MEAN = 0.5
const PRIOR_VARIANCE = 0.25

/**
 * Guesses of `unknowns` bits that are coins beforehand: the minimum of the squared errors, each by its
 * variance, those of the coins among them. By Cholesky's decomposition of the normal equations.
 */
export function guessBits(unknowns: number, equations: readonly Equation[]): Float64Array {
  const matrix = new Float64Array(unknowns * unknowns)
  const right = new Float64Array(unknowns).fill(PRIOR_MEAN / PRIOR_VARIANCE)
  for (let at = 0; at < unknowns; at++) matrix[at * unknowns + at] = 1 / PRIOR_VARIANCE
  for (const { of, sum, variance } of equations) {
    for (const row of of) {
      right[row] = (right[row] ?? 0) + sum / variance
      for (const column of of) {
        const at = row * unknowns + column
        matrix[at] = (matrix[at] ?? 0) + 1 / variance
      }
    }
  }
  return solve(matrix, right)
}

/** In place; the matrix is symmetric and positive definite, by the coins. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length
  const get = (row: number, column: number): number => matrix[row * size + column] ?? 0
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let value = get(row, column)
      for (let at = 0; at < column; at++) value -= get(row, at) * get(column, at)
      matrix[row * size + column] = row === column ? Math.sqrt(value) : value / get(column, column)
    }
  }
  for (let row = 0; row < size; row++) {
    let value = right[row] ?? 0
    for (let at = 0; at < row; at++) value -= get(row, at) * (right[at] ?? 0)
    right[row] = value / get(row, row)
  }
  for (let row = size - 1; row >= 0; row--) {
    let value = right[row] ?? 0
    for (let at = row + 1; at < size; at++) value -= get(at, row) * (right[at] ?? 0)
    right[row] = value / get(row, row)
  }
  return right
}
