// Draws by weight: what has twice the weight comes twice as often.

export interface Weights {
  readonly total: number
  /** The place that belongs to `part`, 0 <= part < 1, of the total. */
  draw(part: number): number
}

/** @throws Error when there is no weight at all. */
export function createWeights(weights: ArrayLike<number>): Weights {
  const sums = new Float64Array(weights.length)
  let total = 0
  for (let at = 0; at < weights.length; at++) sums[at] = total += weights[at] ?? 0
  if (!(total > 0)) throw new Error('nothing has any weight')
  return {
    total,
    draw(part) {
      const wanted = part * total
      let low = 0
      let high = sums.length - 1
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((sums[middle] ?? 0) > wanted) high = middle
        else low = middle + 1
      }
      return low
    },
  }
}
