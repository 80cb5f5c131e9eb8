// Applies what the log has decided on leaves: whom they count is marked, their numbers are published, each once and for ever.
import type { Logger } from '#infra/runtime/log.ts'
import type { Decision } from '#schemas/guarded.ts'
import { DECIDED_CUT_MS } from './leaf-decider.ts'
import { isSameLeaf, LEAF_ROWS_MAX, leafKey, leafRowOf } from './leaf-rows.ts'
import type { LeafRow, LeafRows } from './leaf-rows.ts'
import type { SealSnapshot } from './seal-snapshot.ts'

export interface LeafPublisherOptions {
  readonly log: Logger
  readonly snapshot: SealSnapshot
  readonly rows: LeafRows
}

export interface LeafPublisher {
  /**
   * Marks and publishes. Repeating it changes nothing. @returns the rows that count; null when it
   * cannot be done yet: a restored vault first has to get its events again.
   */
  apply(decisions: readonly Decision[], as: AppliedAs): Promise<readonly LeafRow[] | null>
}

export interface AppliedAs {
  readonly storedThroughMs: number
  /** Of the pass that publishes. */
  readonly generation: bigint
}

export function createLeafPublisher({ log, snapshot, rows }: LeafPublisherOptions): LeafPublisher {
  /** What counts of them: the first of a key, and before that what is published. */
  async function resolve(decisions: readonly Decision[]): Promise<Resolved> {
    const first = new Map<string, LeafRow>()
    for (const decision of decisions) {
      const row = leafRowOf(decision)
      if (!first.has(leafKey(row))) first.set(leafKey(row), row)
    }
    const counts = new Map<string, LeafRow>()
    const missing: LeafRow[] = []
    const decided = [...first.values()]
    let differing = 0
    for (let from = 0; from < decided.length; from += LEAF_ROWS_MAX) {
      const part = decided.slice(from, from + LEAF_ROWS_MAX)
      const published = await rows.published(part)
      for (const row of part) {
        const stands = published.get(leafKey(row))
        if (stands === undefined) missing.push(row)
        else if (!isSameLeaf(stands, row)) differing += 1
        counts.set(leafKey(row), stands ?? row)
      }
    }
    if (differing > 0) {
      log.error(
        { leaves: differing },
        'published leaves differ from the log of decisions: they stand',
      )
    }
    return { counts, missing }
  }

  /** Marks whom the decisions of one generation have counted. @returns whether it could be done. */
  async function mark(generation: bigint, marking: Marking): Promise<boolean> {
    const { ends } = marking
    let kind = await snapshot.kindOf(generation)
    if (kind === null) {
      const [first] = ends
      // Marked by whoever died before it could say that all was done.
      if (first === undefined || (await snapshot.hasEnds(first))) return true
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
  ): Promise<readonly LeafRow[] | null> {
    if (decisions.length === 0) return []
    const { counts, missing } = await resolve(decisions)
    const generations = Map.groupBy(decisions, ({ generation }) => generation)
    for (const [generation, some] of generations) {
      const ends = some.flatMap((decision) => counts.get(decidedKey(decision)) ?? [])
      if (!(await mark(generation, { ends, ...as }))) return null
    }
    for (let from = 0; from < missing.length; from += LEAF_ROWS_MAX) {
      await rows.publish(missing.slice(from, from + LEAF_ROWS_MAX), as.generation)
    }
    for (const generation of generations.keys()) await snapshot.drop(generation)
    return [...counts.values()]
  }

  return { apply }
}

interface Marking extends AppliedAs {
  /** What counts of the leaves that were decided under the generation. */
  readonly ends: readonly LeafRow[]
}

interface Resolved {
  /** What counts, by key, in the order of the decisions. */
  readonly counts: ReadonlyMap<string, LeafRow>
  readonly missing: readonly LeafRow[]
}

function decidedKey({ subject, ordinal }: Decision): string {
  return leafKey({ video_id: subject.toString(), leaf: ordinal })
}
