// Where a page of a save list ended, sealed: a client can neither read it, change it, nor use another's.
import { z } from 'zod'
import type { Clock } from '#infra/runtime/clock.ts'
import { isId } from '#schemas/ids.ts'
import { createSealedClaims } from '../sealed-claims.ts'

export type SaveOrder = 'newest' | 'oldest'

/** The last row of a page: the next page begins behind it, whatever has come or gone since. */
export interface Cursor {
  readonly savedAtMs: number
  readonly videoId: string
}

export interface PageState {
  readonly userId: string
  readonly order: SaveOrder
  readonly cursor: Cursor
}

export interface PageTokens {
  seal(state: PageState): Promise<string>
  /** Null unless it is a token of this user's save list and at most an hour old. */
  open(token: string, userId: string): Promise<Omit<PageState, 'userId'> | null>
}

const claimsSchema = z.object({
  order: z.enum(['newest', 'oldest']),
  ms: z.int().min(0),
  id: z.string().refine(isId),
})

/** @param key 32 bytes. */
export function createPageTokens(key: Uint8Array, clock: Clock): PageTokens {
  const sealed = createSealedClaims({ key, audience: 'saves', claims: claimsSchema, clock })
  return {
    seal: ({ userId, order, cursor }) =>
      sealed.seal(userId, { order, ms: cursor.savedAtMs, id: cursor.videoId }),
    async open(token, userId) {
      const claims = await sealed.open(token, userId)
      if (claims === null) return null
      return { order: claims.order, cursor: { savedAtMs: claims.ms, videoId: claims.id } }
    },
  }
}
