// `/v1/imports`: who brings in old acts holds back the seals of their time, says every 30 s that it still does, and ends it.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HttpProblem, requireScope } from '#infra/runtime/http.ts'
import { bodyAs } from '#infra/runtime/http-body.ts'
import type { TokenVerifier } from '#infra/runtime/tokens.ts'
import { overAtMs } from '#schemas/hold-rule.ts'
import { importLimits, importSchema } from '#schemas/import-hold.ts'
import type { ImportBody, ImportScope } from '#schemas/import-hold.ts'
import { toLog } from './events-route.ts'
import type { Imports, KnownHold } from './imports.ts'

export interface ImportsRouteOptions {
  readonly verifier: TokenVerifier
  readonly imports: Imports
}

export function addImportsRoute(app: FastifyInstance, options: ImportsRouteOptions): void {
  const { verifier, imports } = options
  const onRequest = requireScope(verifier, ['events:backfill'])

  app.post('/v1/imports', { onRequest }, async (request, reply) => {
    const hold = await fromLog(imports.open(scopeOf(bodyAs(importSchema, request))))
    if (hold === null) {
      const { openMax, knownMax } = importLimits
      const detail = `At most ${openMax} imports at once, and ${knownMax} in two days`
      throw new HttpProblem('limit_reached', detail)
    }
    reply.header('location', `/v1/imports/${hold.importId}`)
    return reply.status(201).send(answerOf(hold))
  })
  app.get('/v1/imports/:import_id', { onRequest }, async (request) =>
    answerOf(found(await fromLog(imports.find(idOf(request))))),
  )
  app.post('/v1/imports/:import_id/heartbeat', { onRequest }, async (request) => {
    const hold = found(await fromLog(imports.heartbeat(idOf(request))))
    // Told as a conflict, so that an importer stops: what it sends from now on may come too late.
    if (hold.state !== 'open') {
      throw new HttpProblem('conflict', `The import has ${hold.state}: open another`)
    }
    return answerOf(hold)
  })
  app.delete('/v1/imports/:import_id', { onRequest }, async (request, reply) => {
    found(await fromLog(imports.end(idOf(request))))
    return reply.status(204).send()
  })
}

async function fromLog<T>(answer: Promise<T>): Promise<T> {
  await toLog(answer)
  return answer
}

function found(hold: KnownHold | null): KnownHold {
  if (hold === null) throw new HttpProblem('not_found', 'There is no such import')
  return hold
}

function idOf({ params }: FastifyRequest): string {
  const named = typeof params === 'object' && params !== null && 'import_id' in params
  return named ? String(params.import_id) : ''
}

function scopeOf({ from, to, creators = [], videos = [] }: ImportBody): ImportScope {
  return {
    from: BigInt(Date.parse(from)),
    to: BigInt(Date.parse(to)),
    creators: creators.map(BigInt),
    videos: videos.map(BigInt),
  }
}

function answerOf(hold: KnownHold): Record<string, unknown> {
  const { importId, state, scope, openedAtMs, endedAtMs } = hold
  const { from, to, creators, videos } = scope
  return {
    import_id: importId,
    state,
    from: instant(Number(from)),
    to: instant(Number(to)),
    ...(creators.length === 0 ? {} : { creators: creators.map(String) }),
    ...(videos.length === 0 ? {} : { videos: videos.map(String) }),
    opened_at: instant(openedAtMs),
    heartbeat_every_s: importLimits.heartbeatEveryS,
    ...(endedAtMs === null
      ? { expires_at: instant(overAtMs(hold)) }
      : { ended_at: instant(endedAtMs) }),
  }
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString()
}
