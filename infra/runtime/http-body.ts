// Request bodies as bytes under a limit of ours, read to their end even when they are refused.
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { faultOf } from '#schemas/faults.ts'
import { HttpProblem } from './http.ts'

/**
 * How far a body that is too large is read on and thrown away, so that its sender gets the answer:
 * a connection that is closed in the middle of sending shows the client a reset instead of a 413.
 */
const DRAINED_BYTES_MAX = 64 * 1_048_576

/**
 * Makes routes of `app` take bodies of the given types as a Buffer of at most `bytesMax`; every other
 * type is refused with `unsupported_media_type`.
 */
export function takeBodies(app: FastifyInstance, types: readonly string[], bytesMax: number): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    [...types],
    { bodyLimit: DRAINED_BYTES_MAX },
    (_request: FastifyRequest, payload: IncomingMessage) => readAtMost(payload, bytesMax),
  )
}

async function readAtMost(payload: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of payload) {
    bytes += chunk.length
    if (bytes <= bytesMax) chunks.push(chunk)
    else chunks.length = 0
    if (bytes > DRAINED_BYTES_MAX) break
  }
  if (bytes > bytesMax) {
    throw new HttpProblem('too_large', `The body may have at most ${bytesMax} bytes`)
  }
  return Buffer.concat(chunks)
}

/** The body of a request as bytes. @throws HttpProblem when there is none or its type is missing. */
export function bodyOf(request: FastifyRequest): Buffer {
  if (Buffer.isBuffer(request.body)) return request.body
  if (request.headers['content-type'] === undefined) {
    throw new HttpProblem('unsupported_media_type', 'Say the type of the body in content-type')
  }
  return Buffer.alloc(0)
}

/** The media type of a request without its parameters, lower case. */
export function mediaTypeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** Parsed JSON, or undefined when the bytes are not UTF-8 or not JSON (JSON has no undefined). */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(strictUtf8.decode(bytes))
  } catch {
    return undefined
  }
}

/** Parsed JSON of a body. @throws HttpProblem `invalid_json`. */
export function jsonOf(request: FastifyRequest): unknown {
  const value = parseJson(bodyOf(request))
  if (value === undefined) throw new HttpProblem('invalid_json', 'The body is not JSON in UTF-8')
  return value
}

/** A JSON body held against its schema. @throws HttpProblem with the code and field of the first fault. */
export function bodyAs<T>(schema: z.ZodType<T>, request: FastifyRequest): T {
  const parsed = schema.safeParse(jsonOf(request), { reportInput: true })
  if (parsed.success) return parsed.data
  const { code, field, message } = faultOf(parsed.error.issues)
  throw new HttpProblem(code, field === '' ? message : `${field}: ${message}`, { field })
}

/** The lines of an NDJSON body as bytes, blank ones left out. */
export function* linesOf(bytes: Buffer): Generator<Buffer> {
  let start = 0
  while (start < bytes.length) {
    const found = bytes.indexOf(10, start)
    const end = found === -1 ? bytes.length : found
    const line = bytes.subarray(start, end)
    if (line.some((byte) => byte !== 32 && byte !== 13 && byte !== 9)) yield line
    start = end + 1
  }
}
