// Acts whose row the vault may not have yet, so that the next act on the pair is judged by what is really known.
import type { StoredSave } from './save-store.ts'

export interface Doubt {
  readonly saved: boolean
  readonly savedAtMs: number
  readonly version: bigint
  /** Whether the log has acknowledged it; otherwise it may be there or not. */
  readonly acknowledged: boolean
}

/** What a pair's next act is judged by. */
export interface KnownState extends Doubt {
  /** Whether the vault has it, so that its owner reads it. */
  readonly readable: boolean
}

export interface Doubts {
  remember(pair: string, doubt: Doubt): void
  forget(pair: string): void
  /** The newer one of the stored row and the doubt; a doubt that the vault has settled is forgotten. */
  known(pair: string, stored: StoredSave | null): KnownState | null
}

/** `pairsMax`: beyond it the oldest doubt is dropped, about 300 bytes each. */
export function createDoubts(pairsMax: number): Doubts {
  const doubts = new Map<string, Doubt>()
  return {
    remember(pair, doubt) {
      doubts.delete(pair)
      doubts.set(pair, doubt)
      const [oldest] = doubts.keys()
      if (doubts.size > pairsMax && oldest !== undefined) doubts.delete(oldest)
    },
    forget: (pair) => void doubts.delete(pair),
    known(pair, stored) {
      const doubt = doubts.get(pair)
      if (doubt !== undefined && (stored === null || stored.version < doubt.version)) {
        return { ...doubt, readable: false }
      }
      doubts.delete(pair)
      return stored === null ? null : { ...stored, acknowledged: true, readable: true }
    },
  }
}
