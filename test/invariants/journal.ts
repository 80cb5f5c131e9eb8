// What was done and acknowledged: the one thing that every table is held against.
import type { Act } from '../support/tally.ts'

/** Who owns which video. */
export interface TrialCreator {
  readonly id: string
  /** When all of their videos were published. */
  readonly publishedMs: number
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

/** What an import brought in, while the leaves of its videos were held open. */
export interface PastImport {
  /** By the first import of a video none of its leaves has been decided before. */
  readonly isFirst: boolean
  readonly acts: readonly Act[]
  /** When the end of its hold was acknowledged. */
  readonly endedMs: number
}

export interface Journal {
  readonly creators: readonly TrialCreator[]
  /** From now on there are this creator's videos as well. */
  add(creator: TrialCreator): void
  ownerOf(video: number): string
  /** Imports that have ended. */
  readonly imports: PastImport[]
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

export function createJournal(known: readonly TrialCreator[]): Journal {
  const creators: TrialCreator[] = []
  const owners = new Map<number, string>()
  const acts = new Map<string, readonly Act[]>()
  const saves = new Map<string, SavedState>()
  const ways = new Map<string, string>()

  function add(creator: TrialCreator): void {
    creators.push(creator)
    for (const video of videosOf(creator)) owners.set(video, creator.id)
  }

  known.forEach(add)
  return {
    creators,
    add,
    imports: [],
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

/** All of a creator. */
export function videosOf({ videos, disputed, saved }: TrialCreator): readonly number[] {
  return [...videos, ...disputed, ...saved]
}

function savedState(id: string, { type, atMs }: Act): SavedState {
  const off = type === 'unsave' ? 1n : 0n
  const version = (BigInt(atMs) << 21n) | (off << 20n) | BigInt(`0x${id.slice(-5)}`)
  return { saved: type === 'save', atMs, version }
}
