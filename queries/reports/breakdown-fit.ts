// Fits the cells of a breakdown to the total that they are part of: small ones together, none below zero, and the rest of a rounding to the largest remainders.

/**
 * Below so many standard deviations of its noise a sum of cells is small: it could well be nobody. With
 * many values more, so that in 19 of 20 breakdowns none that is empty is shown: the tail of a Laplace
 * distribution beyond t deviations is e^(-t sqrt 2) / 2. 3.5 up to 14 values, 5.5 for the regions.
 */
export function smallDeviations(values: number): number {
  return Math.max(3.5, Math.log(values / (2 * EMPTY_SHOWN)) / Math.SQRT2)
}

/** Empty values to be expected in the rows of a breakdown, at most. */
const EMPTY_SHOWN = 0.05

/** The places of the values that go into the row `rest`, ascending: none, or two and more. */
export function foldedOf(
  cells: readonly number[],
  /** Variance of the noise in each of the cells. */
  noise: number,
): readonly number[] {
  const bound = smallDeviations(cells.length) * Math.sqrt(noise)
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
 * Shares `people` out among the values that are shown and the rest: whole numbers, none below zero, which
 * add up to `people`. What cells have too much goes off in equal shares of the cells: a row of many,
 * which has the noise of all of them, takes as many shares.
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
  const isFolded = folded.length > 0
  const found = projected(
    isFolded ? [...raw, restRaw] : raw,
    isFolded ? [...raw.map(() => 1), folded.length] : raw.map(() => 1),
    people,
  )
  const fitted = roundTo(people, found)
  return {
    shown: new Map(places.map((place, index) => [place, fitted[index] ?? 0])),
    rest: isFolded ? (fitted.at(-1) ?? 0) : null,
  }
}

/**
 * The nearest numbers that are not below zero and add up to `sum`, by squares of which each counts
 * inversely to its weight: each less its weight's share of what is too much, those that would fall below
 * zero being zero (Held, Wolfe, Crowder 1974). With weights in proportion to variances, the likeliest.
 */
export function projected(
  numbers: readonly number[],
  weights: readonly number[],
  sum: number,
): readonly number[] {
  const weightAt = (place: number): number => weights[place] ?? 1
  const level = (place: number): number => (numbers[place] ?? 0) / weightAt(place)
  const descending = [...numbers.keys()].toSorted((a, b) => level(b) - level(a) || a - b)
  let [reached, weight, share] = [0, 0, 0]
  for (const place of descending) {
    reached += numbers[place] ?? 0
    weight += weightAt(place)
    const candidate = (reached - sum) / weight
    if (weight > weightAt(place) && level(place) <= candidate) break
    share = candidate
  }
  return numbers.map((each, place) => Math.max(0, each - share * weightAt(place)))
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
