// How many people a bucket has on which UTC day, as they are published as totals: by this a part of a bucket is weighed.

/** People by UTC day; days ascending, both lists of one length. */
export interface PeopleCurve {
  /** Days since 1970. */
  readonly days: readonly number[]
  /** Of guarded measures noised, so they may be negative. */
  readonly people: readonly number[]
}

export interface CurvePart {
  /** Unix seconds. */
  readonly fromS: number
  readonly toS: number
  readonly people: number
}

const DAY_S = 86_400

/**
 * Adds parts up by day. A part that reaches over midnights is shared out by the weight of its days, in
 * whole people: the rounded sums up to each midnight, so that nobody is lost or made up.
 * @param weightOf of a stretch inside one day; where all are 0, by its length.
 */
export function curveOf(
  parts: readonly CurvePart[],
  weightOf: (fromS: number, toS: number) => number,
): PeopleCurve {
  const byDay = new Map<number, number>()
  for (const { fromS, toS, people } of parts) {
    const pieces = piecesByDay(fromS, toS)
    const weights = pieces.map((piece) => weightOf(piece.fromS, piece.toS))
    const isFlat = weights.every((weight) => weight === 0)
    const shares = isFlat ? pieces.map((piece) => piece.toS - piece.fromS) : weights
    const all = shares.reduce((sum, share) => sum + share, 0)
    let upTo = 0
    let before = 0
    for (const [index, { fromS: pieceS }] of pieces.entries()) {
      upTo += shares[index] ?? 0
      const after = Math.round((people * upTo) / all)
      const day = Math.floor(pieceS / DAY_S)
      byDay.set(day, (byDay.get(day) ?? 0) + after - before)
      before = after
    }
  }
  return sorted(byDay)
}

/** The curve of several buckets together. */
export function addedUp(curves: readonly PeopleCurve[]): PeopleCurve {
  const byDay = new Map<number, number>()
  for (const { days, people } of curves) {
    for (const [index, day] of days.entries()) {
      byDay.set(day, (byDay.get(day) ?? 0) + (people[index] ?? 0))
    }
  }
  return sorted(byDay)
}

/**
 * The curve of a video that was not public for a part of the bucket, whose people then are in no cell:
 * without days on which it never was, and no more people than the cells have.
 */
export function publicPart(
  { days, people }: PeopleCurve,
  isClosedOn: (day: number) => boolean,
  peopleInCells: number,
): PeopleCurve {
  const open = days.flatMap((day, index) =>
    isClosedOn(day) ? [] : [{ day, people: people[index] ?? 0 }],
  )
  const all = open.reduce((sum, each) => sum + each.people, 0)
  const share = all <= 0 ? 0 : Math.min(1, Math.max(0, peopleInCells) / all)
  return {
    days: open.map(({ day }) => day),
    people: open.map((each) => Math.round(each.people * share)),
  }
}

function piecesByDay(fromS: number, toS: number): readonly Pick<CurvePart, 'fromS' | 'toS'>[] {
  const pieces = []
  for (let atS = fromS; atS < toS;) {
    const endS = Math.min(toS, (Math.floor(atS / DAY_S) + 1) * DAY_S)
    pieces.push({ fromS: atS, toS: endS })
    atS = endS
  }
  return pieces
}

function sorted(byDay: ReadonlyMap<number, number>): PeopleCurve {
  const entries = [...byDay].filter(([, people]) => people !== 0).toSorted(([a], [b]) => a - b)
  return { days: entries.map(([day]) => day), people: entries.map(([, people]) => people) }
}
