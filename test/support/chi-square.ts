// How unlikely a table of counts is, where its cells are expected to be as stated.

/**
 * Pearson's test. @returns the probability of counts as far from what is expected as these or further.
 * Cells should expect five or more each.
 */
export function chiSquareP(
  cells: readonly { readonly seen: number; readonly expected: number }[],
): number {
  const statistic = cells.reduce(
    (sum, { seen, expected }) => sum + (seen - expected) ** 2 / expected,
    0,
  )
  return upperGamma((cells.length - 1) / 2, statistic / 2)
}

/** Q(a, x), the regularized upper incomplete gamma function (Numerical Recipes 6.2). */
function upperGamma(a: number, x: number): number {
  const front = Math.exp(-x + a * Math.log(x) - logGamma(a))
  return x < a + 1 ? 1 - front * lowerSeries(a, x) : front * upperFraction(a, x)
}

function lowerSeries(a: number, x: number): number {
  let sum = 1 / a
  let term = sum
  for (let n = 1; term > sum * Number.EPSILON; n += 1) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

/** By Lentz's method. */
function upperFraction(a: number, x: number): number {
  const tiny = Number.MIN_VALUE / Number.EPSILON
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let result = d
  for (let n = 1; ; n += 1) {
    const numerator = -n * (n - a)
    b += 2
    d = 1 / (numerator * d + b)
    c = b + numerator / c
    result *= d * c
    if (Math.abs(d * c - 1) < 1e-15) return result
  }
}

/** Of whole and half numbers, which is all that degrees of freedom need. */
function logGamma(a: number): number {
  const isWhole = Number.isInteger(a)
  let sum = isWhole ? 0 : Math.log(Math.PI) / 2
  for (let each = isWhole ? 1 : 0.5; each < a; each += 1) sum += Math.log(each)
  return sum
}
