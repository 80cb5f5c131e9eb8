// What was done and acknowledged: the one thing that every table is held against.
import type { Act } from '../support/tally.ts'

/** Who owns which video. */
export interface TrialCreator {
  readonly id: string
  readonly videos: readonly number[]
  /** Videos on which nothing is done but under ids with two payloads. */
  readonly disputed: readonly number[]
  /** Videos that are saved and unsaved through the API alone, under ids that nobody else knows. */
  readonly saved: readonly number[]
}

export interface SavedState {
  readonly saved: boolean
  readonly atMs: number
  /** Which act stands: by time, at equal times *off*, then by the last 20 bits of the id. */
  readonly version: bigint
}

export interface Journal {
  readonly creators: readonly TrialCreator[]
  ownerOf(video: number): string
  /** Notes an act under an id; a second act under the same id makes it a dispute. */
  note(eventId: string, act: Act, how?: string): void
  /** How an act was sent, by the id's hex digits: for whoever reads a difference. */
  readonly ways: ReadonlyMap<string, string>
  /** Acts by the id's 32 hex digits: one, or those that dispute it. */
  readonly acts: ReadonlyMap<string, readonly Act[]>
  /** By `user video`. */
  readonly saves: ReadonlyMap<string, SavedState>
  /** Pairs that were saved and unsaved through the API; true: saved. */
  readonly ownSaves: Map<string, boolean>
}

export function createJournal(creators: readonly TrialCreator[]): Journal {
  const owners = new Map(
    creators.flatMap(({ id, videos, disputed, saved }) =>
      [...videos, ...disputed, ...saved].map((video) => [video, id] as const),
    ),
  )
  const acts = new Map<string, readonly Act[]>()
  const saves = new Map<string, SavedState>()
  const ways = new Map<string, string>()
  return {
    creators,
    acts,
    saves,
    ownSaves: new Map(),
    ownerOf: (video) => owners.get(video) ?? '',
    ways,
    note(eventId, act, how = 'by the collector') {
      const id = eventId.replaceAll('-', '')
      ways.set(id, `${how} at ${new Date().toISOString()}`)
      acts.set(id, [...(acts.get(id) ?? []), act])
      if (act.type !== 'save' && act.type !== 'unsave') return
      const state = savedState(id, act)
      const pair = `${act.user} ${act.video}`
      const before = saves.get(pair)
      if (before === undefined || state.version > before.version) saves.set(pair, state)
    },
  }
}

function savedState(id: string, { type, atMs }: Act): SavedState {
  const off = type === 'unsave' ? 1n : 0n
  const version = (BigInt(atMs) << 21n) | (off << 20n) | BigInt(`0x${id.slice(-5)}`)
  return { saved: type === 'save', atMs, version }
}
