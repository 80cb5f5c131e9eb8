// Applies what the log has decided: whom a seal counts is marked, its numbers are published, each once and for ever.
import type { Clock } from '#infra/runtime/clock.ts'
import type { Logger } from '#infra/runtime/log.ts'
import type { Decision } from '#schemas/decision.ts'
import type { SnapshotKind, SnapshotSigns } from './snapshot-signs.ts'

/** When a decision was made is told to the minute. */
const DECIDED_CUT_MS = 60_000

/**
 * What decisions whose people are counted now say of when they were made, ms since 1970, and of which day
 * the key of their noise is: so that no event is in their counts that came a minute later.
 */
export function decidedAt(clock: Pick<Clock, 'nowMs'>): number {
  return Math.floor(clock.nowMs() / DECIDED_CUT_MS) * DECIDED_CUT_MS
}

/** A row that is published of a decision. */
export interface DecidedRow {
  /** Unix seconds, cut to the minute. */
  readonly decided_at: number
  readonly generation: string
}

/** Published rows of one kind of seals. */
export interface DecidedRows<Row extends DecidedRow> {
  /** @throws Error when the decision lacks a part of it. */
  rowOf(decision: Decision): Row
  /** One row a key. */
  keyOf(row: Row): string
  /** Whether two rows of one key say the same. */
  isSame(a: Row, b: Row): boolean
  /** What is published under the keys of these rows, at most `rowsMax`. */
  published(rows: readonly Row[]): Promise<ReadonlyMap<string, Row>>
  /** @param fence generation of the pass that publishes. */
  publish(rows: readonly Row[], fence: bigint): Promise<void>
  /** How many are published of generations up to this one. */
  countPublished(through: bigint): Promise<number>
  readonly rowsMax: number
}

/** Marks of the people whom rows of one kind count. */
export interface DecidedMarks<Row> extends Pick<SnapshotSigns, 'kindOf' | 'drop'> {
  /** Whether the people of a row are marked when it is decided. */
  marksFor(row: Row): boolean
  hasEnds(row: Row): Promise<boolean>
  /** Stores where the rows of a generation end, by which its people are marked. */
  storeEnds(rows: readonly Row[], generation: bigint): Promise<void>
  /** @param fence generation of the pass. */
  signByTime(generation: bigint, fence: bigint): Promise<void>
  mark(generation: bigint, kind: SnapshotKind, fence: bigint): Promise<void>
}

export interface DecidedPublisherOptions<Row extends DecidedRow> {
  readonly log: Logger
  readonly snapshot: DecidedMarks<Row>
  readonly rows: DecidedRows<Row>
}

export interface DecidedPublisher<Row extends DecidedRow> {
  /**
   * Marks and publishes. Repeating it changes nothing. @returns the rows that count; null when it
   * cannot be done yet: a restored vault first has to get its events again.
   */
  apply(decisions: readonly Decision[], as: AppliedAs): Promise<readonly Row[] | null>
}

export interface AppliedAs {
  readonly storedThroughMs: number
  /** Of the pass that publishes. */
  readonly generation: bigint
}

export function createDecidedPublisher<Row extends DecidedRow>({
  log,
  snapshot,
  rows,
}: DecidedPublisherOptions<Row>): DecidedPublisher<Row> {
  /** What counts of them: the first of a key, and before that what is published. */
  async function resolve(decided: readonly Row[]): Promise<Resolved<Row>> {
    const first = new Map<string, Row>()
    for (const row of decided) if (!first.has(rows.keyOf(row))) first.set(rows.keyOf(row), row)
    const counts = new Map<string, Row>()
    const missing: Row[] = []
    const all = [...first.values()]
    let differing = 0
    for (let from = 0; from < all.length; from += rows.rowsMax) {
      const part = all.slice(from, from + rows.rowsMax)
      const published = await rows.published(part)
      for (const row of part) {
        const key = rows.keyOf(row)
        const stands = published.get(key)
        if (stands === undefined) missing.push(row)
        else if (!rows.isSame(stands, row)) differing += 1
        counts.set(key, stands ?? row)
      }
    }
    if (differing > 0) {
      log.error(
        { rows: differing },
        'published numbers differ from the log of decisions: they stand',
      )
    }
    return { counts, missing }
  }

  /** Marks whom the decisions of one generation have counted. @returns whether it could be done. */
  async function mark(generation: bigint, marking: Marking<Row>): Promise<boolean> {
    const { ends } = marking
    const [first] = ends
    if (first === undefined) return true
    let kind = await snapshot.kindOf(generation)
    if (kind === null) {
      // Marked by whoever died before it could say that all was done.
      if (await snapshot.hasEnds(first)) return true
      // Its people come in from the log again: who is not there yet cannot be marked.
      if (marking.storedThroughMs < first.decided_at * 1000 + DECIDED_CUT_MS) return false
      await snapshot.signByTime(generation, marking.generation)
      kind = 'by time'
    }
    await snapshot.storeEnds(ends, generation)
    await snapshot.mark(generation, kind, marking.generation)
    return true
  }

  async function apply(
    decisions: readonly Decision[],
    as: AppliedAs,
  ): Promise<readonly Row[] | null> {
    if (decisions.length === 0) return []
    const decided = decisions.map((decision) => rows.rowOf(decision))
    const { counts, missing } = await resolve(decided)
    const generations = Map.groupBy(decided, ({ generation }) => BigInt(generation))
    for (const [generation, some] of generations) {
      const counted = some.flatMap((row) => counts.get(rows.keyOf(row)) ?? [])
      const ends = counted.filter((row) => snapshot.marksFor(row))
      if (!(await mark(generation, { ends, ...as }))) return null
    }
    for (let from = 0; from < missing.length; from += rows.rowsMax) {
      await rows.publish(missing.slice(from, from + rows.rowsMax), as.generation)
    }
    for (const generation of generations.keys()) await snapshot.drop(generation)
    return [...counts.values()]
  }

  return { apply }
}

interface Marking<Row> extends AppliedAs {
  /** What counts of the rows that were decided under the generation. */
  readonly ends: readonly Row[]
}

interface Resolved<Row> {
  /** What counts, by key, in the order of the decisions. */
  readonly counts: ReadonlyMap<string, Row>
  readonly missing: readonly Row[]
}
