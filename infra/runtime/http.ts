// HTTP services of one make: problems as `application/problem+json`, bearer tokens, and logs without ids.
import fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { requestProblems } from '#schemas/problems.ts'
import type { RequestProblem } from '#schemas/problems.ts'
import { isRetryable } from './errors.ts'
import type { Logger } from './log.ts'
import type { Readiness } from './ops-server.ts'
import type { Caller, TokenVerifier } from './tokens.ts'

/** Refuses a request with a problem of the tested list. `detail` and `extra` are told to the client. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly code: RequestProblem
  readonly detail: string
  readonly extra: Readonly<Record<string, unknown>>

  constructor(code: RequestProblem, detail: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(detail)
    this.code = code
    this.detail = detail
    this.extra = extra
  }
}

export interface HttpServiceOptions {
  readonly log: Logger
  readonly readiness: () => Readiness
  readonly bodyBytesMax: number
}

/** How long a client may take to send its request: a slow one must not hold a connection for ever. */
const REQUEST_TIMEOUT_MS = 60_000

/** Seconds after which a client may try again when the log or a store is away. */
const RETRY_AFTER_S = 2

/** Creates a service with `GET /live` and `/ready`; routes are added by the caller, who also listens. */
export function createHttpService(options: HttpServiceOptions): FastifyInstance {
  const { log, readiness, bodyBytesMax } = options
  const baseLog: FastifyBaseLogger = log
  const app = fastify({
    loggerInstance: baseLog,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // A refusal of the router itself, as of a path that is not UTF-8.
    frameworkErrors(_error, _request, reply) {
      void sendProblem(reply, new HttpProblem('not_found', 'There is nothing here'))
    },
  })
  app.decorateRequest('caller', null)
  app.get('/live', () => ({ live: true }))
  app.get('/ready', (_request, reply) => {
    const state = readiness()
    return reply.status(state.ready ? 200 : 503).send(state)
  })
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, new HttpProblem('not_found', 'There is nothing here')),
  )
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    if (problem.code === 'internal') {
      // The route's pattern, never the URL: a URL holds ids.
      log.error({ err: error, route: request.routeOptions.url }, 'a request failed')
    }
    return sendProblem(reply, problem)
  })
  return app
}

/** Starts to listen on 127.0.0.1 and closes under the caller's stack, open requests first. */
export async function listen(app: FastifyInstance, port: number): Promise<AsyncDisposable> {
  await app.listen({ host: '127.0.0.1', port })
  return { [Symbol.asyncDispose]: () => app.close() }
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, problem: HttpProblem): FastifyReply {
  const { status, title } = requestProblems[problem.code]
  if (status === 503 || status === 429) reply.header('retry-after', String(RETRY_AFTER_S))
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  const body = { type: 'about:blank', title, status, code: problem.code, detail: problem.detail }
  return reply
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ ...body, ...problem.extra }))
}

/**
 * The caller of a request.
 * @throws HttpProblem `unauthenticated` without a good token, `wrong_scope` without any of `scopes`.
 */
export async function authenticate(
  request: FastifyRequest,
  verifier: TokenVerifier,
  scopes: readonly string[],
): Promise<Caller> {
  const match = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')
  const caller = match?.[1] === undefined ? null : await verifier.verify(match[1])
  if (caller === null) {
    throw new HttpProblem('unauthenticated', 'Send a valid token as: Authorization: Bearer TOKEN')
  }
  if (!scopes.some((scope) => caller.scopes.has(scope))) {
    throw new HttpProblem('wrong_scope', `This route needs scope ${scopes.join(' or ')}`)
  }
  return caller
}

/**
 * A hook for `onRequest`: refuses a request without a good token before its body is read; routes take
 * the caller from `callerOf`.
 */
export function requireScope(
  verifier: TokenVerifier,
  scopes: readonly string[],
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    request.setDecorator('caller', await authenticate(request, verifier, scopes))
  }
}

/** The caller that `requireScope` let through. */
export function callerOf(request: FastifyRequest): Caller {
  return request.getDecorator<Caller>('caller')
}

/** Fastify's own refusals by code, as problems of our list. */
const fastifyCodes: Readonly<Record<string, RequestProblem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
}

function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  if (isRetryable(error)) {
    return new HttpProblem('store_unavailable', 'The servers behind this service are away')
  }
  const code = codeOf(error)
  const known = fastifyCodes[code]
  if (known !== undefined) return new HttpProblem(known, requestProblems[known].title)
  if (error instanceof SyntaxError) return new HttpProblem('invalid_json', 'The body is not JSON')
  return new HttpProblem('internal', 'The failure was logged')
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
