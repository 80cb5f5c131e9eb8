// `/v1/me/saves`: a viewer's own list, and saving and unsaving; the user comes from the token's subject and from nowhere else.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PipelineError } from '#infra/runtime/errors.ts'
import { HttpProblem, authenticate } from '#infra/runtime/http.ts'
import type { TokenVerifier } from '#infra/runtime/tokens.ts'
import { isId } from '#schemas/ids.ts'
import { parseListRequest, refuseParameters } from './list-request.ts'
import type { PageTokens } from './page-tokens.ts'
import type { ActOutcome, SaveActs } from './save-acts.ts'
import { parseSaveBody } from './save-body.ts'
import { toSaveEntry } from './save-entry.ts'
import type { SaveEntry } from './save-entry.ts'
import type { SaveStore } from './save-store.ts'

export interface SavesRoutesOptions {
  readonly verifier: TokenVerifier
  readonly tokens: PageTokens
  readonly store: SaveStore
  readonly acts: SaveActs
}

interface SavesPage {
  readonly saves: readonly SaveEntry[]
  readonly next_page_token?: string
}

export function addSavesRoutes(app: FastifyInstance, options: SavesRoutesOptions): void {
  const { verifier, store, acts } = options
  app.decorateRequest('userId', '')
  const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    // A private answer is kept by no cache on the way.
    reply.header('cache-control', 'no-store')
    const { subject } = await authenticate(request, verifier, ['saves:self'])
    if (!isId(subject)) {
      throw new HttpProblem('wrong_scope', 'The subject of this token is not a user')
    }
    request.setDecorator('userId', subject)
  }
  const userOf = (request: FastifyRequest): string => request.getDecorator<string>('userId')

  app.get('/v1/me/saves', { onRequest }, (request) => answerPage(request, userOf(request), options))
  app.put('/v1/me/saves/:video_id', { onRequest }, async (request, reply) => {
    const outcome = await act(request, true)
    const save = { videoId: videoOf(request), savedAtMs: outcome.savedAtMs }
    return reply.status(statusOf(outcome, 200)).send(toSaveEntry(save, outcome.title))
  })
  app.delete('/v1/me/saves/:video_id', { onRequest }, async (request, reply) => {
    const outcome = await act(request, false)
    return reply.status(statusOf(outcome, 204)).send()
  })

  async function act(request: FastifyRequest, saved: boolean): Promise<SettledAct> {
    const videoId = videoOf(request)
    refuseParameters(request.query)
    const dimensions = parseSaveBody(request.body)
    const wanted = { userId: userOf(request), videoId, saved, dimensions }
    const outcome = await toLog(acts.act(wanted))
    if (outcome.kind !== 'conflict') return outcome
    const detail = 'The newest act on this video lies more than ten minutes in the future'
    throw new HttpProblem('conflict', detail)
  }

  async function answerPage(
    request: FastifyRequest,
    userId: string,
    { tokens }: SavesRoutesOptions,
  ): Promise<SavesPage> {
    const { order, limit, cursor } = await parseListRequest(request.query, userId, tokens)
    // One row more than asked for tells whether there is a next page.
    const rows = await store.page(userId, { order, cursor, rows: limit + 1 })
    const shown = rows.slice(0, limit)
    const titles = await store.titles(shown.map(({ videoId }) => videoId))
    const saves = shown.map((save) => toSaveEntry(save, titles.get(save.videoId)))
    const last = shown.at(-1)
    if (rows.length <= limit || last === undefined) return { saves }
    const end = { savedAtMs: last.savedAtMs, videoId: last.videoId }
    return { saves, next_page_token: await tokens.seal({ userId, order, cursor: end }) }
  }
}

type SettledAct = Exclude<ActOutcome, { readonly kind: 'conflict' }>

/** 202: the log has it and the vault will; a reader may have to wait. */
function statusOf({ kind }: SettledAct, done: 200 | 204): number {
  return kind === 'done' ? done : 202
}

function videoOf(request: FastifyRequest): string {
  const { params } = request
  const id = typeof params === 'object' && params !== null ? Object.values(params)[0] : undefined
  if (typeof id === 'string' && isId(id)) return id
  throw new HttpProblem('not_found', 'There is no such video')
}

/** The log's being away is the client's to wait for; the vault's is told as any other. */
async function toLog(acted: Promise<ActOutcome>): Promise<ActOutcome> {
  try {
    return await acted
  } catch (error) {
    const away = error instanceof PipelineError && error.code.startsWith('log_')
    if (!away) throw error
    throw new HttpProblem('log_unavailable', 'Send the same request again: it counts once')
  }
}
