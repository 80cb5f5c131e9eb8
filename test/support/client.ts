// An HTTP client of any platform, and waiting for a condition, never for a time.
import { setTimeout as sleep } from 'node:timers/promises'

export type Json = Readonly<Record<string, unknown>>

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; an empty object when it is none. */
  readonly body: Json
}

export interface CallOptions {
  readonly token?: string
  readonly body?: unknown
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Rejects when there is no answer by then. */
  readonly limitMs?: number
}

/** Sends a request; a body that is no text and no bytes goes as JSON. */
export async function call(
  method: string,
  url: string,
  options: CallOptions = {},
): Promise<Answer> {
  const { token, body, contentType = 'application/json', headers = {}, limitMs } = options
  const payload =
    typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const response = await fetch(url, {
    method,
    ...(limitMs === undefined ? {} : { signal: AbortSignal.timeout(limitMs) }),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': contentType }),
      ...headers,
    },
    ...(body === undefined
      ? {}
      : { body: payload instanceof Uint8Array ? new Uint8Array(payload) : payload }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: parse(text) }
}

function parse(text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Repeats `look` until it gives something. @throws with the last thing seen after `limitMs`. */
export async function eventually<T>(
  what: string,
  look: () => Promise<{ readonly found: T } | { readonly seen: unknown }>,
  limitMs = 45_000,
  everyMs = 200,
): Promise<T> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const outcome = await look()
    if ('found' in outcome) return outcome.found
    if (Date.now() > deadline) {
      throw new Error(
        `${what}: not within ${limitMs} ms, last seen ${JSON.stringify(outcome.seen)}`,
      )
    }
    await sleep(everyMs)
  }
}
