// Sealed page tokens: only we can read them, and only the same caller with the same question can go on with one.
import { createHash } from 'node:crypto'
import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import { z } from 'zod'
import type { Clock } from '#infra/runtime/clock.ts'
import { HttpProblem } from '#infra/runtime/http.ts'

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

const LIFETIME_S = 3600

/** Keeps tokens of other services, which may be sealed under the same key, from being taken here. */
const AUDIENCE = 'reports'

/** A token of ours is a few hundred bytes. */
const TOKEN_LENGTH_MAX = 2000

const claimsSchema = z.object({
  sub: z.string(),
  question: z.string(),
  offset: z.int().min(0),
  as_of_ms: z.int().min(0),
})

/** @param key 256 bits as 64 hex digits. */
export function createPageTokens(key: string, clock: Clock): PageTokens {
  if (!/^[0-9a-f]{64}$/i.test(key)) throw new Error('a page token key has 64 hex digits')
  const secret = new Uint8Array(Buffer.from(key, 'hex'))
  return {
    async seal({ offset, asOfMs }, { subject, question }) {
      const nowS = Math.floor(clock.nowMs() / 1000)
      const token = await new EncryptJWT({
        question: digestOf(question),
        offset,
        as_of_ms: asOfMs,
      })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setSubject(subject)
        .setAudience(AUDIENCE)
        .setExpirationTime(nowS + LIFETIME_S)
        .encrypt(secret)
      return { token, halfHour: Math.floor(nowS / (LIFETIME_S / 2)) }
    },
    async open(token, { subject, question }) {
      const claims = claimsSchema.safeParse(await decrypted(token, secret, clock))
      if (!claims.success) throw badPageToken('is not valid, or older than an hour')
      const { sub, offset, as_of_ms: asOfMs } = claims.data
      if (sub !== subject || claims.data.question !== digestOf(question)) {
        throw badPageToken('belongs to another question: repeat the parameters of its report')
      }
      return { offset, asOfMs }
    },
  }
}

async function decrypted(token: string, secret: Uint8Array, clock: Clock): Promise<unknown> {
  if (token.length > TOKEN_LENGTH_MAX) return null
  try {
    const { payload } = await jwtDecrypt(token, secret, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp'],
      currentDate: new Date(clock.nowMs()),
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

/** Binds a token to the whole question without carrying it: URLs stay short. */
function digestOf(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('base64url')
}

function badPageToken(fault: string): HttpProblem {
  return new HttpProblem('bad_page_token', `page_token ${fault}`)
}
