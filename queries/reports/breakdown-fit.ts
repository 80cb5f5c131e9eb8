// Fits the cells of a breakdown to the total that they are part of: small ones together, none below zero, and the rest of a rounding to the largest remainders.

/** Below so many standard deviations of its noise a sum of cells is small: it could well be nobody. */
export const SMALL_DEVIATIONS = 3.5

/** The places of the values that go into the row `rest`, ascending: none, or two and more. */
export function foldedOf(
  cells: readonly number[],
  /** Variance of the noise in each of the cells. */
  noise: number,
): readonly number[] {
  const bound = SMALL_DEVIATIONS * Math.sqrt(noise)
  // The smallest first; ties in the order of values.
  const order = [...cells.keys()].toSorted((a, b) => (cells[a] ?? 0) - (cells[b] ?? 0) || a - b)
  const small = order.filter((place) => (cells[place] ?? 0) < bound).length
  // One alone would be the total less all the others.
  return order.slice(0, small === 1 ? 2 : small).toSorted((a, b) => a - b)
}

/** People by place of their value, and of all that are folded. */
export interface Fitted {
  readonly shown: ReadonlyMap<number, number>
  /** Null: none is folded. */
  readonly rest: number | null
}

/**
 * Shares `people` out among the values that are shown and the rest: whole numbers, none below zero,
 * which add up to `people`.
 * @param folded places of values, as `foldedOf` gives them, or more.
 * @param people whole, 0 or more.
 */
export function fitCells(
  cells: readonly number[],
  folded: readonly number[],
  people: number,
): Fitted {
  const hidden = new Set(folded)
  const places = [...cells.keys()].filter((place) => !hidden.has(place))
  const raw = places.map((place) => cells[place] ?? 0)
  const restRaw = folded.reduce((sum, place) => sum + (cells[place] ?? 0), 0)
  const fitted = roundTo(people, projected(folded.length > 0 ? [...raw, restRaw] : raw, people))
  return {
    shown: new Map(places.map((place, index) => [place, fitted[index] ?? 0])),
    rest: folded.length > 0 ? (fitted.at(-1) ?? 0) : null,
  }
}

/**
 * The nearest numbers that are not below zero and add up to `sum`: each less the same share of what
 * is too much, those that would fall below zero being zero (Held, Wolfe, Crowder 1974).
 */
export function projected(numbers: readonly number[], sum: number): readonly number[] {
  const descending = numbers.toSorted((a, b) => b - a)
  let reached = 0
  let share = 0
  for (const [index, each] of descending.entries()) {
    reached += each
    const candidate = (reached - sum) / (index + 1)
    if (index > 0 && each <= candidate) break
    share = candidate
  }
  return numbers.map((each) => Math.max(0, each - share))
}

/** Whole numbers that add up to `sum`, as the given ones do: what is cut off goes to the largest remainders, ties to the first. */
export function roundTo(sum: number, numbers: readonly number[]): readonly number[] {
  const whole = numbers.map(Math.floor)
  const left = sum - whole.reduce((all, each) => all + each, 0)
  const order = [...numbers.keys()].toSorted(
    (a, b) => remainder(numbers, b) - remainder(numbers, a) || a - b,
  )
  // By a last digit of a sum it can be one more or less than there are remainders.
  for (let given = 0; given < left; given++) {
    const place = order[given % order.length] ?? 0
    whole[place] = (whole[place] ?? 0) + 1
  }
  for (let taken = left; taken < 0; taken++) {
    const place = whole.indexOf(Math.max(...whole))
    whole[place] = (whole[place] ?? 0) - 1
  }
  return whole
}

function remainder(numbers: readonly number[], place: number): number {
  const number = numbers[place] ?? 0
  // To a millionth: what differs by a last digit alone is a tie.
  return Math.round((number - Math.floor(number)) * 1e6)
}
