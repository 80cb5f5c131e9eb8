// Helps who mistyped: finds the known name that is closest to an unknown one.

/** Longer input is not compared, so that nobody can make us compute long tables. */
const NAME_LENGTH_MAX = 64

/** The closest of `known` by edit distance, or null where none resembles `name`. */
export function nearestName(name: string, known: readonly string[]): string | null {
  if (name.length > NAME_LENGTH_MAX) return null
  let best: string | null = null
  // More than half of the letters wrong is no resemblance.
  let bestDistance = Math.max(2, Math.ceil(name.length / 2)) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `; did you mean "x"?`, or nothing. */
export function hintOf(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === null ? '' : `; did you mean "${nearest}"?`
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string
 * alignment).
 */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? at(i - 2, j - 2) + 1 : replaced
      row.push(Math.min(replaced, swap, at(i - 1, j) + 1, at(i, j - 1) + 1))
    }
  }
  return at(a.length, b.length)
}
