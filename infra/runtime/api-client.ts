// A small client of our own HTTP services, for commands and the simulator: problems become errors that say what to do.
import { systemClock } from './clock.ts'
import { PipelineError } from './errors.ts'

export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: string | Buffer
  readonly contentType?: string
}

export interface ApiAnswer {
  readonly status: number
  readonly text: string
}

export interface ApiClient {
  /**
   * Sends a request; waits and sends again while the service is away or asks to wait.
   * @throws PipelineError `log_unreachable` after `patienceMs`.
   */
  send(request: ApiRequest): Promise<ApiAnswer>
}

export interface ApiClientOptions {
  readonly url: string
  readonly token: () => Promise<string>
  /** How long a request is repeated. */
  readonly patienceMs: number
  readonly signal?: AbortSignal
}

const RETRY_FIRST_MS = 250
const RETRY_LONGEST_MS = 5000
const REQUEST_TIMEOUT_MS = 60_000

export function createApiClient(options: ApiClientOptions): ApiClient {
  const { url, token, patienceMs, signal } = options
  async function attempt(request: ApiRequest): Promise<ApiAnswer | null> {
    const { method, path, body, contentType = 'application/json' } = request
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    try {
      const response = await fetch(new URL(path, url), {
        method,
        headers: {
          authorization: `Bearer ${await token()}`,
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      })
      const text = await response.text()
      const later = response.status === 429 || response.status === 503
      return later ? null : { status: response.status, text }
    } catch (error) {
      if (signal?.aborted === true) throw error
      return null
    }
  }
  return {
    async send(request) {
      const deadline = systemClock.nowMs() + patienceMs
      let waitMs = RETRY_FIRST_MS
      for (;;) {
        const answer = await attempt(request)
        if (answer !== null) return answer
        if (systemClock.nowMs() > deadline) {
          throw new PipelineError(
            'log_unreachable',
            `${url} does not answer. Is it running? See: npm run keepsake -- status`,
          )
        }
        await systemClock.sleep(waitMs, signal)
        waitMs = Math.min(waitMs * 2, RETRY_LONGEST_MS)
      }
    },
  }
}
