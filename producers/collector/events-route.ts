// `POST /v1/events`: takes good events, names the fault of every bad one, and answers only after the log has them.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { callerOf, HttpProblem, requireScope } from '#infra/runtime/http.ts'
import { bodyOf, jsonOf, linesOf, mediaTypeOf, parseJson } from '#infra/runtime/http-body.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { TokenVerifier } from '#infra/runtime/tokens.ts'
import type { DeadLetters, Refusal } from '#infra/kafka/dead-letters.ts'
import type { EngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { parseEvent } from '#schemas/events/event.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import type { Fault } from '#schemas/faults.ts'
import type { EventBatcher } from './event-batcher.ts'

export interface EventsRouteOptions {
  readonly verifier: TokenVerifier
  readonly encoder: EngagementEncoder
  readonly batcher: EventBatcher
  readonly deadLetters: DeadLetters
  readonly clock: Clock
}

interface Rejection {
  readonly index: number
  readonly event_id: string | null
  readonly code: string
  readonly field: string
  readonly message: string
}

interface Sorted {
  readonly accepted: Buffer[]
  readonly rejected: Rejection[]
  readonly refused: Refusal[]
}

export function addEventsRoute(app: FastifyInstance, options: EventsRouteOptions): void {
  const { verifier, batcher, deadLetters } = options
  app.post('/v1/events', {
    // Before the body is read: a stranger's megabytes are not looked at.
    onRequest: requireScope(verifier, ['events:write', 'events:backfill']),
    async handler(request, reply) {
      const backfill = callerOf(request).scopes.has('events:backfill')
      const { accepted, rejected, refused } = sort(inputsOf(request), backfill, options)
      await toLog(Promise.all([batcher.append(accepted, backfill), deadLetters.append(refused)]))
      if (accepted.length === 0 && rejected.length > 0) {
        throw new HttpProblem('no_event_accepted', 'Each event of the request has a fault', {
          accepted: 0,
          rejected,
        })
      }
      return reply.status(202).send({ accepted: accepted.length, rejected })
    },
  })
}

/** What a request calls events, parsed from JSON; undefined stands for a line that is not JSON. */
function inputsOf(request: FastifyRequest): readonly unknown[] {
  const inputs = isNdjson(request) ? [...linesOf(bodyOf(request))].map(parseJson) : listOf(request)
  if (inputs.length > eventLimits.batchEventsMax) {
    const detail = `A request may have at most ${eventLimits.batchEventsMax} events`
    throw new HttpProblem('too_large', detail)
  }
  return inputs
}

function isNdjson(request: FastifyRequest): boolean {
  return mediaTypeOf(request) === 'application/x-ndjson'
}

function listOf(request: FastifyRequest): readonly unknown[] {
  const body = jsonOf(request)
  if (typeof body === 'object' && body !== null && 'events' in body && Array.isArray(body.events)) {
    return body.events
  }
  throw new HttpProblem('invalid_json', 'The body must be an object with a list `events`')
}

/** Parses and encodes the good events, and keeps what is to be said of the bad ones. */
function sort(inputs: readonly unknown[], backfill: boolean, options: EventsRouteOptions): Sorted {
  const sorted: Sorted = { accepted: [], rejected: [], refused: [] }
  const arrival = { arrivedAtMs: options.clock.nowMs(), backfill }
  for (const [index, input] of inputs.entries()) {
    if (input === undefined) {
      const message = 'the line is not JSON in UTF-8'
      sorted.rejected.push({ index, event_id: null, code: 'invalid_json', field: '', message })
      continue
    }
    const outcome = parseEvent(input, arrival)
    if (outcome.ok) {
      sorted.accepted.push(options.encoder.encodeEvent(outcome.event, outcome.occurredAtMs))
      continue
    }
    const { fault } = outcome
    sorted.rejected.push({ index, event_id: idOf(input), ...fault })
    if (isObject(input)) sorted.refused.push(refusalOf(index, fault, input))
  }
  return sorted
}

function refusalOf(index: number, fault: Fault, input: object): Refusal {
  const payload = Buffer.from(JSON.stringify(input))
  const place = { partition: -1, offset: -1n, index, contentType: 'application/json' } as const
  return { ...place, reason: fault.code, field: fault.field, payload }
}

/** Longest event id that is told back; a UUID has 36 characters. */
const ECHOED_ID_MAX = 64

function idOf(input: unknown): string | null {
  if (!isObject(input) || !('event_id' in input) || typeof input.event_id !== 'string') return null
  return input.event_id.slice(0, ECHOED_ID_MAX)
}

function isObject(input: unknown): input is object {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}

/** Waits for the log; its being away is the client's to wait for. */
export async function toLog(appended: Promise<unknown>): Promise<void> {
  try {
    await appended
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    throw new HttpProblem('log_unavailable', 'Nothing is lost: send the same request again')
  }
}
