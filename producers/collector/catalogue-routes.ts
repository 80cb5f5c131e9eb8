// `/v1/videos` and `/v1/creators`: the platform tells what a video is, whose, and who may see it.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { callerOf, HttpProblem, requireScope } from '#infra/runtime/http.ts'
import { bodyAs, bodyOf, linesOf, parseJson } from '#infra/runtime/http-body.ts'
import type { TokenVerifier } from '#infra/runtime/tokens.ts'
import { creatorSchema, videoLineSchema, videoSchema } from '#schemas/catalogue.ts'
import type { VideoRecord } from '#schemas/catalogue.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import { faultOf } from '#schemas/faults.ts'
import type { Fault } from '#schemas/faults.ts'
import { isId } from '#schemas/ids.ts'
import type { EventProblem } from '#schemas/problems.ts'
import { toLog } from './events-route.ts'
import type { Catalogue, VideoChange, VideoOutcome } from './catalogue.ts'

export interface CatalogueRoutesOptions {
  readonly verifier: TokenVerifier
  readonly catalogue: Catalogue
}

export function addCatalogueRoutes(app: FastifyInstance, options: CatalogueRoutesOptions): void {
  const { verifier, catalogue } = options
  const onRequest = requireScope(verifier, ['videos:write'])
  const mayTransfer = (request: FastifyRequest): boolean =>
    callerOf(request).scopes.has('videos:transfer')
  const changeOne = async (request: FastifyRequest, change: VideoChange): Promise<VideoOutcome> => {
    const changed = catalogue.changeVideos([change], mayTransfer(request))
    await toLog(changed)
    const [outcome] = await changed
    if (outcome === undefined || outcome.kind === 'not_found') throw notFound()
    if (outcome.kind === 'conflict') {
      const { field, detail } = outcome
      throw new HttpProblem('conflict', `${field}: ${detail}`, { field })
    }
    return outcome
  }

  app.put('/v1/videos/:video_id', { onRequest }, async (request, reply) => {
    const videoId = idOf(request, 'video_id')
    const body = bodyAs(videoSchema, request)
    const outcome = await changeOne(request, { videoId, body })
    return reply.status(outcome.kind === 'created' ? 201 : 200).send(answerOf(outcome))
  })
  app.delete('/v1/videos/:video_id', { onRequest }, async (request, reply) => {
    await changeOne(request, { videoId: idOf(request, 'video_id'), body: null })
    return reply.status(204).send()
  })
  app.post('/v1/videos', { onRequest }, async (request, reply) => {
    const lines = [...linesOf(bodyOf(request))]
    if (lines.length > eventLimits.batchEventsMax) {
      throw new HttpProblem('too_large', `At most ${eventLimits.batchEventsMax} lines a request`)
    }
    const read = lines.map((line) =>
      videoLineSchema.safeParse(parseJson(line), { reportInput: true }),
    )
    const changes = read.flatMap(({ data }): readonly VideoChange[] => {
      if (data === undefined) return []
      const { video_id: videoId, ...body } = data
      return [{ videoId, body }]
    })
    const changed = catalogue.changeVideos(changes, mayTransfer(request))
    await toLog(changed)
    const outcomes = (await changed).values()
    const rejected = read.flatMap(({ error, data }, index) => {
      const fault = error === undefined ? conflictOf(outcomes.next().value) : faultOf(error.issues)
      return fault === null ? [] : [{ index, video_id: data?.video_id ?? null, ...fault }]
    })
    const accepted = lines.length - rejected.length
    if (accepted === 0 && rejected.length > 0) {
      throw new HttpProblem('no_event_accepted', 'Each line has a fault', { accepted, rejected })
    }
    return reply.status(202).send({ accepted, rejected })
  })
  app.put('/v1/creators/:creator_id', { onRequest }, async (request, reply) => {
    const creatorId = idOf(request, 'creator_id')
    const body = bodyAs(creatorSchema, request)
    await toLog(catalogue.putCreator(creatorId, body))
    return reply.send({ creator_id: creatorId, ...body })
  })
}

interface Rejection extends Omit<Fault, 'code'> {
  readonly code: EventProblem | 'conflict'
}

function conflictOf(outcome: VideoOutcome | undefined): Rejection | null {
  if (outcome?.kind !== 'conflict') return null
  return { code: 'conflict', field: outcome.field, message: outcome.detail }
}

function idOf(request: FastifyRequest, name: string): string {
  const { params } = request
  const ids = new Map(typeof params === 'object' && params !== null ? Object.entries(params) : [])
  const id: unknown = ids.get(name)
  if (typeof id === 'string' && isId(id)) return id
  throw notFound()
}

function notFound(): HttpProblem {
  return new HttpProblem('not_found', 'There is no such video')
}

function answerOf(outcome: VideoOutcome): Record<string, unknown> {
  return 'video' in outcome ? bodyOfVideo(outcome.video) : {}
}

function bodyOfVideo(video: VideoRecord): Record<string, unknown> {
  const { video_id, creator_id, published_at, original_video_id, thumbnail_url } = video
  return {
    video_id: video_id.toString(),
    creator_id: creator_id.toString(),
    published_at: new Date(Number(published_at)).toISOString(),
    duration_ms: video.duration_ms,
    title: video.title,
    visibility: video.visibility,
    kind: video.kind,
    ...(original_video_id === 0n ? {} : { original_video_id: original_video_id.toString() }),
    ...(thumbnail_url === '' ? {} : { thumbnail_url }),
  }
}
