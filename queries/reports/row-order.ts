// Orders the rows of an answer: what is null comes last either way, ties keep the order of dimensions.

export interface RowKey {
  /** The value that a row is ordered by; NaN: null. */
  readonly of: (row: number) => number
  readonly descending: boolean
}

/** Row numbers 0 to `count` - 1 in the order of `keys`; rows that tie keep their numbers' order. */
export function orderRows(count: number, keys: readonly RowKey[]): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, row) => row)
  if (keys.length === 0) return order
  const columns = keys.map(({ of, descending }) => ({
    values: Float64Array.from({ length: count }, (_, row) => of(row)),
    sign: descending ? -1 : 1,
  }))
  return order.sort((a, b) => {
    for (const { values, sign } of columns) {
      const x = values[a] ?? Number.NaN
      const y = values[b] ?? Number.NaN
      if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1
      if (x < y) return -sign
      if (x > y) return sign
    }
    return a - b
  })
}
