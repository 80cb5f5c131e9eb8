// Sends an answer with the hash of its body as ETag, so that who has it already is told so and nothing else.
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { NextPage } from './page-token.ts'

/** A body, ready to be sent. */
export interface Written {
  readonly type: string
  readonly body: string
  /** What the ETag is the hash of: the body, but for a page token, which is new each time. */
  readonly hashed: string
}

/** Answers 200 with the body, or 304 where `If-None-Match` names it. */
export function sendCached(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, body, hashed }: Written,
): FastifyReply {
  const etag = `"${createHash('sha256').update(hashed).digest('base64url')}"`
  reply.header('etag', etag).header('cache-control', 'private, no-cache')
  reply.header('vary', 'authorization')
  if (matches(request.headers['if-none-match'], etag)) return reply.status(304).send()
  return reply.type(type).send(body)
}

/** Compares weakly, as RFC 9110 13.1.2 asks. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}

/** An object as JSON, with `next_page_token` where there is another page. */
export function writeJson(value: object, next: NextPage | null): Written {
  const text = JSON.stringify(value)
  const type = 'application/json; charset=utf-8'
  if (next === null) return { type, body: text, hashed: text }
  const token = `"next_page_token":${JSON.stringify(next.token)}`
  return { type, body: `${text.slice(0, -1)},${token}}`, hashed: hashedWith(text, next) }
}

/** The half hour keeps who has the same answer from going on with a token that is out of date. */
export function hashedWith(text: string, next: NextPage | null): string {
  return next === null ? text : `${text} ${next.halfHour}`
}
