// The published curve of a guarded number: whole at the edges of leaves, along the published views inside of one; and how far off it may be.

/**
 * People of a leaf in each of its parts: the rise of a curve from 0 to the leaf's number, rounded at
 * the edges of the parts. So parts add up to the leaf whatever the cut, and agree with larger ones at
 * every edge that they share.
 * @param people the published integer, which may be negative.
 * @param weights of the parts in order of time, all of the leaf's: whole numbers, one of them positive.
 */
export function shareLeaf(people: number, weights: readonly number[]): readonly number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  // Whole numbers, divided once: sums of fractions would depend on the cut, by a last digit.
  let reached = 0
  let given = 0
  return weights.map((weight) => {
    reached += weight
    const upTo = Math.round((people * reached) / whole)
    const share = upTo - given
    given = upTo
    return share
  })
}

/**
 * Squared standard error of a leaf's share: of its noise, of chance within the leaf (a binomial
 * share), and of the views being a fifth off as a guide to when people acted.
 * @param share of the leaf inside the range, 0 to 1.
 * @param people the published integer; below zero it tells nothing of how many there were.
 * @param noise variance of the leaf's noise.
 */
export function shareVariance(share: number, people: number, noise: number): number {
  const between = share * (1 - share)
  return share ** 2 * noise + between * Math.max(people, 0) + (0.2 * between * people) ** 2
}

/** Half-width of the 95 % interval in whole people, at least 1: no guarded number is exact. */
export function halfWidth(variance: number): number {
  return Math.max(1, Math.ceil(1.96 * Math.sqrt(variance)))
}
