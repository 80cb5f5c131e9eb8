// Numbers of acts in a stretch of time: Poisson draws, from a seeded sequence.
import type { Random } from '#producers/simulator/random.ts'

/** From here on drawing by steps takes longer than drawing by rejection. */
const STEPS_BELOW = 12

/** A draw of the Poisson distribution. @param mean 0 or more, below 1e9. */
export function drawPoisson(random: Random, mean: number): number {
  if (mean <= 0) return 0
  return mean < STEPS_BELOW ? byInversion(random.next(), mean) : byRejection(random, mean)
}

/** Adds the chances of 0, 1, 2 ... up to `uniform`. */
function byInversion(uniform: number, mean: number): number {
  let chance = Math.exp(-mean)
  let below = chance
  let count = 0
  // Rounding may leave the sum of all chances below the largest draw.
  while (uniform >= below && chance > 0) {
    count += 1
    chance *= mean / count
    below += chance
  }
  return count
}

/** Transformed rejection with squeeze: PTRS of Hörmann, The transformed rejection method, 1993. */
function byRejection(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean)
  const a = -0.059 + 0.02483 * b
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const quick = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = random.next() - 0.5
    const v = random.next()
    const us = 0.5 - Math.abs(u)
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
    if (us >= 0.07 && v <= quick) return count
    if (count < 0 || (us < 0.013 && v > us)) continue
    const chance = count * Math.log(mean) - mean - logFactorial(count)
    if (Math.log((v * inverseAlpha) / (a / us ** 2 + b)) <= chance) return count
  }
}

/** By Stirling's series, of small numbers by that of a larger one: good to ten digits. */
function logFactorial(count: number): number {
  let product = 1
  let at = count + 1
  for (; at < 12; at += 1) product *= at
  const series = 1 / (12 * at) - 1 / (360 * at ** 3) + 1 / (1260 * at ** 5)
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
}
