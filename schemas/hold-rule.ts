// How long the hold of an import lasts: a rule over `imports.v1` alone, so that whoever reads the log says the same.
import { importLimits } from './import-hold.ts'
import type { ImportHold, ImportScope } from './import-hold.ts'

/** A hold as the log tells it; every time is one of append, ms since 1970. */
export interface Hold {
  readonly importId: string
  readonly scope: ImportScope
  readonly openedAtMs: number
  /** Opened or last heard from, while it was open. */
  readonly heardAtMs: number
  /** Null: nobody ended it while it was open. */
  readonly endedAtMs: number | null
}

export type HoldState = 'open' | 'ended' | 'expired'

/** The instant from which it holds nothing, as far as is known: a heartbeat before it moves it. */
export function overAtMs({ openedAtMs, heardAtMs, endedAtMs }: Hold): number {
  const { silenceMs, lifetimeMs } = importLimits
  return endedAtMs ?? Math.min(heardAtMs + silenceMs, openedAtMs + lifetimeMs)
}

/**
 * What a hold is at an instant. A seal asks with the watermark up to which every event is stored: an
 * import ends its hold after its last act was appended, so what is stored past the end is whole.
 */
export function holdStateAt(hold: Hold, atMs: number): HoldState {
  if (atMs < overAtMs(hold)) return 'open'
  return hold.endedAtMs === null ? 'expired' : 'ended'
}

/** A guarded leaf that could be sealed. */
export interface HeldLeaf {
  readonly video_id: bigint
  /** The creator by the catalogue. */
  readonly creator_id: bigint
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

/** Whether acts that a hold announces may still fall into the leaf. */
export function isNamed({ from, to, creators, videos }: ImportScope, leaf: HeldLeaf): boolean {
  if (leaf.fromMs >= to || leaf.toMs <= from) return false
  if (creators.length > 0) return creators.includes(leaf.creator_id)
  return videos.length === 0 || videos.includes(leaf.video_id)
}

/** All holds that the records of `imports.v1` made so far. */
export interface HoldBook {
  /**
   * Takes the next record of the log. Ignored: what comes when its hold is over or not known, a
   * repeat of `opened`, and an `opened` without room.
   */
  apply(record: ImportHold, appendedAtMs: number): void
  find(importId: string): Hold | undefined
  openAt(atMs: number): readonly Hold[]
  /** Whether another can be opened. */
  hasRoomAt(atMs: number): boolean
}

export function createHoldBook(): HoldBook {
  const { openMax, knownMax, knownForMs } = importLimits
  const known = new Map<string, Hold>()
  const openAt = (atMs: number): readonly Hold[] =>
    [...known.values()].filter((hold) => holdStateAt(hold, atMs) === 'open')
  const isPast = ({ openedAtMs }: Hold, atMs: number): boolean => atMs >= openedAtMs + knownForMs
  const hasRoomAt = (atMs: number): boolean => {
    const remembered = [...known.values()].filter((hold) => !isPast(hold, atMs))
    return remembered.length < knownMax && openAt(atMs).length < openMax
  }
  return {
    apply(record, appendedAtMs) {
      const { import_id: importId } = record
      const before = known.get(importId)
      if (before === undefined && !hasRoomAt(appendedAtMs)) return
      const after = evolve(before, record, appendedAtMs)
      if (after === undefined) return
      known.set(importId, after)
      for (const [id, hold] of known) if (isPast(hold, appendedAtMs)) known.delete(id)
    },
    find: (importId) => known.get(importId),
    openAt,
    hasRoomAt,
  }
}

/** One hold after one more record of it. */
function evolve(
  hold: Hold | undefined,
  { import_id: importId, act, scope }: ImportHold,
  atMs: number,
): Hold | undefined {
  if (act === 'opened') {
    if (hold !== undefined || scope === null) return hold
    return { importId, scope, openedAtMs: atMs, heardAtMs: atMs, endedAtMs: null }
  }
  // What is over stays over: its leaves may be sealed.
  if (hold === undefined || holdStateAt(hold, atMs) !== 'open') return hold
  switch (act) {
    case 'heartbeat':
      // A broker whose clock was set back takes nothing from a hold.
      return { ...hold, heardAtMs: Math.max(hold.heardAtMs, atMs) }
    case 'ended':
      return { ...hold, endedAtMs: atMs }
    default:
      return act satisfies never
  }
}
