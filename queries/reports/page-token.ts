// Sealed page tokens: only we can read them, and only the same caller with the same question can go on with one.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '#infra/runtime/clock.ts'
import { HttpProblem } from '#infra/runtime/http.ts'
import { createSealedClaims, SEAL_LIFETIME_S } from '../sealed-claims.ts'

/** Where the next page of a report begins, and of which moment: so its pages agree. */
export const reportPositionSchema = z.object({
  offset: z.int().min(0),
  /** When the pass was finished that the first page told of; 0: before any. */
  asOfMs: z.int().min(0),
})

export type ReportPosition = Readonly<z.infer<typeof reportPositionSchema>>

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

export interface PageTokens<Position> {
  /** Sealed anew each time: two tokens of one position differ. */
  seal(position: Position, binding: PageBinding): Promise<NextPage>
  /** @throws HttpProblem `bad_page_token`. */
  open(token: string, binding: PageBinding): Promise<Position>
}

export interface PageTokensOptions<Position> {
  /** 32 bytes. */
  readonly key: Uint8Array
  readonly clock: Clock
  /** What of a page its token holds. */
  readonly position: z.ZodType<Position>
}

export function createPageTokens<Position>(
  options: PageTokensOptions<Position>,
): PageTokens<Position> {
  const { key, clock } = options
  const claims = z.object({ question: z.string(), position: options.position })
  const sealed = createSealedClaims({ key, audience: 'reports', claims, clock })
  return {
    async seal(position, { subject, question }) {
      const token = await sealed.seal(subject, { question: digestOf(question), position })
      return { token, halfHour: Math.floor(clock.nowMs() / 1000 / (SEAL_LIFETIME_S / 2)) }
    },
    async open(token, { subject, question }) {
      const opened = await sealed.open(token, subject)
      if (opened === null) throw badPageToken('is not valid, or older than an hour')
      if (opened.question !== digestOf(question)) {
        throw badPageToken('belongs to another question: repeat the parameters of its report')
      }
      return opened.position
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
