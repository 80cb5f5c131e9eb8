// Where a page of a save list ended, sealed: a client can neither read it, change it, nor use another's.
import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import { z } from 'zod'
import type { Clock } from '#infra/runtime/clock.ts'
import { isId } from '#schemas/ids.ts'

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

const LIFETIME_S = 3600

/** Longest token that is looked at; ours have about 250 characters. */
const TOKEN_CHARS_MAX = 1000

/** Keeps tokens of other services, which may be sealed under the same key, from being taken here. */
const AUDIENCE = 'saves'

const claimsSchema = z.object({
  order: z.enum(['newest', 'oldest']),
  ms: z.int().min(0),
  id: z.string().refine(isId),
})

/** `key`: 32 bytes. */
export function createPageTokens(key: Uint8Array, clock: Clock): PageTokens {
  return {
    async seal({ userId, order, cursor }) {
      const nowS = Math.floor(clock.nowMs() / 1000)
      return new EncryptJWT({ order, ms: cursor.savedAtMs, id: cursor.videoId })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setSubject(userId)
        .setAudience(AUDIENCE)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + LIFETIME_S)
        .encrypt(key)
    },
    async open(token, userId) {
      if (token.length > TOKEN_CHARS_MAX) return null
      try {
        const { payload } = await jwtDecrypt(token, key, {
          subject: userId,
          audience: AUDIENCE,
          currentDate: new Date(clock.nowMs()),
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          requiredClaims: ['sub', 'aud', 'exp'],
        })
        const claims = claimsSchema.safeParse(payload)
        if (!claims.success) return null
        const { order, ms, id } = claims.data
        return { order, cursor: { savedAtMs: ms, videoId: id } }
      } catch (error) {
        if (error instanceof errors.JOSEError) return null
        throw error
      }
    },
  }
}

/** The key of its file: 64 hex digits. Null when they are something else. */
export function parsePageTokenKey(text: string): Uint8Array | null {
  return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : null
}
