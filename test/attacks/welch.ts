// Do two ways of asking take the same time? Welch's t of two series that were measured in turns.

/** Where leak tests of timing draw the line (Goodwill, Jun, Jaffe, Rohatgi 2011): once in 100,000 by chance. */
export const T_MOST = 4.5

/**
 * Of the faster nine tenths of each series: what stops a process for a while is no part of an answer
 * (Reparaz, Balasch, Verbauwhede 2017).
 */
export function welchT(one: readonly number[], other: readonly number[]): number {
  const cut = percentileOf([...one, ...other], 0.9)
  const [a, b] = [one, other].map((series) => momentsOf(series.filter((each) => each <= cut)))
  if (a === undefined || b === undefined) return Number.NaN
  return (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count)
}

function momentsOf(series: readonly number[]) {
  const count = series.length
  const mean = series.reduce((sum, each) => sum + each, 0) / count
  const variance = series.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (count - 1)
  return { count, mean, variance }
}

function percentileOf(numbers: readonly number[], part: number): number {
  return Float64Array.from(numbers).toSorted()[Math.floor(part * (numbers.length - 1))] ?? 0
}

/** Asks both in turns, which of them first as the coin says. @returns milliseconds of each. */
export async function measureInTurns(
  ways: readonly [() => Promise<unknown>, () => Promise<unknown>],
  rounds: number,
  coin: () => number,
): Promise<readonly [readonly number[], readonly number[]]> {
  const taken: readonly [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    const first = coin() < 0.5 ? 0 : 1
    for (const way of [first, 1 - first] as const) {
      const startedMs = performance.now()
      await (way === 0 ? ways[0] : ways[1])()
      taken[way === 0 ? 0 : 1].push(performance.now() - startedMs)
    }
  }
  return taken
}
