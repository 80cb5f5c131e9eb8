// What an import has done so far, over all its runs: kept in the checkpoint and told at the end.
import { z } from 'zod'
import type { FlatEvent } from '#infra/kafka/engagement-encoder.ts'
import { createRefusals, refusalsSchema } from './refusals.ts'
import type { Refusals } from './refusals.ts'

const videosSchema = z.object({
  told: z.number(),
  /** The catalogue has them with another creator or date. */
  conflicts: z.number(),
  refused: z.number(),
  /** Rows that name another creator than the first row of the video. */
  otherCreator: z.number(),
})

export const tallySchema = z.object({
  /** The last row that was dealt with. */
  rows: z.number(),
  withoutEvent: z.number(),
  outside: z.number(),
  events: z.record(z.string(), z.number()),
  refusals: refusalsSchema,
  videos: videosSchema,
  fromMs: z.number().nullable(),
  toMs: z.number().nullable(),
})

export type TallyState = z.infer<typeof tallySchema>

export interface Tally extends Omit<TallyState, 'refusals'> {
  readonly refusals: Refusals
  /** Events of this run by creator, of the first creators that were met. */
  readonly creators: Map<string, number>
}

/** Enough to name one that is worth a look. */
const CREATORS_MAX = 5000

export function createTally(before?: TallyState): Tally {
  if (before !== undefined) {
    return {
      ...structuredClone(before),
      refusals: createRefusals(before.refusals),
      creators: new Map(),
    }
  }
  return {
    rows: 0,
    withoutEvent: 0,
    outside: 0,
    events: {},
    refusals: createRefusals(),
    videos: { told: 0, conflicts: 0, refused: 0, otherCreator: 0 },
    fromMs: null,
    toMs: null,
    creators: new Map(),
  }
}

export function stateOf({ creators: _creators, ...tally }: Tally): TallyState {
  return { ...tally, refusals: [...tally.refusals.groups] }
}

export function countEvents(tally: Tally, events: readonly FlatEvent[], atMs: number): void {
  for (const { type, creator_id } of events) {
    tally.events[type] = (tally.events[type] ?? 0) + 1
    const known = tally.creators.get(creator_id)
    if (known !== undefined) tally.creators.set(creator_id, known + 1)
    // A slice of a block's text would keep the whole block.
    else if (tally.creators.size < CREATORS_MAX) {
      tally.creators.set(Buffer.from(creator_id).toString(), 1)
    }
  }
  tally.fromMs = Math.min(tally.fromMs ?? atMs, atMs)
  tally.toMs = Math.max(tally.toMs ?? atMs, atMs)
}

/** The creator with the most events, as far as creators were counted. */
export function busiestCreator({ creators }: Tally): string | null {
  let busiest: string | null = null
  let most = 0
  for (const [creator, events] of creators) {
    if (events <= most) continue
    busiest = creator
    most = events
  }
  return busiest
}
