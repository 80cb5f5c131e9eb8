// Holds what is published against the log of decisions: each is decided once, and published as decided.

/** A row that is decided once. */
export interface DecidedSeal {
  readonly key: string
  /** All that it says. */
  readonly says: string
}

/** @param what is published, as `leaves`. */
export function asDecided(
  what: string,
  published: readonly DecidedSeal[],
  decided: readonly DecidedSeal[],
): readonly string[] {
  const rowsOf = Map.groupBy(published, ({ key }) => key)
  const logged = Map.groupBy(decided, ({ key }) => key)
  const differences: string[] = []
  for (const [key, [first, ...more]] of logged) {
    if (more.length > 0) differences.push(`decisions: ${key} is decided ${more.length + 1} times`)
    const rows = rowsOf.get(key) ?? []
    if (rows.length === 1 && rows[0]?.says === first?.says) continue
    const said = rows.map(({ says }) => says).join(' and ')
    differences.push(`${what}: ${key} is [${said}], decided was ${first?.says}`)
  }
  for (const key of rowsOf.keys()) {
    if (!logged.has(key)) differences.push(`${what}: ${key} is published, and nothing was decided`)
  }
  return differences
}
