// A set of offsets of one partition, kept as ranges: united as they come in any order, and asked for what is missing.

/** From `first` up to, and with, `last`. */
export interface Offsets {
  readonly first: bigint
  readonly last: bigint
}

export interface OffsetSet {
  /** Adds a range; what was there already changes nothing. */
  add(range: Offsets): void
  /** What the set lacks from `first` up to, and with, `last`, ascending. */
  missing(range: Offsets): readonly Offsets[]
  /** Ranges that are held apart: one where nothing is missing, whatever their number was. */
  readonly size: number
}

export function createOffsetSet(): OffsetSet {
  // Ascending, neither overlapping nor touching.
  const ranges: Offsets[] = []

  /** Place of the first range that ends at `offset` or later. */
  function placeOf(offset: bigint): number {
    let low = 0
    let high = ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const range = ranges[middle]
      if (range !== undefined && range.last < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    add({ first, last }) {
      if (first > last) return
      const from = placeOf(first - 1n)
      let to = from
      let united = { first, last }
      for (let next = ranges[to]; next !== undefined && next.first <= last + 1n;) {
        united = {
          first: next.first < united.first ? next.first : united.first,
          last: next.last > united.last ? next.last : united.last,
        }
        to += 1
        next = ranges[to]
      }
      ranges.splice(from, to - from, united)
    },
    missing({ first, last }) {
      const holes: Offsets[] = []
      let next = first
      for (let place = placeOf(first); next <= last; place++) {
        const range = ranges[place]
        if (range === undefined || range.first > last) break
        if (range.first > next) holes.push({ first: next, last: range.first - 1n })
        next = range.last + 1n
      }
      if (next <= last) holes.push({ first: next, last })
      return holes
    },
    get size() {
      return ranges.length
    },
  }
}
