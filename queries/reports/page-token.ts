// Sealed page tokens: only we can read them, and only the same caller with the same question can go on with one.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '#infra/runtime/clock.ts'
import { HttpProblem } from '#infra/runtime/http.ts'
import { createSealedClaims, SEAL_LIFETIME_S } from '../sealed-claims.ts'

/** Where the next page begins, and of which moment: so pages of one report agree. */
export interface PagePosition {
  readonly offset: number
  /** When the pass was finished that the first page told of; 0: before any. */
  readonly asOfMs: number
}

/** Who asks what. */
export interface PageBinding {
  readonly subject: string
  /** Anything that JSON can hold: normalised, so that equal questions are equal. */
  readonly question: unknown
}

export interface NextPage {
  readonly token: string
  /** Number of the half hour: the same answer with a token of another one is not the same. */
  readonly halfHour: number
}

export interface PageTokens {
  /** Sealed anew each time: two tokens of one position differ. */
  seal(position: PagePosition, binding: PageBinding): Promise<NextPage>
  /** @throws HttpProblem `bad_page_token`. */
  open(token: string, binding: PageBinding): Promise<PagePosition>
}

const claimsSchema = z.object({
  question: z.string(),
  offset: z.int().min(0),
  as_of_ms: z.int().min(0),
})

/** @param key 32 bytes. */
export function createPageTokens(key: Uint8Array, clock: Clock): PageTokens {
  const sealed = createSealedClaims({ key, audience: 'reports', claims: claimsSchema, clock })
  return {
    async seal({ offset, asOfMs }, { subject, question }) {
      const claims = { question: digestOf(question), offset, as_of_ms: asOfMs }
      const token = await sealed.seal(subject, claims)
      return { token, halfHour: Math.floor(clock.nowMs() / 1000 / (SEAL_LIFETIME_S / 2)) }
    },
    async open(token, { subject, question }) {
      const claims = await sealed.open(token, subject)
      if (claims === null) throw badPageToken('is not valid, or older than an hour')
      if (claims.question !== digestOf(question)) {
        throw badPageToken('belongs to another question: repeat the parameters of its report')
      }
      return { offset: claims.offset, asOfMs: claims.as_of_ms }
    },
  }
}

/** Binds a token to the whole question without carrying it: URLs stay short. */
function digestOf(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('base64url')
}

function badPageToken(fault: string): HttpProblem {
  return new HttpProblem('bad_page_token', `page_token ${fault}`)
}
